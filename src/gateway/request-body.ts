import { bodyTooLarge, GatewayError, toGatewayError } from '../base/errors.ts';
import type { HeaderList } from '../net/http/headers.ts';
import type { RequestBodySink } from '../net/http/inbound.ts';
import type { BodyMode } from '../net/http/message.ts';
import { BodyCapture } from './body-capture.ts';
import type { BodyStage } from './policies/stage.ts';
import { StagedBody, type BodySource } from './staged-body.ts';

/**
 * The body of a request: read whole, read ahead, or handed to a sink as it comes. Nothing is kept in memory unless
 * someone asked for it.
 */
export class RequestBody implements RequestBodySink {
  readonly #inbound: BodySource;
  #started: boolean;
  /** Bytes read and not yet handed on; null when nothing is held. */
  #held: Buffer[] | null;
  #size: number;
  #limit: number;
  #ended: boolean;
  #trailers: HeaderList | null;
  #error: GatewayError | null;
  #sink: RequestBodySink | null;
  #wake: (() => void) | null;
  #whole: Promise<Buffer> | null;
  #buffer: Buffer | null;
  #capture: BodyCapture | null;
  /** Hears of bytes that are kept; may throw to refuse them. */
  #onHeld: ((bytes: number) => void) | null;

  constructor(inbound: BodySource) {
    this.#inbound = inbound;
    this.#started = false;
    this.#held = null;
    this.#size = 0;
    this.#limit = 0;
    this.#ended = false;
    this.#trailers = null;
    this.#error = null;
    this.#sink = null;
    this.#wake = null;
    this.#whole = null;
    this.#buffer = null;
    this.#capture = null;
    this.#onHeld = null;
  }

  /** The whole body once {@link whole} has resolved, or null. */
  get buffered(): Buffer | null {
    return this.#buffer;
  }

  /** Keeps a copy of the first `maxBytes` that pass, without delaying them. Call it before the body is read. */
  capture(maxBytes: number): void {
    this.#capture = new BodyCapture(maxBytes);
  }

