/** A server of the official SDK over HTTP that forgets all sessions when it is started again, on the same port. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { TestContext } from 'node:test';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { SubscribeRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { freePorts } from '../../testkit/free-ports.ts';

/** The server, as a test sees it. */
export interface RestartableServer {
  readonly url: string;
  /** Calls of each tool, over all starts. */
  readonly calls: ReadonlyMap<string, number>;
  /** Sessions that were opened, over all starts. */
  readonly sessions: () => number;
  /** Set: `pay` and `look` wait for ever. */
  stuck: boolean;
  /** Resources that a client is subscribed to, since the last start. */
  readonly subscribed: ReadonlySet<string>;
  /** Tells all clients that a resource has changed. */
  update(uri: string): Promise<void>;
  start(): Promise<void>;
  /** Ends it with all its connections. */
  stop(): Promise<void>;
}

/** Starts it with two tools: `pay`, which says nothing of itself, and `look`, which only reads. */
export async function startRestartableServer(t: TestContext): Promise<RestartableServer> {
  const [port = 0] = await freePorts(1);
  const calls = new Map<string, number>();
  let sessions = 0;
  let http: Server | null = null;
  const subscribed = new Set<string>();
  const servers = new Set<McpServer>();
  const makeServer = (): McpServer => {
    const server = new McpServer(
      { name: 'restartable', version: '1' },
      { capabilities: { resources: { subscribe: true } } },
    );
    servers.add(server);
    server.server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
      subscribed.add(params.uri);
      return {};
    });
    const tool = (name: string, readOnlyHint: boolean): void => {
      server.registerTool(name, { annotations: readOnlyHint ? { readOnlyHint } : {} }, async () => {
        calls.set(name, (calls.get(name) ?? 0) + 1);
        if (self.stuck) await new Promise(() => undefined);
        return { content: [{ type: 'text', text: `${name} done` }] };
      });
    };
    tool('pay', false);
    tool('look', true);
    return server;
  };
  const self: RestartableServer = {
    url: `http://127.0.0.1:${port}/mcp`,
    calls,
    sessions: () => sessions,
    stuck: false,
    subscribed,
    async update(uri) {
      for (const { server } of servers) await server.sendResourceUpdated({ uri });
    },
    async start() {
      subscribed.clear();
      servers.clear();
      const transports = new Map<string, StreamableHTTPServerTransport>();
      const made = createServer(async (request, response) => {
        const id = request.headers['mcp-session-id'];
        const known = transports.get(String(id));
        if (known !== undefined) return known.handleRequest(request, response);
        if (id !== undefined) return response.writeHead(404).end();
        const transport = new StreamableHTTPServerTransport({
          sessionIdGenerator: randomUUID,
          onsessioninitialized(session) {
            sessions++;
            transports.set(session, transport);
          },
        });
        await makeServer().connect(transport as Parameters<McpServer['connect']>[0]);
        return transport.handleRequest(request, response);
      });
      await new Promise<void>((resolve) => made.listen(port, '127.0.0.1', resolve));
      http = made;
    },
    async stop() {
      const stopping = http;
      http = null;
      if (stopping === null) return;
      const closed = new Promise((resolve) => stopping.close(resolve));
      stopping.closeAllConnections();
      await closed;
    },
  };
  await self.start();
  t.after(() => self.stop());
  return self;
}
