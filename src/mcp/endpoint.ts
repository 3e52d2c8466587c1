import { cancelTimer, every, type Timer } from '../base/clock.ts';
import { GatewayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { HeaderList } from '../net/http/headers.ts';
import type { Gauge } from '../telemetry/metrics/series.ts';
import type { SharedLimit } from '../telemetry/shared/limit.ts';
import { CatalogueCache } from './federation/lists/catalogue.ts';
import { Federation, type FederationSettings } from './federation/federation.ts';
import { Cursors } from './federation/lists/cursors.ts';
import { Remarks } from './federation/lists/remarks.ts';
import { Forwarding, type ForwardRule } from './federation/scopes/forwarding.ts';
import type { Naming } from './federation/names/names.ts';
import type { View } from './virtual/view.ts';
import { Scopes } from './federation/scopes/scopes.ts';
import { TargetEra } from './federation/upstream/target-era.ts';
import type { McpHttpRequest } from './http.ts';
import type { McpLimits } from '../model/mcp.ts';
import { mcpLimits } from './limits.ts';
import { ModernEndpoint } from './modern/modern-endpoint.ts';
import { nobody } from './principal.ts';
import { newMcpRecord, withTargets, type McpRecord } from './record.ts';
import { jsonHeaders, type PostChannel } from './session/channel.ts';
import { refuse, type Session } from './session/session.ts';
import { Sessions } from './session/sessions.ts';
import { handleStateless, noReturn, takesBatches } from './session/stateless.ts';
import type { SessionPlaces } from './session/session-places.ts';
import type { SessionPorts } from './session/session-ports.ts';
import { TaskIds } from './tasks/task-ids.ts';
import type { TransportFactory } from './transports/transport.ts';
import { checkAccept, checkContentType, checkRevision, readMessages } from './session/checks.ts';
import type { Implementation } from './wire/2025-11-25/handshake.ts';
import { claimedVersion } from './wire/2026-07-28/envelope.ts';
import { errorText, resultText, RpcError, type Message } from './wire/jsonrpc.ts';
import { batchRevision, isKnownRevision, latestHandshakeRevision, modernRevision } from './wire/versions.ts';

/** One target of an endpoint. */
export interface McpEndpointTarget {
  readonly name: string;
  readonly connect: TransportFactory;
  /** What of clients' header fields it gets; absent: nothing but their trace context. */
  readonly forward?: ForwardRule;
}

/** An MCP backend, compiled. */
export interface McpEndpointOptions {
  /** Binds session ids to this backend. */
  readonly key: string;
  readonly targets: readonly McpEndpointTarget[];
  readonly stateful: boolean;
  readonly naming: Naming;
  /** What is shown of the targets; null: everything. */
  readonly view: View | null;
  /** Tools are found and called through two of ours. */
  readonly search: boolean;
  /** What is shown depends on who asks. */
  readonly perCaller: boolean;
  /** Most items in one page of a list. */
  readonly pageSize: number;
  /** By target, in milliseconds; see `McpBackend.listTtlMs`. */
  readonly listTtlMs: readonly number[];
  readonly limits: McpLimits;
  /** Sessions, and calls that wait for their clients, in this worker. */
  readonly gauges: { readonly sessions: Pick<Gauge, 'add'>; readonly parked: Pick<Gauge, 'add'> };
  /** What is counted over all workers: sessions, requests in flight to each target, and calls that wait for their clients. */
  readonly counts: {
    readonly sessions: SessionPlaces;
    readonly calls: readonly SharedLimit[];
    readonly parked: SharedLimit;
  };
  readonly failOpen: boolean;
  readonly sessionPorts: SessionPorts;
  readonly sessionTtlMs: number;
  readonly self: Implementation;
  /** How clients see it; absent: as `self`. */
  readonly serverInfo?: Implementation;
  /** What clients are told; absent: what servers say. */
  readonly instructions?: string | undefined;
  readonly log: Logger;
}

/**
 * MCP's Streamable HTTP transport towards clients (2025-11-25, transports): one endpoint for POST, GET and DELETE, with
 * its sessions.
 */
export class McpEndpoint {
  readonly #options: McpEndpointOptions;
  readonly #scopes: Scopes;
  readonly #sessions: Sessions;
  readonly #modern: ModernEndpoint;
  #timer: Timer | null = null;
  /** Responses outside of sessions. */
  readonly #waiting = new Set<PostChannel>();
  #sweeps = 0;
  #closed = false;

  constructor(options: McpEndpointOptions) {
    this.#options = options;
    const { naming, view, pageSize, listTtlMs } = options;
    const cursors = new Cursors(options.sessionPorts.keys, options.key);
    const catalogues = { naming, view, cursors, pageSize, listTtlMs, remarks: new Remarks(options.log) };
    const settings: FederationSettings = {
      targets: options.targets,
      eras: options.targets.map(() => new TargetEra()),
      naming,
      forwarding: new Forwarding(options.targets.map(({ forward }) => forward ?? null)),
      view,
      search: options.search,
      limits: options.limits,
      inFlight: options.counts.calls,
      failOpen: options.failOpen,
      perCaller: options.perCaller,
      stateful: options.stateful,
      cache: new CatalogueCache(catalogues),
      taskIds: new TaskIds(options.sessionPorts.keys, options.key),
      self: options.self,
      serverInfo: options.serverInfo ?? options.self,
      instructions: options.instructions ?? null,
      log: options.log,
    };
    this.#scopes = new Scopes(settings, catalogues);
    this.#sessions = new Sessions({
      key: options.key,
      ports: options.sessionPorts,
      places: options.counts.sessions,
      gauge: options.gauges.sessions,
      idleMs: options.sessionTtlMs,
      log: options.log,
      settings: () => this.#scopes.session(),
    });
    this.#modern = new ModernEndpoint({
      scopes: this.#scopes,
      settings,
      parked: options.counts.parked,
      gauge: options.gauges.parked,
      sessionPorts: options.sessionPorts,
      key: options.key,
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

  /** True when nothing is lost by closing it. */
  get idle(): boolean {
    return this.#sessions.size === 0 && !this.#modern.active;
  }

  /** Serves one HTTP request; rejects with GatewayError where the gateway's own answer is due. */
  async handle(http: McpHttpRequest): Promise<void> {
    const record = newMcpRecord();
    http.setRecord(record);
    try {
      if (http.method === 'POST') await this.#post(http, record);
      else this.#other(http, record);
    } catch (error) {
      if (error instanceof GatewayError && error.reason === 'overloaded') record.limit ??= 'sessions';
      throw error;
    }
  }

  /** A target runs before any client comes: says what people should know of its names. Resolves when that is said. */
  async preview(target: string): Promise<void> {
    const index = this.#options.targets.findIndex(({ name }) => name === target);
    if (index === -1) return;
    const federation = new Federation(this.#scopes.of(''), noReturn(latestHandshakeRevision, nobody), {});
    try {
      for (const name of ['tools', 'prompts'] as const) (await federation.lists.some(name, [index])).remarkLength();
    } finally {
      federation.close();
    }
  }

  /** The process is about to stop: clients whose streams only wait go now. */
  drain(): void {
    this.#sessions.drain();
    this.#modern.drain();
  }

  /** Gives up all sessions; whoever comes with the id of one may go on in its place. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    cancelTimer(this.#timer);
    this.#sessions.close();
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
      record.endless = true;
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
      const older = !this.#options.stateful && takesBatches(http) && !input.some((message) => isModern(named, message));
      if (older) this.#stateless(input, http, record);
      else refuseBatch(http);
    } else if (isModern(named, input)) {
      this.#timer ??= every(mcpLimits.keepAliveMs, () => this.#sweep());
      await this.#modern.receive(input, http, record);
    } else if (!this.#options.stateful) {
      this.#stateless(input, http, record);
    } else if (input.kind === 'request' && input.method === 'initialize') {
      await this.#initialize(input, http, record);
    } else refuse(http, 400, 'Bad Request: the Mcp-Session-Id header is missing');
  }

  #stateless(input: Message | readonly Message[], http: McpHttpRequest, record: McpRecord): void {
    this.#timer ??= every(mcpLimits.keepAliveMs, () => this.#sweep());
    handleStateless(this.#scopes, input, http, record, this.#waiting);
  }

  /** The session of a request; null when it is not in this worker, and the request was dealt with. */
  #session(id: string, http: McpHttpRequest, record: McpRecord): Session | null {
    const session = this.#sessions.find(id, http, record);
    if (session !== null) this.#timer ??= every(mcpLimits.keepAliveMs, () => this.#sweep());
    return session;
  }

  async #initialize(message: Message, http: McpHttpRequest, record: McpRecord): Promise<void> {
    record.methodName = message.method;
    const session = await this.#sessions.begin(message.params, http);
    const { id } = session;
    session.federation.carry(http.headers);
    this.#timer ??= every(mcpLimits.keepAliveMs, () => this.#sweep());
    record.sessionId = id;
    let answered = false;
    // A client that does not wait for the handshake never learns of its session.
    http.onClose(() => {
      if (!answered) this.#sessions.abandon(session);
    });
    try {
      const result = await withTargets(record, session.federation.initialize(session.revision));
      answered = true;
      http.reply(200, jsonHeaders(id), resultText(message.idText, result));
    } catch (error) {
      answered = true;
      this.#sessions.abandon(session);
      if (!(error instanceof RpcError)) throw error;
      record.errorCode = error.code;
      record.errorMessage = error.message;
      if (error.limit !== '') record.limit = error.limit;
      http.reply(200, jsonHeaders(), errorText(message.idText, error.code, error.message));
    }
  }

  #sweep(): void {
    this.#sessions.sweep();
    this.#modern.tend();
    this.#sweeps++;
    for (const channel of this.#waiting) channel.tend(this.#sweeps);
    if (this.#sessions.size > 0 || this.#modern.active || this.#waiting.size > 0) return;
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
  refuse(http, 400, `Invalid Request: only clients of ${batchRevision} may send batches`, -32600);
}