  /** What can be shown of the body: all of it when it was read whole, else what was captured or read ahead; or null. */
  get seen(): Buffer | null {
    if (this.#buffer !== null) return this.#buffer;
    if (this.#capture !== null) return this.#capture.bytes;
    return this.#held === null ? null : Buffer.concat(this.#held);
  }

  /** True when all of it is here or there is none. */
  get complete(): boolean {
    return this.#ended || this.#inbound.head.bodyLength === 0;
  }

  /** What came after a body that was read whole; null for nothing. */
  get trailers(): HeaderList | null {
    return this.#trailers;
  }

  /** True while nothing was read: the bytes may pass as they come. */
  get untouched(): boolean {
    return !this.#started && this.#capture === null && this.#inbound.staged !== true;
  }

  /**
   * The whole body in one buffer; rejects with `bodyTooLarge` above `maxBytes`, or with what broke it.
   *
   * @param onHeld Hears of the bytes before they are kept; what it throws refuses the body.
   */
  whole(maxBytes: number, onHeld: ((bytes: number) => void) | null = null): Promise<Buffer> {
    this.#whole ??= this.#readWhole(maxBytes, onHeld);
    return this.#whole;
  }

  /** Reads until the body ends or more than `maxBytes` are held. */
  async prefetch(maxBytes: number): Promise<undefined> {
    await this.#read(maxBytes);
    if (this.#error !== null) throw this.#error;
    return undefined;
  }

  /** Nobody reads it again: only what was captured of it stays. */
  letGo(): void {
    if (!this.#ended) return;
    this.#buffer = null;
    this.#held = null;
    this.#whole = null;
  }

  /** Another body in place of this one, which was read whole or has not been touched; the length that is sent follows. */
  replace(bytes: Buffer): void {
    this.#started = true;
    this.#ended = true;
    this.#buffer = bytes;
    this.#whole = Promise.resolve(bytes);
    this.#held = bytes.byteLength === 0 ? null : [bytes];
    this.#size = bytes.byteLength;
    this.#inbound.head.bodyLength = bytes.byteLength;
  }

  /** This body as `stage` changes it while it passes, what is held of it included; its length becomes unknown. */
  through(stage: BodyStage): RequestBody {
    const { head } = this.#inbound;
    return head.bodyLength === 0 ? this : new RequestBody(new StagedBody(this, head, stage));
  }

  /** Goes on with a body whose sink had said to stop. */
  resume(): void {
    this.#inbound.resumeBody();
  }

  /** Changes what was read ahead and not yet handed on; the length that is sent follows. */
  rewriteHeld(change: (held: Buffer) => Buffer): void {
    const before = Buffer.concat(this.#held ?? []);
    const now = change(before);
    const { head } = this.#inbound;
    if (head.bodyLength > 0) head.bodyLength += now.byteLength - before.byteLength;
    this.#size += now.byteLength - before.byteLength;
    this.#held = [now];
  }

  /**
   * Hands the body to `sink`: what is held first, then the rest as it comes.
   * `framed` only reaches the sink when nothing was read before; the mode in use is returned.
   */
  pipe(sink: RequestBodySink, mode: BodyMode): BodyMode {
    if (!this.#started) {
      this.#started = true;
      if (this.#capture === null) {
        this.#inbound.receive(sink, mode);
        return mode;
      }
      this.#sink = sink;
      this.#inbound.receive(this, 'payload');
      return 'payload';
    }
    this.#sink = sink;
    const held = this.#held ?? [];
    this.#held = null;
    let more = true;
    for (const chunk of held) more = sink.data(chunk) && more;
    if (this.#error !== null) sink.fail(this.#error);
    else if (this.#ended) sink.end(this.#trailers);
    else if (more) this.#inbound.resumeBody();
    return 'payload';
  }

  data(chunk: Buffer): boolean {
    this.#capture?.chunk(chunk);
    if (this.#sink !== null) return this.#sink.data(chunk);
    if (this.#onHeld !== null && !this.#mayHold(chunk.byteLength, this.#onHeld)) return false;
    (this.#held ??= []).push(Buffer.from(chunk));
    this.#size += chunk.byteLength;
    if (this.#size <= this.#limit) return true;
    this.#wakeUp();
    return false;
  }

  end(trailers: HeaderList | null): void {
    this.#ended = true;
    this.#trailers = trailers;
    this.#sink?.end(trailers);
    this.#wakeUp();
  }

  fail(error: GatewayError): void {
    this.#error = error;
    this.#sink?.fail(error);
    this.#wakeUp();
  }

  /** The exchange is over: a reader that still waits is rejected. */
  close(): void {
    if (this.#ended || this.#wake === null) return;
    this.#error ??= new GatewayError('clientGone');
    this.#wakeUp();
  }

  #mayHold(bytes: number, onHeld: (bytes: number) => void): boolean {
    try {
      onHeld(bytes);
      return true;
    } catch (error) {
      this.#error ??= toGatewayError(error);
      this.#wakeUp();
      return false;
    }
  }

  async #readWhole(maxBytes: number, onHeld: ((bytes: number) => void) | null): Promise<Buffer> {
    if (this.#inbound.head.bodyLength === 0) return (this.#buffer = Buffer.alloc(0));
    if (this.#inbound.head.bodyLength > maxBytes) throw bodyTooLarge(maxBytes);
    if (this.#size > 0) onHeld?.(this.#size);
    this.#onHeld = onHeld;
    await this.#read(maxBytes);
    if (this.#error !== null) throw this.#error;
    if (this.#size > maxBytes) throw bodyTooLarge(maxBytes);
    const held = this.#held ?? [];
    const first = held[0];
    this.#buffer = held.length === 1 && first !== undefined ? first : Buffer.concat(held);
    this.#held = this.#buffer.byteLength === 0 ? null : [this.#buffer];
    return this.#buffer;
  }

  #read(maxBytes: number): Promise<void> {
    this.#limit = maxBytes;
    return new Promise((resolve) => {
      if (this.#ended || this.#error !== null || this.#size > maxBytes) return resolve();
      this.#wake = resolve;
      if (this.#started) {
        this.#inbound.resumeBody();
        return undefined;
      }
      this.#started = true;
      this.#inbound.receive(this, 'payload');
      return undefined;
    });
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
