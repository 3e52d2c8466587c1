import { cancelTimer, every, type Timer } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import { KEEP_ALIVE } from '../../../net/http/sse.ts';
import type { McpHttpRequest } from '../../http.ts';
import { mcpLimits } from '../../limits.ts';
import { streamHeaders } from '../../session/channel.ts';
import { principalDigest } from '../../session/principal.ts';
import { StreamIds } from './stream-ids.ts';
import { newMcpRecord } from '../../record.ts';
import type { SessionPorts } from '../../session/session-ports.ts';
import { refuse } from '../../session/session.ts';
import { SseClient, type StreamableServer } from './client-stream.ts';

/** What an {@link SseEndpoint} needs. */
export interface SseEndpointOptions {
  /** Binds stream ids to this backend. */
  readonly key: string;
  readonly sessionPorts: SessionPorts;
  readonly maxStreams: number;
  readonly maxMessageBytes: number;
  readonly log: Logger;
}

/**
 * The HTTP with SSE transport (2024-11-05, transports) towards clients, in front of an endpoint of Streamable HTTP: a GET
 * opens the stream, whose first event names where messages are to be POSTed.
 */
export class SseEndpoint {
  readonly #server: StreamableServer;
  readonly #options: SseEndpointOptions;
  readonly #ids: StreamIds;
  readonly #clients = new Map<string, { readonly client: SseClient; readonly http: McpHttpRequest }>();
  #timer: Timer | null = null;
  #closed = false;

  constructor(server: StreamableServer, options: SseEndpointOptions) {
    this.#server = server;
    this.#options = options;
    this.#ids = new StreamIds(options.sessionPorts.keys, options.key);
  }

  /** Streams of this worker. */
  get streams(): number {
    return this.#clients.size;
  }

  /**
   * True for requests of the older transport: those to a path that ends in `/sse`, unless they are of Streamable HTTP.
   * @param query With its question mark, or ''.
   */
  takes(http: McpHttpRequest, path: string, query: string): boolean {
    if (!path.endsWith('/sse')) return false;
    if (http.method === 'POST') return streamId(query) !== null;
    return http.method === 'GET' && http.headers.get('mcp-session-id') === undefined;
  }

  /** Serves such a request; rejects with GatewayError where the gateway's own answer is due. */
  async handle(http: McpHttpRequest, query: string): Promise<void> {
    if (this.#closed) throw new GatewayError('draining');
    const id = http.method === 'POST' ? streamId(query) : null;
    if (id === null) this.#open(http);
    else await this.#post(http, id);
  }

  /** Ends all streams. */
  close(): void {
    this.#closed = true;
    cancelTimer(this.#timer);
    for (const id of this.#clients.keys()) this.#end(id);
  }

  #open(http: McpHttpRequest): void {
    if (this.#clients.size >= this.#options.maxStreams) {
      http.setRecord({ ...newMcpRecord(), limit: 'sessions' });
      throw new GatewayError('overloaded', 'too many MCP sessions', { retryAfter: 30 });
    }
    const { own } = this.#options.sessionPorts.roster;
    const id = this.#ids.mint({ ...own, principal: principalDigest(http.principal) });
    http.setRecord({ ...newMcpRecord(), endless: true });
    const sink = http.openStream(200, streamHeaders());
    this.#clients.set(id, { client: new SseClient(sink, this.#server, http.principal), http });
    http.onClose(() => this.#end(id));
    // Relative, so that it is right whatever rewrote the path on its way here.
    sink.write(`event: endpoint\ndata: ?sessionId=${id}\n\n`);
    this.#timer ??= every(mcpLimits.keepAliveMs, () => {
      for (const { client } of this.#clients.values()) client.write(KEEP_ALIVE);
    });
  }

  async #post(http: McpHttpRequest, id: string): Promise<void> {
    const stream = this.#ids.read(id);
    const { roster } = this.#options.sessionPorts;
    // What another worker sends on, it has checked.
    const isTheirs = http.fromPeer || stream?.principal === principalDigest(http.principal);
    if (stream !== null && isTheirs && !http.fromPeer && !roster.isOwn(stream) && roster.isLive(stream)) {
      http.relay(stream.worker);
      return;
    }
    const known = isTheirs ? this.#clients.get(id) : undefined;
    if (known === undefined) {
      refuse(http, 404, 'Not Found: the stream of this session is closed');
      return;
    }
    await known.client.post(http, await http.readBody(this.#options.maxMessageBytes));
  }

  #end(id: string): void {
    const known = this.#clients.get(id);
    if (known === undefined) return;
    this.#clients.delete(id);
    known.client.close(known.http).catch((error: unknown) => {
      this.#options.log.debug('mcp: a session was not ended', { error: String(error) });
    });
    if (this.#clients.size > 0) return;
    cancelTimer(this.#timer);
    this.#timer = null;
  }
}

function streamId(query: string): string | null {
  return new URLSearchParams(query).get('sessionId');
}
