import { after, cancelTimer, monotonicMs, type Timer } from '../../base/clock.ts';
import { GatewayError, toGatewayError, type Reason } from '../../base/errors.ts';
import type { Duplex } from 'node:stream';
import type { HeaderList } from '../../net/http/headers.ts';
import type { ResponseHead } from '../../net/http/message.ts';
import type { DeliveryMode, OutboundHandler } from '../../net/http/outbound.ts';
import type { BodyCapture } from '../body-capture.ts';
import type { Exchange } from '../exchange.ts';
import { pass } from '../tunnel/passage.ts';
import { statusIn } from '../grpc/call-status.ts';
import type { BodyTap } from './body-tap.ts';
import { ResponseHold } from './response-hold.ts';
import { AnswerRefused, type ResponseControl, type ResponseSink } from './response-sink.ts';
import { Tries } from './tries.ts';
import type { Upstream } from './upstream.ts';

/** Why an upstream did not serve a request: its error, or the head of an answer that someone else may better. */
export type UpstreamFailure = GatewayError | ResponseHead;

/** What a protocol changes in the request that is relayed, and in what is done with its answer; the rest is the client's. */
export interface RelayOverride {
  /** Path without query. */
  readonly path?: string;
  /** The whole body, sent with its length. */
  readonly body?: Buffer;
  /** Milliseconds from sending a try until an answer to the client has begun; absent or 0: no limit. */
  readonly beginMs?: number;
  /** Hears how each try went: the head that it got, or its error. */
  readonly tried?: (result: UpstreamFailure) => void;
  /**
   * Asked before an answer begins, once no retry is left: about each error and each answer. True: someone else serves
   * the request, and this relay is over.
   */
  readonly elsewhere?: (failure: UpstreamFailure) => boolean;
  /** A long answer has begun: nobody else will be asked. */
  readonly begun?: () => void;
  /** Sees the upstream's side of an upgraded connection before its bytes pass. */
  readonly upgraded?: (stream: Duplex) => void;
  /** Takes the response in the client's place, to rewrite it; absent, or null: the client gets it as it comes. */
  readonly sink?: (head: ResponseHead, control: ResponseControl) => ResponseSink | null;
}

/** Errors after which the upstream has certainly seen nothing of the request. */
const unreachable: ReadonlySet<Reason> = new Set<Reason>([
  'dnsFailed',
  'connectFailed',
  'tlsFailed',
  'credentialsFailed',
]);

/** True when no connection was made, so that the upstream has seen nothing of the request. */
export function isUnreachable(failure: UpstreamFailure): failure is GatewayError {
  return failure instanceof GatewayError && unreachable.has(failure.reason);
}

/** Sends the exchange's request to `upstream` and its response to the client, bytes untouched. */
export function relay(x: Exchange, upstream: Upstream, override: RelayOverride | null, tap: BodyTap | null): void {
  let relayed: Relay;
  try {
    relayed = new Relay(x, upstream, override, tap);
  } catch (error) {
    // An expression about the request to this upstream; who relays may have been called back, and hears no exception.
    tap?.end(false);
    x.fail(toGatewayError(error));
    return;
  }
  relayed.start();
}

const noOverride: RelayOverride = {};

/** One relayed exchange: it hears of every try and hands the answer on. */
class Relay implements OutboundHandler {
  readonly #x: Exchange;
  readonly #upstream: Upstream;
  #override: RelayOverride;
  readonly #tries: Tries;
  #tap: BodyTap | null;
  #mode: DeliveryMode;
  #sink: ResponseSink | null;
  #beginTimer: Timer | null;

  constructor(x: Exchange, upstream: Upstream, override: RelayOverride | null, tap: BodyTap | null) {
    this.#x = x;
    this.#upstream = upstream;
    this.#override = override ?? noOverride;
    this.#tap = x.responseCapture === null ? tap : captureTap(x.responseCapture, tap);
    if (override?.path !== undefined) x.request.path = override.path;
    this.#tries = new Tries(x, upstream, override?.body ?? x.body.buffered, this);
    this.#mode = 'payload';
    this.#sink = null;
    this.#beginTimer = null;
  }

  start(): void {
    const x = this.#x;
    // Who decided to relay may have waited, and the client left meanwhile.
    if (x.state !== 'open') return this.#endTap(false);
    const redirect = this.#upstream.redirect?.request?.(x);
    if (redirect !== undefined && !(redirect instanceof Promise)) return x.answer(redirect);
    x.responder = {
      onDrain: () => {
        this.#sink?.drained?.();
        this.#tries.resume();
      },
      onClosed: (complete) => this.#over(complete),
      onFailed: (error) => {
        this.#tries.abort();
        return this.#sink?.broken(error) ?? false;
      },
    };
    this.#limitBegin();
    return this.#tries.start();
  }

