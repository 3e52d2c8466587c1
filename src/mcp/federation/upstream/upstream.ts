import { mcpLimits } from '../../limits.ts';
import { TargetError, type Transport, type TransportFactory } from '../../transports/transport.ts';
import type { ServerHello } from '../../wire/2025-11-25/handshake.ts';
import type { CacheHints } from '../../wire/2026-07-28/cache-hints.ts';
import { modernCodes } from '../../wire/2026-07-28/errors.ts';
import { subscriptionOf, untagged } from '../../wire/2026-07-28/subscriptions.ts';
import { notificationText, rawErrorText, requestText, resultText, type Message } from '../../wire/jsonrpc.ts';
import { modernRevision } from '../../wire/versions.ts';
import type { Caller } from '../caller.ts';
import { Connection } from './connection.ts';
import { greet } from './greeting.ts';
import { Hearing } from './hearing.ts';
import { outbound } from './outbound.ts';
import { limitWait, PendingRequests, type Pending } from './pending.ts';
import { Restoring } from './restoring.ts';
import { RetryPause } from './retry-pause.ts';
import type { TargetEra } from './target-era.ts';
import { heardBy, listenPort, UpstreamListen, type HeardKind } from './listen.ts';
import type { UpstreamContext } from './context.ts';
import { discoverParams } from './params.ts';

/**
 * The session with one target on behalf of one client session, or of several that servers cannot tell apart. It
 * connects when first needed, finds out how the target speaks, mints the ids of the requests on its connection, and
 * connects anew after a failure.
 */
