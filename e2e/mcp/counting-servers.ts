/** Small MCP servers with sessions, one for each path, that count what is open. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** The servers, as a test sees them. */
export interface CountingServers {
  readonly port: number;
  /** Sessions that were begun and not ended, of all servers. */
  readonly sessions: ReadonlySet<string>;
  /** Sessions that were ever begun. */
  readonly begun: () => number;
}

interface Request {
  readonly id?: number;
  readonly method: string;
}

/** Starts them. Each has one tool, `x`. */
export async function startCountingServers(t: TestContext): Promise<CountingServers> {
  const sessions = new Set<string>();
  let begun = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const session = request.headers['mcp-session-id'];
    if (request.method !== 'POST') {
      if (request.method === 'DELETE') sessions.delete(String(session));
      response.writeHead(request.method === 'DELETE' ? 204 : 405).end();
      return;
    }
    const message = JSON.parse(body) as Request;
    if (message.id === undefined) {
      response.writeHead(202).end();
      return;
    }
    const fields: Record<string, string> = { 'content-type': 'application/json' };
    if (message.method === 'initialize') {
      begun++;
      sessions.add((fields['mcp-session-id'] = randomUUID()));
    }
    response.writeHead(200, fields).end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answer(message) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sessions, begun: () => begun };
}

function answer({ method }: Request): object {
  switch (method) {
    case 'initialize':
      return {
        result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'c', version: '1' } },
      };
    case 'tools/list':
      return { result: { tools: [{ name: 'x', inputSchema: { type: 'object' } }] } };
    case 'tools/call':
      return { result: { content: [{ type: 'text', text: 'called' }] } };
    default:
      return { error: { code: -32601, message: 'Method not found' } };
  }
}

async function text(request: IncomingMessage): Promise<string> {
  let all = '';
  for await (const chunk of request) all += String(chunk);
  return all;
}
