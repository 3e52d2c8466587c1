import type { Duplex } from 'node:stream';
import { GatewayError, toGatewayError } from '../../base/errors.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { ResponseHead } from '../../net/http/message.ts';
import type { DeliveryMode, OutboundHandler } from '../../net/http/outbound.ts';
import type { CallScope } from '../attributes/call-scope.ts';
import type { Upstream } from './upstream.ts';

/** Bytes of an answer that are held: as many as agentgateway buffers by default. */
const mostHeld = 2 * 1024 * 1024;

/** Holds an answer until it is whole, and hands it on as the policies of the upstream change it. */
export class ChangedAnswer implements OutboundHandler {
  readonly #upstream: Upstream;
  readonly #scope: CallScope;
  readonly #inner: OutboundHandler;
  readonly #abort: () => void;
  #head: ResponseHead | null;
  #chunks: Buffer[];
  #size: number;

  /** @param abort Ends the call, of which nothing is heard any more. */
  constructor(upstream: Upstream, scope: CallScope, inner: OutboundHandler, abort: () => void) {
    this.#upstream = upstream;
    this.#scope = scope;
    this.#inner = inner;
    this.#abort = abort;
    this.#head = null;
    this.#chunks = [];
    this.#size = 0;
  }

  onConnected(address: string, reused: boolean): void {
    this.#inner.onConnected(address, reused);
  }

  onInformational(head: ResponseHead): void {
    this.#inner.onInformational(head);
  }

  onHead(head: ResponseHead): DeliveryMode {
    this.#head = head;
    return 'payload';
  }

  onData(chunk: Buffer): boolean {
    this.#size += chunk.byteLength;
    if (this.#size <= mostHeld) this.#chunks.push(Buffer.from(chunk));
    else this.#fail(new GatewayError('responseTooLarge'));
    return true;
  }

  onPayload(): void {}

  onEnd(trailers: HeaderList | null): void {
    const head = this.#head;
    if (head === null) return this.#inner.onEnd(trailers);
    const came = Buffer.concat(this.#chunks);
    this.#scope.answer = came;
    let body: Uint8Array;
    try {
      for (const step of this.#upstream.responseSteps) step(head, this.#scope);
      body = this.#upstream.transform?.responseBody?.(head, this.#scope) ?? came;
    } catch (error) {
      return this.#fail(toGatewayError(error));
    }
    head.bodyLength = body.byteLength;
    this.#inner.onHead(head, false);
    if (body.byteLength > 0) this.#inner.onData(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    this.#inner.onEnd(trailers);
    return undefined;
  }

  onDrain(): void {
    this.#inner.onDrain();
  }

  onUpgrade(head: ResponseHead, stream: Duplex): void {
    this.#inner.onUpgrade(head, stream);
  }

  onError(error: GatewayError): void {
    this.#inner.onError(error);
  }

  #fail(error: GatewayError): void {
    this.#chunks = [];
    this.#abort();
    this.#inner.onError(error);
  }
}