export class Upstream {
  readonly name: string;
  /** Its place among the targets. */
  readonly index: number;
  readonly #factory: TransportFactory;
  readonly #era: TargetEra;
  readonly #context: UpstreamContext;
  readonly #pending = new PendingRequests();
  #transport: Transport | null = null;
  #state: 'idle' | 'greeted' | 'ready' | 'closed' = 'idle';
  #connecting: Promise<void> | null = null;
  #confirming: Promise<void> | null = null;
  #nextId = 1;
  readonly #pause = new RetryPause();
  readonly #hearing = new Hearing(() => {
    this.#pause.end();
    this.ready()?.catch((error: unknown) => this.#debug('a lost connection was not made again', error));
  });
  /** What the next connection is told again. */
  readonly restoring: Restoring = new Restoring();
  /** What the server said in its last handshake; null before the first. */
  hello: ServerHello | null = null;
  /** The log level that the server was told, or is told with every request. */
  logLevel = '';
  /** Calls that are, or are about to be, on this session alone. */
  leases = 0;

  constructor(name: string, index: number, factory: TransportFactory, era: TargetEra, context: UpstreamContext) {
    this.name = name;
    this.index = index;
    this.#factory = factory;
    this.#era = era;
    this.#context = context;
  }

  /** True when the server works without a handshake, and thus without requests of its own. */
  get modern(): boolean {
    return this.hello?.revision === modernRevision;
  }

  /** True when requests say in header fields, too, what they are. */
  get byHeaders(): boolean {
    return this.modern && this.#transport?.ownStreams === true;
  }

  /** Number of the stream on which the server can tell us of changes outside of requests; 0: there is none now. */
  get hearing(): number {
    return this.#hearing.number;
  }

  /** True while the server can tell us of changes. */
  get hears(): boolean {
    return this.hearing > 0;
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** How long what a server without sessions said of itself may be kept. */
  get discovery(): CacheHints {
    return this.#era.hints;
  }

  /** False while a stream on which the server could tell us of changes is wanted and not there yet. */
  get settled(): boolean {
    return this.#hearing.settled;
  }

  /** What failed may work now, with other credentials for instance. */
  retry(): void {
    this.#pause.end();
  }

  /** The greeting, once. Rejects with TargetError. */
  connect(): Promise<void> {
    if (this.#state === 'greeted' || this.#state === 'ready') return Promise.resolve();
    if (this.#state === 'closed') return Promise.reject(new TargetError('is no longer in use'));
    const { pausing } = this.#pause;
    if (pausing !== null) return Promise.reject(pausing);
    this.#connecting ??= this.#greet().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  /** Null when requests can be sent at once; else the greeting and its confirmation. Rejects with TargetError. */
  ready(): Promise<void> | null {
    if (this.#state === 'ready') return null;
    this.#confirming ??= this.#confirm().finally(() => {
      this.#confirming = null;
    });
    return this.#confirming;
  }

  /** A new request id; also good as the progress token of that request. */
  mintId(): number {
    return this.#transport?.mintId?.() ?? this.#nextId++;
  }

  /**
   * Sends a request with a minted id; only when ready. Resolves with the response, error or not; rejects with
   * TargetError.
   * @param timeoutMs 0: its caller says when it is too late.
   * @param fields Header fields that only this request has.
   */
  request(
    id: number,
    method: string,
    params: string,
    caller: Caller | null,
    timeoutMs: number,
    fields: readonly string[] = [],
  ): Promise<Message> {
    if (this.#transport === null) return Promise.reject(this.#pause.failure);
    const asked = { method, params, fields, caller };
    const pending = this.#pending.begin(id, asked);
    if (timeoutMs > 0) this.#limitWait(id, pending, timeoutMs);
    this.#send(id, pending);
    return pending.answer;
  }

  /** Tells the server that a request's answer is no longer wanted, and ends the wait for it. */
  cancel(id: number, reasonText: string, error: TargetError = new TargetError('was told to cancel')): void {
    const pending = this.#pending.take(id);
    if (pending === null) return;
    const reason = reasonText === '' ? '' : `,"reason":${reasonText}`;
    const byClosing = this.modern && this.#transport?.ownStreams === true;
    // The handshake cannot be cancelled (2025-11-25, cancellation).
    if (this.#state === 'ready' && !byClosing) {
      this.notify('notifications/cancelled', `{"requestId":${id}${reason}}`);
    }
    this.#transport?.abandon(id);
    pending.reject(error);
  }

  /** Sends a notification if connected; its loss is only logged. */
  notify(method: string, params: string): void {
    this.#post(notificationText(method, params));
  }

  /** Answers a request of the server; `body` is the text of the result or error. */
  respond(idText: string, kind: 'result' | 'error', body: string): void {
    this.#post(kind === 'result' ? resultText(idText, body) : rawErrorText(idText, body));
  }

  /** Remembers (`params` '': forgets) a request to be repeated after a reconnection. */
  restoreWith(key: string, method: string, params: string): void {
    this.restoring.set(key, method, params);
  }

  /** Whether the client listens, and thus whether the server's own stream is worth a connection. */
  listen(on: boolean): void {
    this.#hearing.listen(on);
  }

  /** Whether updates are wanted from a server without handshakes; remembered for the next connection. */
  hear(kind: HeardKind, id: string, on: boolean): void {
    const [method, param] = heardBy[kind];
    this.restoreWith(`${kind} ${id}`, method, on ? JSON.stringify({ [param]: id }) : '');
    this.#hearing.hear(kind, id, on);
  }

  /** Whether the server tells changes of a task. */
  hearsTask(id: string): boolean {
    return this.#hearing.hearsTask(id);
  }

  /** Ends the session with the server. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#hearing.end();
    this.#state = 'closed';
    const transport = this.#transport;
    this.#transport = null;
    this.#pending.failAll(new TargetError('is no longer in use'));
    transport?.close();
  }

  async #confirm(): Promise<void> {
    const again = this.hello !== null && this.#pause.wasReady;
    await this.connect();
    const transport = this.#transport;
    if (transport === null) throw this.#pause.failure;
    try {
      if (!this.modern) await transport.post(notificationText('notifications/initialized', ''));
    } catch (error) {
      throw this.#fail(transport, error);
    }
    if (this.#transport !== transport) throw this.#pause.failure;
    this.#state = 'ready';
    this.#pause.ready();
    this.#hear(transport);
    if (!this.modern) this.#restoreRequests(again);
    if (again) this.#context.observer.onRecovered(this);
  }

  #hear(transport: Transport): void {
    const stream = this.modern && this.hello !== null ? new UpstreamListen(listenPort(this), this.hello) : null;
    stream?.hearAgain(this.restoring.all());
    this.#hearing.begin(transport, stream);
  }

  #restoreRequests(again: boolean): void {
    for (const [method, params] of this.restoring.due(this.hello, again)) {
      this.request(this.mintId(), method, params, null, mcpLimits.listTimeoutMs).catch((error: unknown) =>
        this.#debug(`${method} was not restored`, error),
      );
    }
  }

  async #greet(): Promise<void> {
    try {
      const { client, initializeParams } = this.#context;
      const { transport, hello } = await greet(
        {
          open: () => this.#open(),
          ask: (method, params, fields, timeoutMs) => this.#ask(method, params, fields, timeoutMs),
        },
        this.#era,
        { initialize: initializeParams, discover: discoverParams(client), modernFirst: client.sessionless },
      );
      if (this.#transport !== transport) throw this.#pause.failure;
      this.hello = hello;
      transport.established(hello.revision);
      this.#state = 'greeted';
      this.#pause.greeted();
    } catch (error) {
      throw this.#fail(this.#transport, error);
    }
  }

  async #open(): Promise<Transport> {
    const connection = new Connection(this, this.#context);
    const { client, fields } = this.#context;
    const transport = this.#factory(connection, () => fields.own(this.index), client);
    connection.transport = transport;
    this.#transport = transport;
    await transport.open();
    return transport;
  }

  /** A request of the greeting. */
  #ask(method: string, params: string, fields: readonly string[], timeoutMs: number): Promise<Message> {
    const transport = this.#transport;
    if (transport === null) return Promise.reject(this.#pause.failure);
    const id = this.mintId();
    const asked = { method: '', params, fields, caller: null };
    const pending = this.#pending.begin(id, asked);
    limitWait(pending, timeoutMs, (late) => {
      transport.abandon(id);
      this.#pending.take(id)?.reject(late);
    });
    transport.request(id, requestText(id, method, params), fields.length === 0 ? null : fields);
    return pending.answer;
  }

  #limitWait(id: number, pending: Pending, timeoutMs: number): void {
    limitWait(pending, timeoutMs, (late) => this.cancel(id, '"time-out"', late));
  }

  #send(id: number, pending: Pending): void {
    const { client, fields } = this.#context;
    const forwarded = fields.of(this.index, pending.caller);
    this.#transport?.request(id, ...outbound(id, pending, this.modern, forwarded, client, this.logLevel));
  }

  /** From the transport, as all of the following. */
  receive(message: Message, relatedTo: number | null): void {
    if (message.kind === 'result' || message.kind === 'error') {
      if (typeof message.id !== 'number') return;
      if (message.kind === 'error' && this.#isOutdated(message)) this.expired(this.#transport, message.id);
      else this.#pending.take(message.id)?.resolve(message);
      return;
    }
    const { observer } = this.#context;
    const tag = this.#hearing.tagged ? subscriptionOf(message.params) : undefined;
    if (tag !== undefined) {
      if (message.method === 'notifications/subscriptions/acknowledged')
        this.#hearing.acknowledge(Number(tag), message.params?.['notifications']);
      else observer.onNotification(this, untagged(message), null, false);
      return;
    }
    const caller = this.#pending.callerOf(message, relatedTo);
    if (message.kind === 'notification') observer.onNotification(this, message, caller, relatedTo !== null);
    else if (message.method === 'ping') this.respond(message.idText, 'result', '{}');
    else observer.onRequest(this, message, caller);
  }

  /** Whether an error says that the server now works without handshakes. */
  #isOutdated({ outcome }: Message): boolean {
    const code = (outcome as { readonly code?: unknown } | null)?.code;
    if (this.#state !== 'ready' || this.modern || code !== modernCodes.unsupportedVersion) return false;
    this.#era.forget();
    return true;
  }

  /** The request gets no answer. */
  failed(transport: Transport | null, id: number, error: TargetError): void {
    // It is another server now, one that wants a handshake; it did not process the request.
    const outdated = this.modern && [400, 404, 405].includes(error.status);
    if (outdated && this.#pending.get(id)?.method !== '') {
      this.#era.forget();
      this.expired(transport, id);
    } else this.#pending.take(id)?.reject(error);
  }

  /** The connection is gone. */
  lost(transport: Transport | null, error: TargetError): void {
    if (this.#transport !== transport) return;
    // While it is greeted, what is lost is for the greeting to judge.
    if (this.#connecting === null) this.#fail(transport, error);
    else this.#pending.failAll(error);
  }

  /** The server forgot the session: greet it again and repeat what it did not process. */
  expired(transport: Transport | null, id: number | null): void {
    if (transport !== null && this.#transport === transport && this.#state === 'ready') {
      transport.listen(false);
      this.#hearing.lost(0);
      this.#state = 'idle';
      // A session over HTTP is gone already; a process is not.
      if (!transport.ownStreams) transport.close();
    }
    const pending = id === null ? undefined : this.#pending.get(id);
    if (id === null || pending === undefined) return;
    if (pending.resent) {
      this.#pending.take(id)?.reject(new TargetError('lost its session twice'));
      return;
    }
    pending.resent = true;
    (this.ready() ?? Promise.resolve()).then(
      () => this.#send(id, pending),
      (error: unknown) => this.#pending.take(id)?.reject(error as TargetError),
    );
  }

  /** Ends the connection; the next use may try again after a pause that doubles. */
  #fail(transport: Transport | null, thrown: unknown): TargetError {
    const error = thrown instanceof TargetError ? thrown : new TargetError('failed unexpectedly', { cause: thrown });
    if (this.#transport !== transport) return this.#pause.latest ?? error;
    this.#pause.failed(error, this.#state === 'ready');
    this.#transport = null;
    if (this.#state !== 'closed') this.#state = 'idle';
    this.#pending.failAll(error);
    if (this.hello !== null && this.#state !== 'closed') this.#hearing.lost(this.#pause.leftMs);
    else this.#hearing.end();
    transport?.close();
    this.#context.log.warn(`mcp: target ${this.name} ${error.message}`, {
      cause: error.cause instanceof Error ? error.cause.message : undefined,
    });
    this.#context.observer.onFailed(this, error);
    return error;
  }

  #post(text: string): void {
    this.#transport?.post(text).catch((error: unknown) => this.#debug('a message was not delivered', error));
  }

  #debug(message: string, error: unknown): void {
    this.#context.log.debug(`mcp: ${message}`, { target: this.name, error: String(error) });
  }
}
