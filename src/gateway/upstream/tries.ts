import { after, cancelTimer, monotonicMs, type Timer } from '../../base/clock.ts';
import { GatewayError, toGatewayError } from '../../base/errors.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { RequestBodySink } from '../../net/http/inbound.ts';
import { UNKNOWN_LENGTH, type RequestHead, type ResponseHead } from '../../net/http/message.ts';
import type { OutboundCall, OutboundHandler, OutboundRequest } from '../../net/http/outbound.ts';
import type { Exchange } from '../exchange.ts';
import type { RetryBudget } from '../policies/retry/budget.ts';
import { ChoiceMemory } from './balance/balancer.ts';
import { MirrorSet } from './mirror-set.ts';
import { outboundHead } from './outbound-head.ts';
import { ReplayBuffer } from './replay-buffer.ts';
import type { RequestSigner, Upstream } from './upstream.ts';

/** Methods that may be sent twice without asking (RFC 9110 §9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Sends one exchange's request to an upstream, as often as its retry policy and the replay of its body allow. */
export class Tries implements RequestBodySink {
  readonly #x: Exchange;
  readonly #upstream: Upstream;
  readonly #handler: OutboundHandler;
  readonly #head: RequestHead;
  /** The body when all of it is at hand, else null: it streams. */
  #fixedBody: Buffer | null;
  #mirrors: MirrorSet | null;
  #replay: ReplayBuffer | null;
  #call: OutboundCall | null;
  #timer: Timer | null;
  #retried: number;
  /** Something of the request was sent, or is about to be. */
  #begun: boolean;
  /** Counts waits for a signature, so that one that was given up is not gone on from. */
  #signing: number;
  #requestEnded: boolean;
  #closed: boolean;
  /** Where a retry has to be given back; null: none is under way. */
  #budget: RetryBudget | null;
  /** What a balanced upstream remembers of the tries. */
  #choices: ChoiceMemory | null;

  /**
   * @param body The whole body, if it is at hand.
   * @param handler Hears of every try; also of limits that end one, through `onError`.
   */
  constructor(x: Exchange, upstream: Upstream, body: Buffer | null, handler: OutboundHandler) {
    this.#x = x;
    this.#upstream = upstream;
    this.#handler = handler;
    this.#head = outboundHead(x, upstream);
    this.#fixedBody = body;
    this.#mirrors = null;
    this.#replay = null;
    this.#call = null;
    this.#timer = null;
    this.#retried = 0;
    this.#begun = false;
    this.#signing = 0;
    this.#requestEnded = false;
    this.#closed = false;
    this.#budget = null;
    this.#choices = null;
  }

