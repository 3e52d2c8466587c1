import type { Duplex } from 'node:stream';
import { after, cancelTimer, type Timer } from '../../base/clock.ts';
import type { CancelSignal } from '../../base/cancellation.ts';
import { GatewayError, toGatewayError } from '../../base/errors.ts';
import type { HttpCall, HttpCallReply, HttpCallRequest } from '../../net/http/call.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import { RequestHead, type ResponseHead } from '../../net/http/message.ts';
import type { DeliveryMode, OutboundCall, OutboundHandler } from '../../net/http/outbound.ts';
import { CallScope } from '../attributes/call-scope.ts';
import { ChangedAnswer } from './changed-answer.ts';
import type { Upstream } from './upstream.ts';

/** Chunks that may wait for a slow reader before the upstream is paused. */
const maximumQueued = 16;

/** The call port of protocol code, bound to one upstream. */
export function createCall(upstream: Upstream): HttpCall {
  return (request) => new Call(upstream, request).reply;
}

/** Who waits for the whole body. */
interface TextReader {
  readonly maxBytes: number;
  size: number;
  readonly resolve: (text: string) => void;
  readonly reject: (error: unknown) => void;
}

/** One call: its head as a promise, its body as a queue that a loop empties. */
class Call implements OutboundHandler, AsyncIterableIterator<Buffer> {
  readonly reply: Promise<HttpCallReply>;
  readonly #signal: CancelSignal | undefined;
  readonly #upstream: Upstream;
  /** What expressions about it see; null: there are none. */
  #scope: CallScope | null;
  readonly #queue: Buffer[];
  #resolve: (reply: HttpCallReply) => void;
  #reject: (error: unknown) => void;
  #call: OutboundCall | null;
  #timer: Timer | null;
  #ended: boolean;
  #error: unknown;
  #paused: boolean;
  #wake: { resolve: (result: IteratorResult<Buffer>) => void; reject: (error: unknown) => void } | null;

  #reader: TextReader | null;

  constructor(upstream: Upstream, request: HttpCallRequest) {
    this.#signal = request.signal;
    this.#upstream = upstream;
    this.#scope = null;
    this.#queue = [];
    this.#call = null;
    this.#timer = null;
    this.#ended = false;
    this.#error = null;
    this.#paused = false;
    this.#wake = null;
    this.#reader = null;
    const { promise, resolve, reject } = Promise.withResolvers<HttpCallReply>();
    this.reply = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#start(request);
  }

  onConnected(): void {}
  onInformational(): void {}

  onHead(head: ResponseHead): DeliveryMode {
    cancelTimer(this.#timer);
    const { responseSteps } = this.#upstream;
    try {
      if (!this.#holds) for (const step of responseSteps) step(head, this.#scope);
    } catch (error) {
      this.#cancel(toGatewayError(error));
      return 'payload';
    }
    this.#resolve({
      status: head.status,
      headers: head.headers,
      body: this,
      text: (maxBytes) => this.#text(maxBytes),
    });
    return 'payload';
  }

  onPayload(): void {}

  onData(chunk: Buffer): boolean {
    const copy = Buffer.from(chunk);
    if (this.#reader !== null) {
      this.#queue.push(copy);
      this.#readerTakes(this.#reader, copy);
      return true;
    }
    if (this.#wake !== null) {
      const wake = this.#wake;
      this.#wake = null;
      wake.resolve({ value: copy, done: false });
      return true;
    }
    this.#queue.push(copy);
    this.#paused = this.#queue.length >= maximumQueued;
    return !this.#paused;
  }

  onEnd(_trailers: HeaderList | null): void {
    this.#finish(null);
  }

  onDrain(): void {}

  onUpgrade(_head: ResponseHead, stream: Duplex): void {
    stream.destroy();
    this.#finish(new GatewayError('upstreamProtocol', 'the upstream switched protocols unasked'));
  }

  onError(error: GatewayError): void {
    this.#finish(error);
  }

