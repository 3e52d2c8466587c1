import { cancelTimer, every, type Timer } from '../base/clock.ts';
import { GatewayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { HeaderList } from '../net/http/headers.ts';
import { CatalogueCache } from './federation/catalogue.ts';
import type { FederationSettings } from './federation/federation.ts';
import { Cursors } from './federation/cursors.ts';
import type { Naming } from './federation/names.ts';
import type { View } from './virtual/view.ts';
import type { McpHttpRequest } from './http.ts';
import { mcpLimits } from './limits.ts';
import { newMcpRecord, type McpRecord } from './record.ts';
import { jsonHeaders } from './session/channel.ts';
import { SessionIds } from './session/id.ts';
import { refuse, Session } from './session/session.ts';
import { handleStateless } from './session/stateless.ts';
import { SessionStore } from './session/store.ts';
import type { TransportFactory } from './transports/transport.ts';
import { checkAccept, checkContentType, checkRevision, readMessages } from './session/checks.ts';
import { relayedClientCapabilities, type Implementation } from './wire/2025-11-25/handshake.ts';
import { errorText, resultText, RpcError, type Message } from './wire/jsonrpc.ts';
import { batchRevision, negotiate } from './wire/versions.ts';

/** An MCP backend, compiled. */
export interface McpEndpointOptions {
  /** Binds session ids to this backend. */
  readonly key: string;
  readonly targets: readonly { readonly name: string; readonly connect: TransportFactory }[];
  readonly stateful: boolean;
  readonly naming: Naming;
  /** What is shown of the targets; null: everything. */
  readonly view: View | null;
  /** Tools are found and called through two of ours. */
  readonly search: boolean;
  /** Most items in one page of a list. */
  readonly pageSize: number;
  readonly failOpen: boolean;
  readonly workerId: number;
  /** 32 bytes. */
  readonly sealKey: Uint8Array;
  readonly sessionTtlMs: number;
  readonly maxSessions: number;
  readonly self: Implementation;
  readonly log: Logger;
}

/**
 * MCP's Streamable HTTP transport towards clients (2025-11-25, transports): one endpoint for POST, GET and DELETE, with
 * its sessions.
 */
export class McpEndpoint {
  readonly #options: McpEndpointOptions;
  readonly #settings: FederationSettings;
  readonly #ids: SessionIds;
  readonly #sessions: SessionStore;
  #timer: Timer | null = null;
  #closed = false;

  constructor(options: McpEndpointOptions) {
    this.#options = options;
    const { naming, view, pageSize } = options;
    const cursors = new Cursors(options.sealKey, options.key);
    this.#settings = {
      targets: options.targets,
      naming,
      view,
      search: options.search,
      failOpen: options.failOpen,
      stateful: options.stateful,
      cache: new CatalogueCache({ naming, view, cursors, pageSize }),
      self: options.self,
      log: options.log,
    };
    this.#ids = new SessionIds(options.sealKey, options.key);
    this.#sessions = new SessionStore(options.maxSessions);
  }

  /** Sessions of this worker. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** Serves one HTTP request; rejects with GatewayError where the gateway's own answer is due. */
  async handle(http: McpHttpRequest): Promise<void> {
    const record = newMcpRecord();
    http.setRecord(record);
    const { method } = http;
    if (method !== 'POST' && (!this.#options.stateful || (method !== 'GET' && method !== 'DELETE'))) {
      http.reply(405, new HeaderList(['allow', this.#options.stateful ? 'GET, POST, DELETE' : 'POST']), '');
      return;
    }
    if (this.#closed) throw new GatewayError('draining');
    if (!checkRevision(http)) return;
    if (!this.#options.stateful) await this.#stateless(http, record);
    else await this.#stateful(http, record);
  }

  /** The process is about to stop: clients whose streams only wait go now. */
  drain(): void {
    this.#sessions.drain();
  }

  /** Ends all sessions. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    cancelTimer(this.#timer);
    this.#sessions.endAll();
  }

  async #stateless(http: McpHttpRequest, record: McpRecord): Promise<void> {
    if (!checkAccept(http) || !checkContentType(http)) return;
    const messages = await readMessages(http);
    if (messages !== null) handleStateless(this.#settings, messages, http, record);
  }

  async #stateful(http: McpHttpRequest, record: McpRecord): Promise<void> {
    const id = http.headers.get('mcp-session-id');
    let session: Session | undefined;
    if (id !== undefined) {
      session = this.#sessions.get(id);
      if (session === undefined) {
        this.#elsewhere(id, http, record);
        return;
      }
      record.sessionId = id;
    }
    if (!checkAccept(http)) return;
    if (http.method === 'POST') {
      await this.#post(session, http, record);
    } else if (session === undefined) {
      refuse(http, 400, 'Bad Request: the Mcp-Session-Id header is missing');
    } else if (http.method === 'GET') {
      session.openStream(http);
    } else {
      this.#sessions.end(session);
      http.reply(204, new HeaderList(), '');
    }
  }

  /** The session of a request is not in this worker: it is in another, or nowhere. */
  #elsewhere(id: string, http: McpHttpRequest, record: McpRecord): void {
    const worker = http.fromPeer ? null : this.#ids.worker(id);
    if (worker !== null) record.sessionId = id;
    if (worker !== null && worker !== this.#options.workerId) http.relay(worker);
    else refuse(http, 404, 'Session not found', -32001);
  }

  async #post(session: Session | undefined, http: McpHttpRequest, record: McpRecord): Promise<void> {
    if (!checkContentType(http)) return;
    const input = await readMessages(http);
    if (input === null) return;
    if (Array.isArray(input) && session?.revision !== batchRevision) {
      refuse(http, 400, `Invalid Request: only clients of ${batchRevision} may send batches`, -32600);
    } else if (session !== undefined) {
      session.receive(input, http, record);
    } else if (!Array.isArray(input) && input.kind === 'request' && input.method === 'initialize') {
      await this.#initialize(input, http, record);
    } else refuse(http, 400, 'Bad Request: the Mcp-Session-Id header is missing');
  }

  async #initialize(message: Message, http: McpHttpRequest, record: McpRecord): Promise<void> {
    record.methodName = message.method;
    if (!this.#sessions.makeRoom()) {
      throw new GatewayError('overloaded', 'too many MCP sessions', { retryAfter: 30 });
    }
    const { params } = message;
    const revision = negotiate(params?.['protocolVersion']);
    const id = this.#ids.mint(this.#options.workerId);
    const session = new Session(id, revision, this.#settings, relayedClientCapabilities(params));
    this.#sessions.add(session);
    this.#timer ??= every(mcpLimits.keepAliveMs, () => this.#sweep());
    record.sessionId = id;
    let answered = false;
    // A client that does not wait for the handshake never learns of its session.
    http.onClose(() => {
      if (!answered) this.#sessions.end(session);
    });
    try {
      const result = await session.federation.initialize(revision);
      answered = true;
      http.reply(200, jsonHeaders(id), resultText(message.idText, result));
    } catch (error) {
      answered = true;
      this.#sessions.end(session);
      if (!(error instanceof RpcError)) throw error;
      record.errorCode = error.code;
      record.errorMessage = error.message;
      http.reply(200, jsonHeaders(), errorText(message.idText, error.code, error.message));
    }
  }

  #sweep(): void {
    this.#sessions.sweep(this.#options.sessionTtlMs);
    if (this.#sessions.size > 0) return;
    cancelTimer(this.#timer);
    this.#timer = null;
  }
}