  /** Begins the first try. */
  start(): void {
    const x = this.#x;
    const { signer } = this.#upstream;
    if (signer === null) return this.#begin();
    if (!signer.coversBody || this.#fixedBody !== null || x.request.bodyLength === 0)
      return this.#signed(signer, () => this.#begin());
    x.readBody()
      .then((body) => {
        this.#fixedBody = body;
        if (x.state === 'open') this.#signed(signer, () => this.#begin());
      })
      .catch((error: unknown) => x.state === 'open' && x.fail(error));
    return undefined;
  }

  /** The upstream has answered with a head, or the try has failed: its limit is over. */
  answered(): void {
    cancelTimer(this.#timer);
    this.#timer = null;
  }

  /** Whether the retry policy takes this head for a failure that another try may mend. */
  wantsRetry(head: ResponseHead): boolean {
    return this.#x.retry?.wants(this.#x, head) === true && this.#mayRetry();
  }

  /** Ends the try that answered with a head that was not wanted, and goes on to the next. */
  retryAnswer(): void {
    this.#call?.abort();
    this.#retryLater();
  }

  /** True when a try that failed with `error` is followed by another. */
  retryError(error: GatewayError): boolean {
    this.#call = null;
    if (this.#mayRetry()) {
      this.#retryLater();
      return true;
    }
    const raced = error.retry === 'reusedOnly' && this.#retried === 0 && idempotent.has(this.#x.request.method);
    if (!raced || !this.#canReplay()) return false;
    this.#retried++;
    this.#again();
    return true;
  }

  resume(): void {
    this.#call?.resume();
  }

  /** The upstream's side is over. */
  ended(): void {
    this.#call = null;
    this.#giveBack();
  }

  /** Ends the try at once. @param blame What the upstream did wrong, if that is why. */
  abort(blame?: GatewayError): void {
    this.#signing++;
    const call = this.#call;
    this.#call = null;
    call?.abort(blame);
  }

  /** There will be no other try. */
  letGo(): void {
    this.#fixedBody = null;
    this.#replay = null;
  }

  /** Nobody waits for an answer any more. */
  close(): void {
    this.#closed = true;
    this.answered();
    this.#giveBack();
    if (!this.#requestEnded) this.#mirrors?.abort();
    this.abort();
  }

  // Request body, from the client.

  data(chunk: Buffer): boolean {
    this.#mirrors?.data(chunk);
    this.#replay?.add(chunk);
    return this.#call === null ? true : this.#call.write(chunk);
  }

  end(trailers: HeaderList | null): void {
    this.#requestEnded = true;
    this.#mirrors?.end();
    this.#call?.end(trailers);
  }

  fail(error: GatewayError): void {
    this.#mirrors?.abort();
    this.#x.fail(error);
  }

  /** The first try. */
  #begin(): void {
    const x = this.#x;
    this.#begun = true;
    if (x.mirrors !== null) {
      this.#mirrors = new MirrorSet(x, x.mirrors, this.#fixedBody?.byteLength ?? x.request.bodyLength);
    }
    if (this.#fixedBody !== null) {
      this.#send(this.#fixedBody.byteLength, 'payload');
      if (this.#fixedBody.byteLength > 0) {
        this.#mirrors?.data(this.#fixedBody);
        this.#call?.write(this.#fixedBody);
      }
      this.end(null);
    } else if (x.request.bodyLength === 0) {
      this.#send(0, 'payload');
      this.end(null);
    } else {
      this.#stream();
    }
  }

  /** Signs the head, then goes on if someone still waits. Without a wait it all happens at once. */
  #signed(signer: RequestSigner, then: () => void): void {
    const turn = ++this.#signing;
    const isWanted = (): boolean => turn === this.#signing && !this.#closed && this.#x.state === 'open';
    const failed = (thrown: unknown): void => {
      if (isWanted()) this.#handler.onError(toGatewayError(thrown));
    };
    let waits: void | Promise<void>;
    try {
      waits = signer.sign(this.#head, this.#fixedBody, this.#x);
    } catch (thrown) {
      return failed(thrown);
    }
    if (waits === undefined) return then();
    waits
      .then(() => {
        if (isWanted()) then();
      })
      .catch(failed);
    return undefined;
  }

  /** Sends the request while its body still comes. */
  #stream(): void {
    const x = this.#x;
    if (x.retry !== null) this.#replay = new ReplayBuffer();
    const untouched = x.body.untouched && this.#replay === null && this.#mirrors === null;
    const framed =
      untouched &&
      x.request.bodyLength === UNKNOWN_LENGTH &&
      // Only HTTP/1.1 has framing that can pass as it is; bytes of HTTP/2 would be read as chunks, and what follows them
      // as a request.
      x.request.version === 11 &&
      this.#upstream.endpoint.takesFramed(this.#head);
    const mode = framed ? 'framed' : 'payload';
    this.#send(x.request.bodyLength, mode);
    x.body.pipe(this, mode);
  }

  #send(bodyLength: number, bodyMode: 'payload' | 'framed'): void {
    const head = this.#head;
    const request: OutboundRequest = {
      method: head.method,
      target: head.path + head.query,
      authority: head.authority,
      headers: head.headers,
      bodyLength,
      bodyMode,
      upgrade: head.upgrade,
    };
    const limit = shorter(this.#x.tryTimeoutMs, this.#upstream.requestTimeoutMs);
    if (limit > 0) this.#timer = after(limit, () => this.#timedOut());
    this.#x.record.sending(this.#upstream.endpoint.name, monotonicMs());
    this.#call = this.#dispatch(request);
  }

  #dispatch(request: OutboundRequest): OutboundCall {
    const { balancer, endpoint } = this.#upstream;
    if (balancer === undefined || balancer === null) return endpoint.dispatch(request, this.#handler);
    this.#choices ??= new ChoiceMemory();
    return balancer.dispatchFor(this.#x, this.#choices, request, this.#handler);
  }

  #timedOut(): void {
    this.#timer = null;
    const error = new GatewayError('upstreamTimeout');
    this.abort(error);
    this.#handler.onError(error);
  }

  /** True when there is another try, which then has its place in the budget. */
  #mayRetry(): boolean {
    const { retry, state } = this.#x;
    if (retry === null || state !== 'open' || this.#retried >= retry.attempts || !this.#canReplay()) return false;
    const { budget } = retry;
    if (budget === null || this.#budget !== null) return true;
    if (!budget.take()) return false;
    this.#budget = budget;
    return true;
  }

  /** The retry is over. */
  #giveBack(): void {
    this.#budget?.giveBack();
    this.#budget = null;
  }

  /** True when all of the request that was sent can be sent again. */
  #canReplay(): boolean {
    if (!this.#begun || this.#fixedBody !== null || this.#x.request.bodyLength === 0) return true;
    return this.#replay !== null && this.#replay.usable;
  }

  #retryLater(): void {
    this.#call = null;
    this.#retried++;
    // What came while nobody takes it could overflow the copy, and the next try would lack it.
    if (this.#begun && !this.#requestEnded) this.#x.inbound.pauseBody();
    this.#x.record.retried();
    const waitMs = this.#x.retry?.delayMs(this.#retried) ?? 0;
    if (waitMs > 0) this.#timer = after(waitMs, () => this.#again());
    else this.#again();
  }

  #again(): void {
    this.#timer = null;
    if (this.#x.state !== 'open') return;
    const { retries } = this.#x.record;
    if (retries > 0) this.#head.headers.set('x-retry-attempt', String(retries));
    const { signer } = this.#upstream;
    if (signer === null) this.#resend();
    else this.#signed(signer, () => this.#resend());
  }

  #resend(): void {
    if (!this.#begun) return this.#begin();
    if (this.#fixedBody !== null) {
      this.#send(this.#fixedBody.byteLength, 'payload');
      if (this.#fixedBody.byteLength > 0) this.#call?.write(this.#fixedBody);
    } else {
      this.#send(this.#x.request.bodyLength, 'payload');
      for (const chunk of this.#replay?.chunks ?? []) this.#call?.write(chunk);
    }
    if (this.#requestEnded) this.#call?.end(null);
    else this.#x.body.resume();
    return undefined;
  }
}

/** The smaller of two limits where 0 means none. */
function shorter(a: number, b: number): number {
  return a === 0 || b === 0 ? a + b : Math.min(a, b);
}
