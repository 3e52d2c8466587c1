import { after, cancelTimer, monotonicMs, wallMs, type Timer } from '../base/clock.ts';
import { GatewayError, toGatewayError } from '../base/errors.ts';
import type { AuthorityRewrite } from '../model/policy.ts';
import type { PathMatch } from '../model/route.ts';
import type { HeaderList } from '../net/http/headers.ts';
import type { Inbound, InboundObserver } from '../net/http/inbound.ts';
import { ResponseHead, UNKNOWN_LENGTH, type ConnectionInfo, type RequestHead } from '../net/http/message.ts';
import type { Authorizer } from './authorization/authorizer.ts';
import { ExchangeAttributes } from './attributes/exchange-attributes.ts';
import type { BodyCapture } from './body-capture.ts';
import type { CompiledBackend } from './backends/backend.ts';
import type { RetryPlan } from './policies/retry/retry.ts';
import type { LocalReply } from './policies/policy.ts';
import type { Principal } from './principal.ts';
import { endBrokenCall } from './grpc/call-status.ts';
import { giveRecord, recordTrailers } from './peers.ts';
import { ExchangeRecord } from './record/exchange-record.ts';
import type { ExchangeLimits } from './rate-limit/exchange-limits.ts';
import { RequestBody } from './request-body.ts';
import { rescue } from './rescue.ts';
import { ResponseFilter } from './response-filter.ts';
import { ResponseStream } from './response-stream.ts';
import type { CompiledBind, CompiledListener, CompiledRoute, Snapshot } from './snapshot/snapshot.ts';
import type { StagePolicy } from './snapshot/compiled-policies.ts';
import type { ExchangeTrace } from './trace/exchange-trace.ts';
import type { Mirror } from './upstream/mirror-set.ts';

/** Who serves the body of an answer. */
export interface Responder extends InboundObserver {
  /** The exchange has failed within its answer. True: the client is told in its own way, and the answer has ended. */
  onFailed?(error: GatewayError): boolean;
}

/** Where an exchange stands; it only moves forward. */
export type ExchangeState = 'open' | 'answering' | 'closed';

/**
 * One request and its response, from the parsed head to the log line. Every field is set in the constructor, so that all
 * exchanges share one hidden class. It is pinned to the snapshot that it began with.
 */
export class Exchange implements InboundObserver {
  /** Tells who watches this exchange what happens; null: nobody does. */
  trace: ExchangeTrace | null;
  /** The client's side: with what stands in the way of the response. */
  inbound: Inbound;
  readonly request: RequestHead;
  /** The client's; of an exchange that another worker passed on, the one that it came in on there. */
  connection: ConnectionInfo;
  readonly snapshot: Snapshot;
  readonly bind: CompiledBind;
  readonly record: ExchangeRecord;
  body: RequestBody;
  /** True when another worker passed it on. */
  readonly fromPeer: boolean;
  /** False when it was not counted among the bind's requests in flight. */
  admitted: boolean;
  state: ExchangeState;

  listener: CompiledListener | null;
  route: CompiledRoute | null;
  /** The path rule by which the route was found. */
  pathMatch: PathMatch | null;
  backend: CompiledBackend | null;

  /** Who the client has proved to be; null: nobody yet. */
  principal: Principal | null;
  /** The token that proved it, which is no longer in the request: for backends that get it passed on. Never shown. */
  credential: string | null;

  /** Who decides what the client may do, beyond what HTTP shows of it; null: it may do everything. */
  authorizer: Authorizer | null;
  /** A backend has asked for what the client wants to do. */
  authorized: boolean;

  /** Set by policies for the relay. */
  authorityRewrite: AuthorityRewrite['kind'] | null;
  retry: RetryPlan | null;
  tryTimeoutMs: number;
  mirrors: Mirror[] | null;
  responseBuffer: { readonly maxBytes: number; readonly failOpen: boolean } | null;

  /** What rate limits have said; null: there are none. */
  limits: ExchangeLimits | null;

  /** How the client's protocol says errors; null: as the backend's clients expect. */
  errorBody: ((error: GatewayError) => unknown) | null;
  /** A copy of the response's body for log expressions; null where none names it. */
  responseCapture: BodyCapture | null;

  /** The response head as it was sent. */
  response: ResponseHead | null;
  /** Who serves the body: a relay or a stream, told about drains and the end. */
  responder: Responder | null;

  #timer: Timer | null;
  #limitMs: number;
  #abort: AbortController | null;
  #onClose: (() => void)[] | null;
  #attributes: ExchangeAttributes | null;
  #detached: boolean;
  /** The client's side itself. */
  readonly #connectionSide: Inbound;
  #filters: ResponseFilter[] | null;
  #facts: Map<string, unknown> | null;
  #kept: Map<object, unknown> | null;

