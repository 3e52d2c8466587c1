import { toGatewayError, type GatewayError } from '../base/errors.ts';
import type { HeaderList } from '../net/http/headers.ts';
import type { RequestBodySink } from '../net/http/inbound.ts';
import { UNKNOWN_LENGTH, type BodyMode, type RequestHead } from '../net/http/message.ts';
import type { BodyStage, Out } from './policies/stage.ts';
import type { RequestBody } from './request-body.ts';

/** Where the bytes of a request's body come from. */
export interface BodySource {
  readonly head: RequestHead;
  /** True: they are not those of the connection, and come without its framing. */
  readonly staged?: true;
  receive(sink: RequestBodySink, mode: BodyMode): void;
  resumeBody(): void;
}

/** A request's body with a {@link BodyStage} in its way. While the stage waits, the client's bytes stay where they are. */
export class StagedBody implements BodySource, RequestBodySink {
  readonly head: RequestHead;
  readonly staged = true as const;
  readonly #body: RequestBody;
  readonly #stage: BodyStage;
  readonly #queue: (() => void | Promise<void>)[];
  #sink: RequestBodySink | null;
  #waiting: boolean;
  /** The sink takes nothing for now. */
  #full: boolean;
  #over: boolean;

  constructor(body: RequestBody, head: RequestHead, stage: BodyStage) {
    this.head = head;
    this.#body = body;
    this.#stage = stage;
    this.#queue = [];
    this.#sink = null;
    this.#waiting = false;
    this.#full = false;
    this.#over = false;
    head.bodyLength = UNKNOWN_LENGTH;
  }

  receive(sink: RequestBodySink): void {
    this.#sink = sink;
    this.#body.pipe(this, 'payload');
  }

  resumeBody(): void {
    this.#full = false;
    if (!this.#waiting) this.#body.resume();
  }

  data(chunk: Buffer): boolean {
    if (this.#waiting) {
      const copy = Buffer.from(chunk);
      this.#queue.push(() => this.#chunk(copy));
    } else {
      this.#run(() => this.#chunk(chunk));
    }
    return !this.#waiting && !this.#full;
  }

  end(trailers: HeaderList | null): void {
    this.#run(() => {
      const out = this.#stage.end(trailers);
      return out instanceof Promise ? out.then((bytes) => this.#finish(bytes, trailers)) : this.#finish(out, trailers);
    });
  }

  fail(error: GatewayError): void {
    if (this.#over) return;
    this.#over = true;
    this.#queue.length = 0;
    this.#stage.abort();
    this.#sink?.fail(error);
  }

  #chunk(chunk: Buffer): void | Promise<void> {
    if (this.#over) return undefined;
    const out = this.#stage.chunk(chunk);
    return out instanceof Promise ? out.then((bytes) => this.#send(bytes)) : this.#send(out);
  }

  #send(bytes: Out): void {
    if (this.#over || bytes === null || bytes.byteLength === 0) return;
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#sink?.data(chunk) === false) this.#full = true;
  }

  #finish(bytes: Out, trailers: HeaderList | null): void {
    if (this.#over) return;
    this.#send(bytes);
    this.#over = true;
    this.#sink?.end(trailers);
  }

  #run(step: () => void | Promise<void>): void {
    if (this.#waiting) {
      this.#queue.push(step);
      return;
    }
    try {
      const pending = step();
      if (pending !== undefined) this.#wait(pending);
    } catch (error) {
      this.fail(toGatewayError(error));
    }
  }

  #wait(pending: Promise<void>): void {
    this.#waiting = true;
    pending
      .catch((error: unknown) => this.fail(toGatewayError(error)))
      .finally(() => {
        this.#waiting = false;
        this.#next();
      });
  }

  #next(): void {
    while (!this.#waiting) {
      const step = this.#queue.shift();
      if (step === undefined) break;
      this.#run(step);
    }
    if (!this.#waiting && !this.#full && !this.#over) this.#body.resume();
  }
}
