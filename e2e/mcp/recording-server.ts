/** MCP servers of three kinds on one port, which remember what they were sent. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** By the first part of the path: a session over Streamable HTTP, HTTP with SSE, and 2026-07-28. */
export type ServerKind = 'session' | 'sse' | 'modern';

/** One HTTP request. */
export interface Seen {
  readonly kind: ServerKind;
  readonly verb: string;
  /** Of JSON-RPC; '' without a body. */
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** The servers, as a test sees them. */
export interface RecordingServer {
  readonly port: number;
  readonly seen: readonly Seen[];
  /** The last request of a kind with this JSON-RPC method, or this HTTP method. */
  last(kind: ServerKind, method: string): Seen | undefined;
}

interface Rpc {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly arguments?: unknown };
}

/** Starts them: each has the tools `echo`, `drop`, and `routed`, whose argument `region` goes into a field of its own. */
export async function startRecordingServer(t: TestContext): Promise<RecordingServer> {
  const seen: Seen[] = [];
  let stream: ServerResponse | null = null;
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const rpc = (text === '' ? {} : JSON.parse(text)) as Rpc;
    const kind = (request.url ?? '').split('/')[1] as ServerKind;
    seen.push({ kind, verb: request.method ?? '', method: rpc.method ?? '', headers: request.headers });
    const answer = JSON.stringify({ jsonrpc: '2.0', id: rpc.id, ...outcome(kind, rpc) });
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(kind === 'sse' ? 'event: endpoint\ndata: /sse/messages\n\n' : ':\n\n');
      if (kind === 'sse') stream = response;
    } else if (rpc.id === undefined) response.writeHead(request.method === 'DELETE' ? 200 : 202).end();
    else if (kind === 'sse') {
      response.writeHead(202).end();
      stream?.write(`event: message\ndata: ${answer}\n\n`);
    } else {
      const session: Record<string, string> = kind === 'session' ? { 'mcp-session-id': 's1' } : {};
      response.writeHead(200, { 'content-type': 'application/json', ...session }).end(answer);
    }
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return {
    port: (http.address() as AddressInfo).port,
    seen,
    last: (kind, method) => seen.findLast((one) => one.kind === kind && (one.method || one.verb) === method),
  };
}

function outcome(kind: ServerKind, { method = '', params }: Rpc): object {
  const modern = kind === 'modern';
  if (method === (modern ? 'initialize' : 'server/discover')) {
    return { error: { code: -32601, message: 'Method not found' } };
  }
  const stamp = modern ? { resultType: 'complete' } : {};
  const capabilities = { tools: { listChanged: true }, prompts: {} };
  switch (method) {
    case 'initialize':
      return { result: { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: kind, version: '1' } } };
    case 'server/discover':
      return { result: { ...stamp, supportedVersions: ['2026-07-28'], capabilities, ttlMs: 0, cacheScope: 'private' } };
    case 'tools/list': {
      const inputSchema = { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } };
      const tools = [
        { name: 'echo', inputSchema: { type: 'object' } },
        { name: 'drop', inputSchema: { type: 'object' } },
      ];
      return { result: { ...stamp, tools: [...tools, { name: 'routed', inputSchema }] } };
    }
    case 'tools/call':
      return { result: { ...stamp, content: [{ type: 'text', text: JSON.stringify(params?.arguments ?? {}) }] } };
    case 'prompts/list':
      return { result: { ...stamp, prompts: [{ name: 'greet' }] } };
    case 'prompts/get':
      return { result: { ...stamp, messages: [] } };
    default:
      return { result: stamp };
  }
}