  constructor(inbound: Inbound, snapshot: Snapshot, bind: CompiledBind, fromPeer: boolean) {
    this.inbound = inbound;
    this.request = inbound.head;
    this.connection = inbound.connection;
    this.snapshot = snapshot;
    this.bind = bind;
    this.record = new ExchangeRecord(inbound.head, monotonicMs(), wallMs());
    this.body = new RequestBody(inbound);
    this.fromPeer = fromPeer;
    this.admitted = true;
    this.state = 'open';
    this.listener = null;
    this.route = null;
    this.pathMatch = null;
    this.backend = null;
    this.principal = null;
    this.credential = null;
    this.authorizer = null;
    this.authorized = false;
    this.trace = null;
    this.authorityRewrite = null;
    this.retry = null;
    this.tryTimeoutMs = 0;
    this.mirrors = null;
    this.responseBuffer = null;
    this.limits = null;
    this.errorBody = null;
    this.responseCapture = null;
    this.response = null;
    this.responder = null;
    this.#timer = null;
    this.#limitMs = 0;
    this.#abort = null;
    this.#onClose = null;
    this.#attributes = null;
    this.#detached = false;
    this.#connectionSide = inbound;
    this.#filters = null;
    this.#facts = null;
    this.#kept = null;
  }

  /**
   * The whole request body, at most `maxBytes` (the bind's buffer size). Rejects with `bodyTooLarge`, `clientGone` or
   * what `onHeld` throws, which hears of the bytes before they are kept.
   */
  readBody(
    maxBytes: number = this.bind.frontend.maxBufferSize,
    onHeld: ((bytes: number) => void) | null = null,
  ): Promise<Buffer> {
    return this.body.whole(maxBytes, onHeld);
  }

