/** A server of the official package for 2026-07-28, on a real port; it refuses clients of older revisions. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { createMcpHandler, inputRequired, McpServer, type McpHttpHandler } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** The server, as a test sees it. */
export interface ModernServer {
  readonly url: string;
  readonly handler: McpHttpHandler;
  /** HTTP requests: method, and `Mcp-Method` where there is one. */
  readonly requests: string[];
  /** Header fields of the last `tools/call`. */
  readonly lastCall: () => IncomingMessage['headers'];
  /** Calls of `linger` that began and that were cancelled. */
  readonly lingering: { began: number; cancelled: number };
}

/** Starts it. */
export async function startModernServer(t: TestContext): Promise<ModernServer> {
  const requests: string[] = [];
  const lingering = { began: 0, cancelled: 0 };
  let lastCall: IncomingMessage['headers'] = {};
  const handler = createMcpHandler(() => makeServer(lingering), { legacy: 'reject' });
  const http = createServer((request, response) => {
    const method = request.headers['mcp-method'];
    requests.push(`${request.method} ${String(method ?? '')}`.trim());
    if (method === 'tools/call') lastCall = request.headers;
    void serve(handler, request, response);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
  return { url, handler, requests, lastCall: () => lastCall, lingering };
}

async function serve(handler: McpHttpHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const answer = await handler.fetch(
    new Request(`http://server${request.url ?? '/'}`, {
      method: request.method ?? 'GET',
      headers,
      signal: gone.signal,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    }),
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) response.end();
  else
    Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0])
      .on('error', () => undefined)
      .pipe(response);
}

function makeServer(lingering: ModernServer['lingering']): McpServer {
  const server = new McpServer(
    { name: 'modern', version: '1' },
    {
      capabilities: { logging: {}, tools: { listChanged: true }, resources: { subscribe: true, listChanged: true } },
      instructions: 'Modern instructions.',
    },
  );
  const text = (value: unknown): { content: { type: 'text'; text: string }[] } => ({
    content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }],
  });
  server.registerTool('reverse', { inputSchema: z.object({ text: z.string() }) }, ({ text: given }) =>
    text(Array.from(given).toReversed().join('')),
  );
  server.registerTool(
    'routed',
    { inputSchema: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }) },
    ({ region }) => text(region),
  );
  server.registerTool('count', { inputSchema: z.object({ to: z.number() }) }, async ({ to }, ctx) => {
    for (let i = 1; i <= to; i++) {
      const progressToken = ctx.mcpReq._meta?.progressToken;
      if (progressToken !== undefined) {
        await ctx.mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress: i, total: to },
        });
      }
    }
    await ctx.mcpReq.log('info', 'counted');
    return text(String(to));
  });
  server.registerTool('linger', { inputSchema: z.object({}) }, (_, ctx) => {
    lingering.began++;
    return new Promise((resolve) => {
      ctx.mcpReq.signal.addEventListener('abort', () => {
        lingering.cancelled++;
        resolve(text('cancelled'));
      });
    });
  });
  server.registerTool('interview', { inputSchema: z.object({}) }, (_, ctx) => {
    const { inputResponses } = ctx.mcpReq;
    if (inputResponses === undefined) {
      return inputRequired({
        inputRequests: {
          who: inputRequired.elicit({
            message: 'Who?',
            requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
          }),
          words: inputRequired.createMessage({
            messages: [{ role: 'user', content: { type: 'text', text: 'say' } }],
            maxTokens: 5,
          }),
          where: inputRequired.listRoots(),
        },
        requestState: 'first round',
      });
    }
    return text({ inputResponses, state: ctx.mcpReq.requestState() });
  });
  server.registerResource('note', 'note://1', {}, (uri) => ({ contents: [{ uri: uri.href, text: 'a note' }] }));
  return server;
}