  next(): Promise<IteratorResult<Buffer>> {
    const chunk = this.#queue.shift();
    if (chunk !== undefined) {
      if (this.#paused && this.#queue.length < maximumQueued / 2) {
        this.#paused = false;
        this.#call?.resume();
      }
      return Promise.resolve({ value: chunk, done: false });
    }
    if (this.#error !== null) return Promise.reject(this.#error as Error);
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#wake = { resolve, reject };
    });
  }

  /** Everything that comes, decoded once it has ended. */
  #text(maxBytes: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const reader = { maxBytes, size: 0, resolve, reject };
      this.#reader = reader;
      for (const chunk of this.#queue) this.#readerTakes(reader, chunk);
      if (this.#ended) this.#settleText();
      else if (this.#paused) this.#call?.resume();
    });
  }

  #readerTakes(reader: TextReader, chunk: Buffer): void {
    reader.size += chunk.byteLength;
    if (reader.size <= reader.maxBytes) return;
    this.#cancel(new GatewayError('responseTooLarge'));
    // A body that has ended is too large all the same.
    this.#error ??= new GatewayError('responseTooLarge');
  }

  #settleText(): void {
    const reader = this.#reader;
    if (reader === null) return;
    this.#reader = null;
    const [only] = this.#queue;
    if (this.#error !== null) reader.reject(this.#error);
    else if (only === undefined) reader.resolve('');
    else reader.resolve((this.#queue.length === 1 ? only : Buffer.concat(this.#queue)).toString('utf8'));
    this.#queue.length = 0;
  }

  /** Leaving the loop early ends the call. */
  return(): Promise<IteratorResult<Buffer>> {
    if (!this.#ended) {
      this.#call?.abort();
      this.#finish(null);
    }
    this.#queue.length = 0;
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #start(request: HttpCallRequest): void {
    const { signal, timeoutMs } = request;
    if (signal?.aborted === true) return this.#finish(new GatewayError('clientGone'));
    signal?.addEventListener('abort', this.#onAbort);
    if (timeoutMs !== undefined)
      this.#timer = after(timeoutMs, () => this.#cancel(new GatewayError('upstreamTimeout')));
    const { signer } = this.#upstream;
    try {
      const { head, body } = this.#prepare(request);
      const waits = signer?.sign(head, body ?? null, null);
      if (waits === undefined) return this.#dispatch(head, body);
      waits
        .then(() => {
          if (!this.#ended) this.#dispatch(head, body);
        })
        .catch((error: unknown) => this.#finish(error));
    } catch (error) {
      this.#finish(error);
    }
    return undefined;
  }

  /** What is sent, changed as the policies of the upstream say. */
  #prepare(request: HttpCallRequest): { readonly head: RequestHead; readonly body: Uint8Array | undefined } {
    const upstream = this.#upstream;
    const head = toHead(upstream, request);
    const { transform } = upstream;
    const scope = transform === null ? null : new CallScope(head, request.body);
    this.#scope = scope;
    for (const step of upstream.requestSteps) step(head, null, scope);
    if (scope === null || transform === null || transform.requestBody === null) return { head, body: request.body };
    const body = transform.requestBody(scope);
    head.bodyLength = body.byteLength;
    return { head, body };
  }

  #dispatch(head: RequestHead, body: Uint8Array | undefined): void {
    const { endpoint } = this.#upstream;
    const scope = this.#scope;
    this.#call = endpoint.dispatch(
      {
        method: head.method,
        target: head.path + head.query,
        authority: head.authority,
        headers: head.headers,
        bodyLength: head.bodyLength,
        bodyMode: 'payload',
        upgrade: '',
      },
      scope !== null && this.#holds ? new ChangedAnswer(this.#upstream, scope, this, () => this.#call?.abort()) : this,
    );
    if (this.#ended) return;
    if (body !== undefined && body.byteLength > 0) this.#call.write(body);
    this.#call.end(null);
  }

  /** Its answer is changed once it is whole. */
  get #holds(): boolean {
    return this.#upstream.transform?.holdsResponse === true;
  }

  readonly #onAbort = (): void => this.#cancel(new GatewayError('clientGone'));

  #cancel(error: GatewayError): void {
    this.#call?.abort();
    this.#finish(error);
  }

  #finish(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#call = null;
    cancelTimer(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (error !== null) this.#reject(error);
    this.#settleText();
    const wake = this.#wake;
    this.#wake = null;
    if (wake === null) return;
    if (error === null) wake.resolve({ value: undefined, done: true });
    else wake.reject(error);
  }
}

function toHead(upstream: Upstream, request: HttpCallRequest): RequestHead {
  const mark = request.path.indexOf('?');
  return new RequestHead(
    request.method,
    'http',
    request.authority ?? upstream.authority,
    mark === -1 ? request.path : request.path.slice(0, mark),
    mark === -1 ? '' : request.path.slice(mark),
    11,
    request.headers.clone(),
    request.body?.byteLength ?? 0,
    false,
    '',
    false,
  );
}
