/** A server of the official SDK over its own Streamable HTTP transport, on a real port. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  SubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

/** The server, as a test sees it. */
export interface RemoteServer {
  readonly url: string;
  /** Sessions that are open. */
  readonly sessions: ReadonlyMap<string, McpServer>;
  /** Calls of `wait` that were cancelled. */
  readonly cancelled: () => number;
  /** Calls of `wait` that began. */
  readonly waiting: () => number;
  /** Tells every session that subscribed to a resource that it was updated; how many did. */
  readonly update: (uri: string) => number;
}

/** Starts it: a tool that shouts, one that waits until it is cancelled, and lists of several pages. */
export async function startRemoteServer(t: TestContext): Promise<RemoteServer> {
  const sessions = new Map<string, McpServer>();
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const subscriptions: { readonly server: McpServer; readonly uri: string }[] = [];
  let cancelled = 0;
  let waiting = 0;
  const makeServer = (): McpServer => {
    const server = new McpServer(
      { name: 'remote', version: '1' },
      { capabilities: { logging: {}, prompts: {}, resources: { listChanged: true, subscribe: true } } },
    );
    server.registerTool('shout', { inputSchema: { text: z.string() } }, async ({ text }, extra) => {
      const progressToken = extra._meta?.progressToken;
      if (progressToken !== undefined) {
        await extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 7 } });
      }
      return { content: [{ type: 'text', text: text.toUpperCase() }] };
    });
    server.registerTool('wait', {}, (extra) => {
      waiting++;
      return new Promise((resolve) => {
        extra.signal.addEventListener('abort', () => {
          cancelled++;
          resolve({ content: [] });
        });
      });
    });
    server.server.setRequestHandler(ListPromptsRequestSchema, ({ params }) => {
      const page = Number(params?.cursor ?? 0);
      return { prompts: [{ name: `remote-prompt-${page}` }], ...(page < 4 ? { nextCursor: `${page + 1}` } : {}) };
    });
    server.server.setRequestHandler(ListResourcesRequestSchema, ({ params }) => {
      const page = Number(params?.cursor ?? 0);
      const resources = [{ uri: `remote://${page}`, name: `remote ${page}` }];
      return { resources, ...(page < 4 ? { nextCursor: `${page + 1}` } : {}) };
    });
    server.server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
      subscriptions.push({ server, uri: params.uri });
      return {};
    });
    return server;
  };
  const http = createServer(async (request, response) => {
    const id = request.headers['mcp-session-id'];
    const known = transports.get(String(id));
    if (known !== undefined) return known.handleRequest(request, response);
    if (id !== undefined) return response.writeHead(404).end();
    const server = makeServer();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized(made) {
        sessions.set(made, server);
        transports.set(made, transport);
      },
      onsessionclosed(closed) {
        sessions.delete(closed);
        transports.delete(closed);
      },
    });
    await server.connect(transport as Parameters<McpServer['connect']>[0]);
    return transport.handleRequest(request, response);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
  const update = (uri: string): number => {
    const told = subscriptions.filter((one) => one.uri === uri);
    for (const { server } of told) void server.server.sendResourceUpdated({ uri });
    return told.length;
  };
  return { url, sessions, cancelled: () => cancelled, waiting: () => waiting, update };
}
