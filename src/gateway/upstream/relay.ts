import { after, cancelTimer, monotonicMs, type Timer } from '../../base/clock.ts';
import { GatewayError, toGatewayError, type Reason } from '../../base/errors.ts';
import type { Duplex } from 'node:stream';
import type { HeaderList } from '../../net/http/headers.ts';
import type { RequestBodySink } from '../../net/http/inbound.ts';
import { UNKNOWN_LENGTH, type RequestHead, type ResponseHead } from '../../net/http/message.ts';
import type { DeliveryMode, OutboundCall, OutboundHandler, OutboundRequest } from '../../net/http/outbound.ts';
import { joinStreams } from '../../net/relay.ts';
import type { BodyCapture } from '../body-capture.ts';
import type { Exchange } from '../exchange.ts';
import type { BodyTap } from './body-tap.ts';
import { MirrorSet } from './mirror-set.ts';
import { outboundHead } from './outbound-head.ts';
import { ReplayBuffer } from './replay-buffer.ts';
import { ResponseHold } from './response-hold.ts';
import type { ResponseSink } from './response-sink.ts';
import type { RequestSigner, Upstream } from './upstream.ts';

/** Methods that may be sent twice without asking (RFC 9110 §9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** What a protocol changes in the request that is relayed; the rest is the client's. */
export interface RelayOverride {
  /** Path without query. */
  readonly path?: string;
  /** The whole body, sent with its length. */
  readonly body?: Buffer;
  /** Called instead of failing when no connection could be made and no answer has begun; true: someone else serves it. */
  readonly onUnreachable?: (error: GatewayError) => boolean;
  /** Takes the response in the client's place, to rewrite it; absent: the client gets it as it comes. */
  readonly sink?: (head: ResponseHead) => ResponseSink;
}

/** Errors after which the upstream has certainly seen nothing of the request. */
const unreachable: ReadonlySet<Reason> = new Set<Reason>([
  'dnsFailed',
  'connectFailed',
  'tlsFailed',
  'credentialsFailed',
]);

/** Sends the exchange's request to `upstream` and its response to the client, bytes untouched. */
export function relay(x: Exchange, upstream: Upstream, override: RelayOverride | null, tap: BodyTap | null): void {
  new Relay(x, upstream, override, tap).start();
}

/** One relayed exchange over all its tries: the request body's sink and the upstream's handler at once. */
class Relay implements OutboundHandler, RequestBodySink {
  readonly #x: Exchange;
  readonly #upstream: Upstream;
  readonly #onUnreachable: RelayOverride['onUnreachable'] | null;
  readonly #openSink: ((head: ResponseHead) => ResponseSink) | null;
  #tap: BodyTap | null;
  readonly #head: RequestHead;
  /** The body when all of it is at hand, else null: it streams. */
  #fixedBody: Buffer | null;
  #mirrors: MirrorSet | null;
  #replay: ReplayBuffer | null;
  #call: OutboundCall | null;
  #timer: Timer | null;
  #tries: number;
  #requestEnded: boolean;
  #mode: DeliveryMode;
  #sink: ResponseSink | null;

  constructor(x: Exchange, upstream: Upstream, override: RelayOverride | null, tap: BodyTap | null) {
    this.#x = x;
    this.#upstream = upstream;
    this.#onUnreachable = override?.onUnreachable ?? null;
    this.#openSink = override?.sink ?? null;
    this.#tap = x.responseCapture === null ? tap : captureTap(x.responseCapture, tap);
    if (override?.path !== undefined) x.request.path = override.path;
    this.#head = outboundHead(x, upstream);
    this.#fixedBody = override?.body ?? x.body.buffered;
    this.#mirrors = null;
    this.#replay = null;
    this.#call = null;
    this.#timer = null;
    this.#tries = 0;
    this.#requestEnded = false;
    this.#mode = 'payload';
    this.#sink = null;
  }

