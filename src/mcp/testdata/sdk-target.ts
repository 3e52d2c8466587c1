/** A server of the official SDK behind its own Streamable HTTP transport, as an HTTP target. */
import { randomUUID } from 'node:crypto';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { HttpCall } from '../../net/http/call.ts';
import { callTo } from './fetch-harness.ts';

/** How the SDK server answers. */
export interface SdkTargetOptions {
  readonly json?: boolean;
  readonly resumable?: boolean;
  readonly register: (server: McpServer) => void;
}

/** All sessions of one server; `requests` counts by HTTP method. */
export class SdkTarget {
  readonly call: HttpCall;
  readonly sessions: Map<string, { transport: WebStandardStreamableHTTPServerTransport; server: McpServer }> = new Map();
  readonly requests: string[] = [];
  readonly #options: SdkTargetOptions;

  constructor(options: SdkTargetOptions) {
    this.#options = options;
    this.call = callTo((request) => this.#handle(request));
  }

  /** Forgets all sessions, as a restart does. */
  restart(): void {
    this.sessions.clear();
  }

  async #handle(request: Request): Promise<Response> {
    this.requests.push(request.method);
    const id = request.headers.get('mcp-session-id');
    if (id !== null) {
      const session = this.sessions.get(id);
      return session === undefined ? new Response('unknown session', { status: 404 }) : session.transport.handleRequest(request);
    }
    const server = new McpServer(
      { name: 'sdk', version: '1' },
      { capabilities: { logging: {}, resources: { subscribe: true, listChanged: true } } },
    );
    this.#options.register(server);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: this.#options.json === true,
      onsessioninitialized: (made) => void this.sessions.set(made, { transport, server }),
      onsessionclosed: (closed) => void this.sessions.delete(closed),
      ...(this.#options.resumable === true ? { eventStore: memoryStore(), retryInterval: 20 } : {}),
    });
    await server.connect(transport);
    return transport.handleRequest(request);
  }
}

function memoryStore(): EventStore {
  const events: { id: string; stream: string; message: Parameters<EventStore['storeEvent']>[1] }[] = [];
  return {
    async storeEvent(stream, message) {
      const id = `${stream}_${events.length}`;
      events.push({ id, stream, message });
      return id;
    },
    async getStreamIdForEventId(id) {
      return events.find((event) => event.id === id)?.stream;
    },
    async replayEventsAfter(lastId, { send }) {
      const at = events.findIndex((event) => event.id === lastId);
      const stream = events[at]?.stream ?? '';
      for (const event of events.slice(at + 1)) {
        if (event.stream === stream && Object.keys(event.message).length > 0) await send(event.id, event.message);
      }
      return stream;
    },
  };
}
