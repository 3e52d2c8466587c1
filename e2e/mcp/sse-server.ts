/** A server of the official SDK over its own HTTP with SSE transport, on a real port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { z } from 'zod';

/** The server, as a test sees it. */
export interface SseServer {
  /** Of the stream. */
  readonly url: string;
  /** Sessions that are open. */
  readonly sessions: ReadonlyMap<string, McpServer>;
  /** Breaks all streams off. */
  cut(): void;
}

/** Starts it: a tool that shouts with progress, one that asks the client's model, and a resource. */
export async function startSseServer(t: TestContext): Promise<SseServer> {
  const sessions = new Map<string, McpServer>();
  const transports = new Map<string, SSEServerTransport>();
  const http = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    if (request.method === 'POST') {
      const known = transports.get(url.searchParams.get('sessionId') ?? '');
      if (known === undefined) return response.writeHead(404).end();
      return known.handlePostMessage(request, response);
    }
    const transport = new SSEServerTransport('/messages', response);
    const server = makeServer();
    sessions.set(transport.sessionId, server);
    transports.set(transport.sessionId, transport);
    response.on('close', () => {
      sessions.delete(transport.sessionId);
      transports.delete(transport.sessionId);
    });
    return server.connect(transport);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/sse`,
    sessions,
    cut: () => http.closeAllConnections(),
  };
}

function makeServer(): McpServer {
  const server = new McpServer({ name: 'older', version: '1' }, { capabilities: { logging: {} } });
  server.registerTool('shout', { inputSchema: { text: z.string() } }, async ({ text }, extra) => {
    const progressToken = extra._meta?.progressToken;
    if (progressToken !== undefined) {
      await extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 7 } });
    }
    return { content: [{ type: 'text', text: text.toUpperCase() }] };
  });
  server.registerTool('greet', {}, () => ({ content: [{ type: 'text', text: 'hello' }] }));
  server.registerTool('ask', {}, async () => {
    const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: 'q' } }];
    const { content } = await server.server.createMessage({ messages, maxTokens: 9 });
    return { content: [{ type: 'text', text: JSON.stringify(content) }] };
  });
  server.registerResource('one', 'older://one', {}, (uri) => ({ contents: [{ uri: uri.href, text: 'first' }] }));
  return server;
}
