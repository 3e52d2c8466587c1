import { after, cancelTimer, monotonicMs, type Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { mcpLimits } from '../limits.ts';
import { TargetError, type Transport, type TransportEvents, type TransportFactory } from '../transports/transport.ts';
import { readServerHello, type ServerHello } from '../wire/2025-11-25/handshake.ts';
import { notificationText, rawErrorText, requestText, resultText, type Message } from '../wire/jsonrpc.ts';
import type { Caller } from './caller.ts';

/** What an upstream session tells the federation that it is part of. */
export interface UpstreamObserver {
  /** A request of the server; `caller`: the client request that caused it, where known. */
  onRequest(upstream: Upstream, message: Message, caller: Caller | null): void;
  /** `sure`: the server itself said that it belongs to the caller's request. */
  onNotification(upstream: Upstream, message: Message, caller: Caller | null, sure: boolean): void;
  /** Its connection is gone; it will be tried again when it is next needed. */
  onFailed(upstream: Upstream, error: TargetError): void;
  /** It works again after it had failed; everything known of it is stale. */
  onRecovered(upstream: Upstream): void;
}

/** What all upstream sessions of a client session share. */
export interface UpstreamContext {
  readonly observer: UpstreamObserver;
  /** Text of the params of `initialize`. */
  readonly initializeParams: string;
  readonly log: Logger;
}

interface Pending {
  readonly text: string;
  readonly caller: Caller | null;
  readonly resolve: (message: Message) => void;
  readonly reject: (error: TargetError) => void;
  readonly timer: Timer;
  resent: boolean;
}

/**
 * The session with one target on behalf of one client session. It connects when first needed, mints the ids of the
 * requests on its connection, and connects anew after a failure.
 */
export class Upstream {
  readonly name: string;
  /** Its place among the targets. */
  readonly index: number;
  readonly #factory: TransportFactory;
  readonly #context: UpstreamContext;
  #transport: Transport | null = null;
  #state: 'idle' | 'greeted' | 'ready' | 'closed' = 'idle';
  #connecting: Promise<void> | null = null;
  #confirming: Promise<void> | null = null;
  #pending: Map<number, Pending> | null = null;
  #nextId = 1;
  #failure: TargetError | null = null;
  #failures = 0;
  #retryAt = 0;
  #readySince = 0;
  #listening = false;
  /** Restores what the client had set, after a reconnection: request method and params by key. */
  #restore: Map<string, readonly [string, string]> | null = null;
  /** What the server said in its last handshake; null before the first. */
  hello: ServerHello | null = null;

  constructor(name: string, index: number, factory: TransportFactory, context: UpstreamContext) {
    this.name = name;
    this.index = index;
    this.#factory = factory;
    this.#context = context;
  }

  /** True while the server can tell us of changes outside of requests. */
  get hears(): boolean {
    return this.#state === 'ready' && this.#transport?.hears === true;
  }

  /** The handshake, once. Rejects with TargetError. */
  connect(): Promise<void> {
    if (this.#state === 'greeted' || this.#state === 'ready') return Promise.resolve();
    if (this.#state === 'closed') return Promise.reject(new TargetError('is no longer in use'));
    if (this.#failure !== null && monotonicMs() < this.#retryAt) return Promise.reject(this.#failure);
    this.#connecting ??= this.#greet().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  /** Null when requests can be sent at once; else the handshake and its confirmation. Rejects with TargetError. */
  ready(): Promise<void> | null {
    if (this.#state === 'ready') return null;
    this.#confirming ??= this.#confirm().finally(() => {
      this.#confirming = null;
    });
    return this.#confirming;
  }

  /** A new request id; also good as the progress token of that request. */
  mintId(): number {
    return this.#nextId++;
  }

  /** Sends a request with a minted id; only when ready. Resolves with the response, error or not; rejects with TargetError. */
  request(id: number, method: string, params: string, caller: Caller | null, timeoutMs: number): Promise<Message> {
    const transport = this.#transport;
    if (transport === null) return Promise.reject(this.#failure ?? new TargetError('is not connected'));
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const text = requestText(id, method, params);
    const timer = after(timeoutMs, () => {
      this.cancel(id, '"time-out"', new TargetError(`did not answer within ${Math.round(timeoutMs / 1000)} s`));
    });
    (this.#pending ??= new Map()).set(id, { text, caller, resolve, reject, timer, resent: false });
    transport.request(id, text);
    return promise;
  }

  /** Tells the server that a request's answer is no longer wanted, and ends the wait for it. */
  cancel(id: number, reasonText: string, error: TargetError = new TargetError('was told to cancel')): void {
    const pending = this.#take(id);
    if (pending === null) return;
    const reason = reasonText === '' ? '' : `,"reason":${reasonText}`;
    // The handshake cannot be cancelled (2025-11-25, cancellation).
    if (this.#state === 'ready') this.notify('notifications/cancelled', `{"requestId":${id}${reason}}`);
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

  /** Remembers (`params` ''): forgets) a request to be repeated after a reconnection. */
  restoreWith(key: string, method: string, params: string): void {
    if (params === '') this.#restore?.delete(key);
    else (this.#restore ??= new Map()).set(key, [method, params]);
  }

  /** Whether the client listens, and thus whether the server's own stream is worth a connection. */
  listen(on: boolean): void {
    this.#listening = on;
    if (this.#state === 'ready') this.#transport?.listen(on);
  }

  /** Ends the session with the server. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const transport = this.#transport;
    this.#transport = null;
    this.#failAll(new TargetError('is no longer in use'));
    transport?.close();
  }

  async #confirm(): Promise<void> {
    const again = this.hello !== null && this.#readySince > 0;
    await this.connect();
    const transport = this.#transport;
    if (transport === null) throw this.#failure ?? new TargetError('is not connected');
    try {
      await transport.post(notificationText('notifications/initialized', ''));
    } catch (error) {
      throw this.#fail(transport, error);
    }
    if (this.#transport !== transport) throw this.#failure ?? new TargetError('is not connected');
    this.#state = 'ready';
    this.#readySince = monotonicMs();
    if (this.#listening) transport.listen(true);
    if (!again) return;
    for (const [method, params] of this.#restore?.values() ?? []) {
      this.request(this.mintId(), method, params, null, mcpLimits.listTimeoutMs).catch((error: unknown) =>
        this.#debug(`${method} was not restored`, error),
      );
    }
    this.#context.observer.onRecovered(this);
  }

  async #greet(): Promise<void> {
    let transport: Transport | null = null;
    try {
      transport = this.#newTransport();
      await transport.open();
      const reply = await this.request(
        this.mintId(),
        'initialize',
        this.#context.initializeParams,
        null,
        mcpLimits.initializeTimeoutMs,
      );
      if (reply.kind === 'error') throw new TargetError(`refused to initialize: ${errorMessage(reply)}`);
      const hello = readServerHello(reply.outcome);
      if (typeof hello === 'string') throw new TargetError(hello);
      if (this.#transport !== transport) throw this.#failure ?? new TargetError('is not connected');
      this.hello = hello;
      transport.established(hello.revision);
      this.#state = 'greeted';
      this.#failure = null;
    } catch (error) {
      throw this.#fail(transport, error);
    }
  }

  #newTransport(): Transport {
    const connection = new Connection(this);
    const transport = this.#factory(connection);
    connection.transport = transport;
    this.#transport = transport;
    return transport;
  }

  /** From the transport, as all of the following. */
  receive(message: Message, relatedTo: number | null): void {
    if (message.kind === 'result' || message.kind === 'error') {
      const pending = typeof message.id === 'number' ? this.#take(message.id) : null;
      pending?.resolve(message);
      return;
    }
    const { observer } = this.#context;
    const caller = this.#callerOf(message, relatedTo);
    if (message.kind === 'notification') observer.onNotification(this, message, caller, relatedTo !== null);
    else if (message.method === 'ping') this.respond(message.idText, 'result', '{}');
    else observer.onRequest(this, message, caller);
  }

  /** The client request that a message of the server belongs to: its progress token, its stream, or the only one there is. */
  #callerOf(message: Message, relatedTo: number | null): Caller | null {
    const pending = this.#pending;
    if (pending === null) return null;
    if (message.method === 'notifications/progress') {
      const token = message.params?.['progressToken'];
      return typeof token === 'number' ? (pending.get(token)?.caller ?? null) : null;
    }
    if (relatedTo !== null) return pending.get(relatedTo)?.caller ?? null;
    if (pending.size !== 1) return null;
    for (const one of pending.values()) return one.caller;
    return null;
  }

  /** The request gets no answer. */
  failed(id: number, error: TargetError): void {
    this.#take(id)?.reject(error);
  }

  /** The connection is gone. */
  lost(transport: Transport | null, error: TargetError): void {
    if (this.#transport === transport) this.#fail(transport, error);
  }

  /** The server forgot the session: greet it again and repeat what it did not process. */
  expired(transport: Transport | null, id: number | null): void {
    if (transport !== null && this.#transport === transport && this.#state === 'ready') {
      transport.listen(false);
      this.#state = 'idle';
    }
    const pending = id === null ? undefined : this.#pending?.get(id);
    if (id === null || pending === undefined) return;
    if (pending.resent) {
      this.#take(id)?.reject(new TargetError('lost its session twice'));
      return;
    }
    pending.resent = true;
    (this.ready() ?? Promise.resolve()).then(
      () => this.#transport?.request(id, pending.text),
      (error: unknown) => this.#take(id)?.reject(error as TargetError),
    );
  }

  #take(id: number): Pending | null {
    const pending = this.#pending?.get(id);
    if (pending === undefined) return null;
    this.#pending?.delete(id);
    // An idle session holds no empty tables.
    if (this.#pending?.size === 0) this.#pending = null;
    cancelTimer(pending.timer);
    return pending;
  }

  /** Ends the connection; the next use may try again after a pause that doubles. */
  #fail(transport: Transport | null, thrown: unknown): TargetError {
    const error = thrown instanceof TargetError ? thrown : new TargetError('failed unexpectedly', { cause: thrown });
    if (this.#transport !== transport) return this.#failure ?? error;
    const now = monotonicMs();
    const lasted = this.#state === 'ready' && now - this.#readySince > mcpLimits.lastRetryMs;
    const wait = lasted ? 0 : Math.min(mcpLimits.firstRetryMs * 2 ** this.#failures, mcpLimits.lastRetryMs);
    this.#failures = lasted ? 0 : this.#failures + 1;
    this.#failure = error;
    this.#retryAt = now + wait;
    this.#transport = null;
    if (this.#state !== 'closed') this.#state = 'idle';
    this.#failAll(error);
    transport?.close();
    this.#context.log.warn(`mcp: target ${this.name} ${error.message}`, {
      cause: error.cause instanceof Error ? error.cause.message : undefined,
    });
    this.#context.observer.onFailed(this, error);
    return error;
  }

  #failAll(error: TargetError): void {
    for (const id of this.#pending?.keys() ?? []) this.#take(id)?.reject(error);
  }

  #post(text: string): void {
    this.#transport?.post(text).catch((error: unknown) => this.#debug('a message was not delivered', error));
  }

  #debug(message: string, error: unknown): void {
    this.#context.log.debug(`mcp: ${message}`, { target: this.name, error: String(error) });
  }
}

/** What one transport reports goes to the upstream session that it was made for. */
class Connection implements TransportEvents {
  readonly #upstream: Upstream;
  transport: Transport | null = null;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  message(message: Message, relatedTo: number | null): void {
    this.#upstream.receive(message, relatedTo);
  }

  failed(requestId: number, error: TargetError): void {
    this.#upstream.failed(requestId, error);
  }

  expired(requestId: number | null): void {
    this.#upstream.expired(this.transport, requestId);
  }

  lost(error: TargetError): void {
    this.#upstream.lost(this.transport, error);
  }
}

/** The message of an error response, for people. */
export function errorMessage(reply: Message): string {
  const message = (reply.outcome as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message.slice(0, 500) : 'no message';
}