  /** Makes a value known to expressions as a root variable, such as the claims of a token as `jwt`. */
  setFact(root: string, value: unknown): void {
    (this.#facts ??= new Map()).set(root, value);
  }

  /** What {@link setFact} said last of a root. */
  fact(root: string): unknown {
    return this.#facts?.get(root);
  }

  /** Keeps something for an `ExchangeSlot`. */
  keep(slot: object, value: unknown): void {
    (this.#kept ??= new Map()).set(slot, value);
  }

  /** What {@link keep} keeps. */
  kept(slot: object): unknown {
    return this.#kept?.get(slot);
  }

  /** Puts the stages of `policies` in the way of the response, the first nearest to whoever answers. */
  interpose(policies: readonly StagePolicy[]): void {
    for (const policy of policies.toReversed()) {
      const stage = policy.stage(this);
      if (stage === null) continue;
      const filter = new ResponseFilter(this.inbound, stage, {
        onDrain: () => this.onDrain(),
        onReplaced: (head) => this.#answered(head),
        onStageFailed: (error) => {
          this.#noteFailure(error);
          return rescue(this, error);
        },
      });
      this.inbound = filter;
      (this.#filters ??= []).push(filter);
    }
  }

  /** Variables for expressions about the request. */
  attributes(): ExchangeAttributes {
    return (this.#attributes ??= new ExchangeAttributes(this));
  }

  /**
   * The same with `response` being a head that may yet be refused.
   *
   * @param body What `response.body` is; absent: what was captured of it.
   */
  attributesWith(head: ResponseHead, body: Buffer | null = null): ExchangeAttributes {
    const attributes = new ExchangeAttributes(this);
    attributes.response = head;
    attributes.responseBody = body;
    return attributes;
  }

  /** Aborts when the client goes away, a limit ends the exchange, or it has ended. */
  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.state === 'closed') this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** Calls `fn` once when the exchange has ended, at once if it has. */
  onClose(fn: () => void): void {
    if (this.state === 'closed') fn();
    else (this.#onClose ??= []).push(fn);
  }

  /** Ends the exchange with 504 when it is not over `ms` after its start; of several limits the shortest holds. */
  limitDuration(ms: number): void {
    if (this.#timer !== null && ms >= this.#limitMs) return;
    this.#limitMs = ms;
    const left = ms - (monotonicMs() - this.record.startedMs);
    cancelTimer(this.#timer);
    this.#timer = after(Math.max(0, left), () => {
      this.fail(new GatewayError('upstreamTimeout', 'the request took longer than the route allows'));
    });
  }

  addMirror(mirror: Mirror): void {
    (this.mirrors ??= []).push(mirror);
  }

  /** Answers with a whole local response; does nothing if an answer has begun. */
  reply(status: number, headers: HeaderList, body: Uint8Array | string): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const head = new ResponseHead(status, headers, bytes.byteLength);
    if (!this.begin(head)) return;
    if (this.isBodyless(head.status)) {
      this.inbound.respond(head, 'none');
    } else {
      this.inbound.respond(head, 'payload');
      if (bytes.byteLength > 0) this.inbound.write(bytes);
      this.responseCapture?.chunk(bytes);
    }
    this.inbound.end(null);
  }

  /** Sends what a policy answered. */
  answer(reply: LocalReply): void {
    this.reply(reply.status, reply.headers, reply.body);
  }

  /** Answers in place of whoever is at work on the request; does nothing if an answer has begun. */
  interrupt(reply: LocalReply): void {
    if (this.state !== 'open') return;
    this.responder?.onClosed(false);
    this.responder = null;
    this.answer(reply);
  }

  /** Begins a streamed local response. */
  openStream(status: number, headers: HeaderList): ResponseStream {
    const trailers = this.fromPeer ? () => recordTrailers(this) : null;
    const stream = new ResponseStream(this.inbound, this.responseCapture, trailers);
    this.responder = stream;
    const head = new ResponseHead(status, headers, UNKNOWN_LENGTH);
    if (!this.begin(head)) {
      stream.onClosed();
      return stream;
    }
    this.inbound.respond(head, 'payload');
    return stream;
  }

  /**
   * Claims the right to answer with `head`, after the route's response policies have changed it.
   * False when an answer has begun or the client is gone.
   */
  begin(head: ResponseHead): boolean {
    if (this.state !== 'open') return false;
    this.state = 'answering';
    this.#answered(head);
    if (this.fromPeer) giveRecord(this, head.headers);
    if (this.route !== null) for (const policy of this.route.policies.response) policy.response(this, head);
    const gateway = this.listener?.policies ?? null;
    if (gateway !== null) for (const policy of gateway.response) policy.response(this, head);
    if (head.status !== this.record.status) this.#answered(head);
    return true;
  }

  /** True when a response with `status` to this request has no body (RFC 9110 §6.4.1). */
  isBodyless(status: number): boolean {
    return this.request.method === 'HEAD' || status === 204 || status === 304 || status < 200;
  }

  /** Ends the exchange with an error: an error answer, or a cut connection when the answer has begun. */
  fail(thrown: unknown): void {
    if (this.state === 'closed') return;
    const error = toGatewayError(thrown);
    this.#noteFailure(error);
    if (this.state === 'answering') {
      if (this.responder?.onFailed?.(error) === true || endBrokenCall(this, error)) return;
      this.inbound.abort();
      return;
    }
    this.responder?.onClosed(false);
    this.responder = null;
    const reply = rescue(this, error);
    const body = Buffer.from(reply.body);
    const head = new ResponseHead(reply.status, reply.headers, body.byteLength);
    this.state = 'answering';
    this.#answered(head);
    if (this.fromPeer) giveRecord(this, head.headers);
    if (this.route !== null) for (const policy of this.route.policies.errors) policy.response(this, head);
    const gateway = this.listener?.policies ?? null;
    if (gateway !== null) for (const policy of gateway.errors) policy.response(this, head);
    const client = this.#connectionSide;
    client.respond(head, this.isBodyless(head.status) ? 'none' : 'payload');
    if (!this.isBodyless(head.status)) client.write(body);
    client.end(null);
  }

  onDrain(): void {
    if (this.#filters !== null) for (const filter of this.#filters) if (!filter.drained()) return;
    this.responder?.onDrain();
  }

  /**
   * Keeps the exchange open when its connection gives up its stream: it ends when the result is called, by who took the
   * stream over. Limits of its duration end.
   */
  detach(): () => void {
    this.#detached = true;
    cancelTimer(this.#timer);
    return () => {
      this.#detached = false;
      this.onClosed(true);
    };
  }

  /** Heard exactly once, from the connection, or from who took its stream over. */
  onClosed(complete: boolean): void {
    if (this.state === 'closed' || this.#detached) return;
    this.state = 'closed';
    cancelTimer(this.#timer);
    if (!complete && this.record.mcp?.endless !== true) this.record.cut();
    this.responder?.onClosed(complete);
    if (this.#filters !== null) for (const filter of this.#filters) filter.close();
    this.body.close();
    this.#abort?.abort();
    if (this.#onClose !== null) for (const fn of this.#onClose) fn();
    this.snapshot.finished(this);
  }

  #answered(head: ResponseHead): void {
    this.trace?.say('response', { status: head.status });
    this.response = head;
    this.record.responding(head.status, monotonicMs());
  }

  #noteFailure(error: GatewayError): void {
    this.record.failed(error);
    this.trace?.say('error', { reason: error.reason, status: error.status, message: error.message });
    if (error.reason === 'internal') this.snapshot.log.error('a request failed inside the gateway', describe(error));
  }
}

function describe(error: GatewayError): Record<string, string> {
  const { cause } = error;
  return { error: cause instanceof Error ? (cause.stack ?? cause.message) : error.message };
}