  onDrain(): void {
    this.#x.body.resume();
  }

  onConnected(address: string): void {
    this.#x.record.connected(address);
  }

  onInformational(head: ResponseHead): void {
    this.#x.inbound.inform(head);
  }

  onHead(head: ResponseHead, chunked: boolean): DeliveryMode {
    const x = this.#x;
    this.#tries.answered();
    x.record.answered(monotonicMs());
    this.#override.tried?.(head);
    if (this.#retriesAnswer(head) || this.#leaves(head)) return 'payload';
    if (!this.#changed(head)) return 'payload';
    const bodyless = x.isBodyless(head.status);
    if (this.#override.sink !== undefined && !bodyless) {
      this.#sink = this.#override.sink(head, this.#control);
      if (this.#sink !== null) return 'payload';
    }
    if (x.responseBuffer !== null && !bodyless) {
      this.#sink = new ResponseHold(x, head, x.responseBuffer);
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
    this.#tries.ended();
    if (trailers !== null) this.#x.record.grpcStatus = statusIn(trailers);
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
    this.#tries.answered();
    this.#tries.ended();
    if (!this.#changed(head) || !x.begin(head)) {
      stream.destroy();
      return;
    }
    x.inbound.respond(head, 'none');
    this.#override.upgraded?.(stream);
    pass(x, stream);
  }

  onError(error: GatewayError): void {
    const x = this.#x;
    this.#tries.answered();
    this.#tries.ended();
    if (error.source !== 'client') this.#override.tried?.(error);
    if (x.state !== 'open') return x.fail(error);
    this.#dropSink();
    if (this.#tries.retryError(error)) return this.#limitBegin();
    return this.#leaves(error) ? undefined : x.fail(error);
  }

  readonly #control: ResponseControl = {
    begun: () => {
      const { begun, tried } = this.#override;
      this.#override = tried === undefined ? noOverride : { tried };
      this.#tries.letGo();
      this.#x.body.letGo();
      begun?.();
    },
    fail: (error) => {
      this.#tries.abort();
      this.onError(error);
    },
    note: (error) => {
      this.#override.tried?.(error);
      this.#x.record.failed(error);
    },
  };

  /** Changes an answer as the policies of the upstream say. False: one of them failed, and the answer with it. */
  #changed(head: ResponseHead): boolean {
    const { responseSteps, transform } = this.#upstream;
    if (transform === null) {
      for (const step of responseSteps) step(head, null);
      return true;
    }
    let changed = false;
    this.#guarded(() => {
      for (const step of responseSteps) step(head, this.#x);
      changed = true;
      return true;
    });
    return changed;
  }

  /** Runs a step of the sink; what it cannot make sense of is the upstream's fault. */
  #guarded(step: () => boolean): boolean {
    try {
      return step();
    } catch (cause) {
      if (cause instanceof AnswerRefused) this.#refused(cause);
      else
        this.#control.fail(cause instanceof GatewayError ? cause : new GatewayError('upstreamProtocol', '', { cause }));
      return true;
    }
  }

  /** An answer that became an error before anything of it was sent. */
  #refused({ head, body }: AnswerRefused): void {
    this.#override.tried?.(head);
    this.#dropSink();
    if (this.#retriesAnswer(head)) return;
    this.#tries.abort();
    if (!this.#leaves(head)) this.#x.reply(head.status, head.headers, body);
  }

  #retriesAnswer(head: ResponseHead): boolean {
    if (!this.#tries.wantsRetry(head)) return false;
    this.#tries.retryAnswer();
    this.#limitBegin();
    return true;
  }

  /** True when someone else serves the request. */
  #leaves(failure: UpstreamFailure): boolean {
    const { elsewhere } = this.#override;
    if (elsewhere === undefined || this.#x.state !== 'open' || !elsewhere(failure)) return false;
    this.#over(false);
    return true;
  }

  /** The limit counts for each try. */
  #limitBegin(): void {
    const { beginMs } = this.#override;
    if (beginMs === undefined || beginMs === 0) return;
    cancelTimer(this.#beginTimer);
    this.#beginTimer = after(beginMs, () => {
      if (this.#x.state === 'open') {
        this.#control.fail(new GatewayError('upstreamTimeout', 'the upstream did not begin its answer in time'));
      }
    });
  }

  #dropSink(): void {
    const sink = this.#sink;
    this.#sink = null;
    this.#mode = 'payload';
    sink?.close();
  }

  #endTap(complete: boolean): void {
    const tap = this.#tap;
    this.#tap = null;
    tap?.end(complete);
  }

  /** Nobody waits for this relay any more. */
  #over(complete: boolean): void {
    cancelTimer(this.#beginTimer);
    this.#endTap(complete);
    this.#dropSink();
    this.#tries.close();
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