  start(): void {
    const x = this.#x;
    // Who decided to relay may have waited, and the client left meanwhile.
    if (x.state !== 'open') return this.#endTap(false);
    const redirect = this.#upstream.redirect?.request?.(x);
    if (redirect !== undefined && !(redirect instanceof Promise)) return x.answer(redirect);
    x.responder = {
      onDrain: () => this.#call?.resume(),
      onClosed: (complete) => this.#closed(complete),
    };
    const { signer } = this.#upstream;
    if (signer === null) return this.#begin();
    if (!signer.coversBody || this.#fixedBody !== null || x.request.bodyLength === 0)
      return this.#signed(signer, () => this.#begin());
    x.readBody().then(
      (body) => {
        this.#fixedBody = body;
        if (x.state === 'open') this.#signed(signer, () => this.#begin());
      },
      (error: unknown) => x.state === 'open' && x.fail(error),
    );
    return undefined;
  }

  /** The first try. */
  #begin(): void {
    const x = this.#x;
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

  /** Signs the head, then goes on if the client is still there. Without a wait it all happens at once. */
  #signed(signer: RequestSigner, then: () => void): void {
    const failed = (thrown: unknown): void => {
      if (this.#x.state === 'open') this.onError(toGatewayError(thrown));
    };
    let waits: void | Promise<void>;
    try {
      waits = signer.sign(this.#head, this.#fixedBody);
    } catch (thrown) {
      return failed(thrown);
    }
    if (waits === undefined) return then();
    waits.then(() => {
      if (this.#x.state === 'open') then();
    }, failed);
    return undefined;
  }

  /** Sends the request while its body still comes. */
  #stream(): void {
    const x = this.#x;
    if (x.retry !== null) this.#replay = new ReplayBuffer();
    const untouched = x.body.untouched && this.#replay === null && this.#mirrors === null;
    const framed = untouched && x.request.bodyLength === UNKNOWN_LENGTH;
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
    if (limit > 0) this.#timer = after(limit, () => this.#tryTimedOut());
    this.#x.record.sending(this.#upstream.endpoint.name, monotonicMs());
    this.#call = this.#upstream.endpoint.dispatch(request, this);
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

  onDrain(): void {
    this.#x.inbound.resumeBody();
  }

  // Response, from the upstream.

  onConnected(address: string): void {
    this.#x.record.connected(address);
  }

  onInformational(head: ResponseHead): void {
    this.#x.inbound.inform(head);
  }

  onHead(head: ResponseHead, chunked: boolean): DeliveryMode {
    const x = this.#x;
    this.#stopTimer();
    x.record.answered(monotonicMs());
    if (x.retry !== null && this.#mayRetry() && x.retry.wants(x, head)) {
      this.#call?.abort();
      this.#retryLater();
      return 'payload';
    }
    for (const step of this.#upstream.responseSteps) step(head);
    if (x.responseBuffer !== null && !x.isBodyless(head.status)) {
      this.#sink = new ResponseHold(x, head, x.responseBuffer);
      return 'payload';
    }
    if (this.#openSink !== null && !x.isBodyless(head.status)) {
      this.#sink = this.#openSink(head);
      return 'payload';
    }
    this.#mode = beginResponse(x, head, chunked, this.#tap !== null);
    return this.#mode;
  }

  onPayload(chunk: Buffer): void {
    this.#tap?.chunk(chunk);
  }

  onData(chunk: Buffer): boolean {
    if (this.#mode === 'payload') this.#tap?.chunk(chunk);
    if (this.#sink === null) return this.#x.inbound.write(chunk);
    return this.#guarded(() => this.#sink?.data(chunk) ?? true);
  }

  onEnd(trailers: HeaderList | null): void {
    this.#call = null;
    this.#endTap(true);
    if (this.#sink === null) return this.#x.inbound.end(trailers);
    this.#guarded(() => {
      this.#sink?.end(trailers);
      return true;
    });
    return undefined;
  }

  onUpgrade(head: ResponseHead, stream: Duplex): void {
    const x = this.#x;
    this.#stopTimer();
    this.#call = null;
    for (const step of this.#upstream.responseSteps) step(head);
    if (!x.begin(head)) {
      stream.destroy();
      return;
    }
    x.inbound.respond(head, 'none');
    joinStreams(x.inbound.hijack(), stream);
  }

  onError(error: GatewayError): void {
    const x = this.#x;
    this.#stopTimer();
    this.#call = null;
    if (x.state !== 'open') {
      const told = this.#sink?.broken(error) ?? false;
      if (told) x.record.failed(error);
      return told ? undefined : x.fail(error);
    }
    if (x.retry !== null && this.#mayRetry()) return this.#retryLater();
    const raced = error.retry === 'reusedOnly' && this.#tries === 0 && idempotent.has(x.request.method);
    if (raced && this.#canReplay()) {
      this.#tries++;
      return this.#again();
    }
    if (unreachable.has(error.reason) && this.#onUnreachable?.(error) === true) return undefined;
    return x.fail(error);
  }

  /** Runs a step of the sink; what it cannot make sense of is the upstream's fault. */
  #guarded(step: () => boolean): boolean {
    try {
      return step();
    } catch (cause) {
      this.#call?.abort();
      this.onError(new GatewayError('upstreamProtocol', '', { cause }));
      return true;
    }
  }

  #tryTimedOut(): void {
    this.#timer = null;
    this.#call?.abort();
    this.onError(new GatewayError('upstreamTimeout'));
  }

  #mayRetry(): boolean {
    const { retry, state } = this.#x;
    return retry !== null && state === 'open' && this.#tries < retry.attempts && this.#canReplay();
  }

  /** True when all of the request that was sent can be sent again. */
  #canReplay(): boolean {
    if (this.#fixedBody !== null || this.#x.request.bodyLength === 0) return true;
    return this.#replay !== null && this.#replay.usable;
  }

  #retryLater(): void {
    this.#call = null;
    this.#sink = null;
    this.#tries++;
    // What came while nobody takes it could overflow the copy, and the next try would lack it.
    if (!this.#requestEnded) this.#x.inbound.pauseBody();
    this.#x.record.retried();
    const waitMs = this.#x.retry?.delayMs(this.#tries) ?? 0;
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
    if (this.#fixedBody !== null) {
      this.#send(this.#fixedBody.byteLength, 'payload');
      if (this.#fixedBody.byteLength > 0) this.#call?.write(this.#fixedBody);
    } else {
      this.#send(this.#x.request.bodyLength, 'payload');
      for (const chunk of this.#replay?.chunks ?? []) this.#call?.write(chunk);
    }
    if (this.#requestEnded) this.#call?.end(null);
    else this.#x.inbound.resumeBody();
  }

  #endTap(complete: boolean): void {
    const tap = this.#tap;
    this.#tap = null;
    tap?.end(complete);
  }

  #stopTimer(): void {
    cancelTimer(this.#timer);
    this.#timer = null;
  }

  /** The client's side is over. */
  #closed(complete: boolean): void {
    this.#stopTimer();
    this.#endTap(complete);
    if (!this.#requestEnded) this.#mirrors?.abort();
    const call = this.#call;
    this.#call = null;
    call?.abort();
  }
}

/** Sends the head to the client and chooses how the body is to come. */
function beginResponse(x: Exchange, head: ResponseHead, chunked: boolean, tapped: boolean): DeliveryMode {
  if (!x.begin(head)) return 'payload';
  if (x.isBodyless(head.status)) {
    x.inbound.respond(head, 'none');
    return 'payload';
  }
  const framed = chunked && x.inbound.takesFramed;
  x.inbound.respond(head, framed ? 'framed' : 'payload');
  if (!framed) return 'payload';
  return tapped ? 'tapped' : 'framed';
}

/** A tap that keeps a copy, and passes everything to `inner`. */
function captureTap(capture: BodyCapture, inner: BodyTap | null): BodyTap {
  return {
    chunk(payload) {
      capture.chunk(payload);
      inner?.chunk(payload);
    },
    end: (complete) => inner?.end(complete),
  };
}

/** The smaller of two limits where 0 means none. */
function shorter(a: number, b: number): number {
  return a === 0 || b === 0 ? a + b : Math.min(a, b);
}
