import { cancelTimer, every, type Timer } from '../base/clock.ts';
import { GatewayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { HeaderList } from '../net/http/headers.ts';
import { CatalogueCache } from './federation/catalogue.ts';
import type { FederationSettings } from './federation/federation.ts';
import { Cursors } from './federation/cursors.ts';
import type { Naming } from './federation/names.ts';
import type { View } from './virtual/view.ts';
import { TargetEra } from './federation/target-era.ts';
import type { McpHttpRequest } from './http.ts';
import type { McpLimits } from '../model/mcp.ts';
import { mcpLimits } from './limits.ts';
import { ModernEndpoint } from './modern/modern-endpoint.ts';
import { newMcpRecord, type McpRecord } from './record.ts';
import { jsonHeaders } from './session/channel.ts';
import { SessionIds } from './session/id.ts';
import { refuse, Session } from './session/session.ts';
import { handleStateless } from './session/stateless.ts';
import { SessionStore } from './session/store.ts';
import type { TransportFactory } from './transports/transport.ts';
import { checkAccept, checkContentType, checkRevision, readMessages } from './session/checks.ts';
import { relayedClientCapabilities, type Implementation } from './wire/2025-11-25/handshake.ts';
import { claimedVersion } from './wire/2026-07-28/envelope.ts';
import { errorText, resultText, RpcError, type Message } from './wire/jsonrpc.ts';
import { batchRevision, isKnownRevision, modernRevision, negotiate } from './wire/versions.ts';

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
  readonly limits: McpLimits;
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
  readonly #modern: ModernEndpoint;
  #timer: Timer | null = null;
  #closed = false;

  constructor(options: McpEndpointOptions) {
    this.#options = options;
    const { naming, view, pageSize } = options;
    const cursors = new Cursors(options.sealKey, options.key);
    this.#settings = {
      targets: options.targets,
      eras: options.targets.map(() => new TargetEra()),
      naming,
      view,
      search: options.search,
      limits: options.limits,
      inFlight: options.targets.map(() => 0),
      failOpen: options.failOpen,
      stateful: options.stateful,
      cache: new CatalogueCache({ naming, view, cursors, pageSize }),
      self: options.self,
      log: options.log,
    };
    this.#ids = new SessionIds(options.sealKey, options.key);
    this.#sessions = new SessionStore(options.maxSessions);
    this.#modern = new ModernEndpoint({
      settings: this.#settings,
      sealKey: options.sealKey,
      key: options.key,
      workerId: options.workerId,
      idleMs: options.sessionTtlMs,
    });
  }

  /** Sessions of this worker. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** Calls of clients without sessions that wait for their clients. */
  get parkedCalls(): number {
    return this.#modern.parked;
  }

  /** Serves one HTTP request; rejects with GatewayError where the gateway's own answer is due. */
  async handle(http: McpHttpRequest): Promise<void> {
    const record = newMcpRecord();
    http.setRecord(record);
    if (http.method === 'POST') await this.#post(http, record);
    else this.#other(http, record);
  }

  /** The process is about to stop: clients whose streams only wait go now. */
  drain(): void {
    this.#sessions.drain();
    this.#modern.drain();
  }

  /** Ends all sessions. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    cancelTimer(this.#timer);
    this.#sessions.endAll();
    this.#modern.close();
  }

  /** GET and DELETE belong to sessions. */
  #other(http: McpHttpRequest, record: McpRecord): void {
    const { method, headers } = http;
    const modern = headers.get('mcp-protocol-version') === modernRevision;
    const { stateful } = this.#options;
    if (modern || !stateful || (method !== 'GET' && method !== 'DELETE')) {
      http.reply(405, new HeaderList(['allow', stateful && !modern ? 'GET, POST, DELETE' : 'POST']), '');
      return;
    }
    if (this.#closed) throw new GatewayError('draining');
    if (!checkRevision(http)) return;
    const id = headers.get('mcp-session-id');
    const session = id === undefined ? undefined : this.#session(id, http, record);
    if (session === null || !checkAccept(http)) return;
    if (session === undefined) {
      refuse(http, 400, 'Bad Request: the Mcp-Session-Id header is missing');
    } else if (method === 'GET') {
      session.openStream(http);
    } else {
      this.#sessions.end(session);
      http.reply(204, new HeaderList(), '');
    }
  }

  async #post(http: McpHttpRequest, record: McpRecord): Promise<void> {
    if (this.#closed) throw new GatewayError('draining');
    const { headers } = http;
    const named = headers.get('mcp-protocol-version');
    const id = this.#options.stateful && named !== modernRevision ? headers.get('mcp-session-id') : undefined;
    if (id !== undefined && !checkRevision(http)) return;
    const session = id === undefined ? undefined : this.#session(id, http, record);
    if (session === null || !checkAccept(http) || !checkContentType(http)) return;
    const input = await readMessages(http, this.#options.limits, record);
    if (input === null) return;
    if (session !== undefined) {
      if (Array.isArray(input) && session.revision !== batchRevision) refuseBatch(http);
      else session.receive(input, http, record);
    } else if (Array.isArray(input)) {
      refuseBatch(http);
    } else if (isModern(named, input)) {
      this.#timer ??= every(mcpLimits.keepAliveMs, () => this.#sweep());
      await this.#modern.receive(input, http, record);
    } else if (!this.#options.stateful) {
      handleStateless(this.#settings, input, http, record);
    } else if (input.kind === 'request' && input.method === 'initialize') {
      await this.#initialize(input, http, record);
    } else refuse(http, 400, 'Bad Request: the Mcp-Session-Id header is missing');
  }

  /** The session of a request; null when it is not in this worker, and the request was dealt with. */
  #session(id: string, http: McpHttpRequest, record: McpRecord): Session | null {
    const session = this.#sessions.get(id);
    if (session !== undefined) {
      record.sessionId = id;
      return session;
    }
    const worker = http.fromPeer ? null : this.#ids.worker(id);
    if (worker !== null) record.sessionId = id;
    if (worker !== null && worker !== this.#options.workerId) http.relay(worker);
    else refuse(http, 404, 'Session not found', -32001);
    return null;
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
    this.#modern.tend();
    if (this.#sessions.size > 0 || this.#modern.active) return;
    cancelTimer(this.#timer);
    this.#timer = null;
  }
}

/** Whether a message outside of sessions is one of 2026-07-28 or later: it says so itself, or its header does. */
function isModern(named: string | undefined, message: Message): boolean {
  if (named !== undefined && !isKnownRevision(named)) return true;
  return claimedVersion(message.params) !== null;
}

function refuseBatch(http: McpHttpRequest): void {
  refuse(http, 400, `Invalid Request: only sessions of ${batchRevision} may send batches`, -32600);
}
