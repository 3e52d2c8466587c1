import type { Duplex } from 'node:stream';
import { toGatewayError, type GatewayError } from '../base/errors.ts';
import type { HeaderList } from '../net/http/headers.ts';
import type { Inbound, InboundObserver, RequestBodySink } from '../net/http/inbound.ts';
import { ResponseHead, type BodyMode, type ConnectionInfo, type RequestHead } from '../net/http/message.ts';
import type { LocalReply } from './policies/policy.ts';
import type { Out, ResponseStage, StageOutput } from './policies/stage.ts';

/** What the filter tells the exchange. */
export interface FilteredExchange {
  onDrain(): void;
  /** Another answer, or another status, goes out. */
  onReplaced(head: ResponseHead): void;
  /** A stage failed before the head was sent: what the client gets instead. */
  onStageFailed(error: GatewayError): LocalReply;
}

type Step = () => void | Promise<void>;

/**
 * The client's side of an exchange with one {@link ResponseStage} in the way of the response. While a stage waits, what
 * follows is queued and the writer is told to stop.
 */
export class ResponseFilter implements Inbound {
  readonly head: RequestHead;
  readonly connection: ConnectionInfo;
  /** Stages see payload only. */
  readonly takesFramed: boolean = false;
  readonly #inner: Inbound;
  readonly #stage: ResponseStage;
  readonly #x: FilteredExchange;
  readonly #queue: Step[];
  /** `head`: not sent yet; `body`: passes through the stage; `untouched`: passes by it; `over`: nothing more goes out. */
  #phase: 'head' | 'body' | 'untouched' | 'over';
  #waiting: boolean;
  /** A write was refused; whoever wrote is owed an `onDrain`. */
  #stopped: boolean;
  /** The client has yet to read what it was sent. */
  #full: boolean;
  /** A head that goes out with the first bytes. */
  #held: ResponseHead | null;
  /** Of the head as it came. */
  #status: number;

  constructor(inner: Inbound, stage: ResponseStage, x: FilteredExchange) {
    this.head = inner.head;
    this.connection = inner.connection;
    this.#inner = inner;
    this.#stage = stage;
    this.#x = x;
    this.#queue = [];
    this.#phase = 'head';
    this.#waiting = false;
    this.#stopped = false;
    this.#full = false;
    this.#held = null;
    this.#status = 0;
  }

  get observer(): InboundObserver | null {
    return this.#inner.observer;
  }
  set observer(observer: InboundObserver | null) {
    this.#inner.observer = observer;
  }
  get onDraining(): (() => void) | null {
    return this.#inner.onDraining;
  }
  set onDraining(fn: (() => void) | null) {
    this.#inner.onDraining = fn;
  }
  get bytesReceived(): number {
    return this.#inner.bytesReceived;
  }
  get bytesSent(): number {
    return this.#inner.bytesSent;
  }
  receive(sink: RequestBodySink, mode: BodyMode): void {
    this.#inner.receive(sink, mode);
  }
  pauseBody(): void {
    this.#inner.pauseBody();
  }
  resumeBody(): void {
    this.#inner.resumeBody();
  }
  inform(head: ResponseHead): void {
    this.#inner.inform(head);
  }
  hijack(): Duplex {
    return this.#inner.hijack();
  }

  respond(head: ResponseHead, body: BodyMode | 'none'): void {
    // Another protocol follows: there is no body that a stage could make sense of.
    if (head.status === 101 || (this.head.method === 'CONNECT' && head.status < 300)) {
      this.#phase = 'untouched';
      this.#inner.respond(head, body);
      return;
    }
    this.#run(() => {
      this.#status = head.status;
      this.#stage.begin?.(this.#output);
      const verdict = this.#stage.head(head, body !== 'none');
      if (verdict instanceof Promise) return verdict.then((reply) => this.#begin(head, body, reply));
      return this.#begin(head, body, verdict);
    });
  }

  /** False also while a stage waits. */
  write(chunk: Uint8Array): boolean {
    if (this.#phase === 'untouched') return this.#inner.write(chunk);
    if (this.#phase === 'over') return true;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#waiting) {
      const copy = Buffer.from(bytes);
      this.#queue.push(() => this.#chunk(copy));
    } else {
      this.#run(() => this.#chunk(bytes));
    }
    this.#stopped = this.#waiting || this.#full;
    return !this.#stopped;
  }

  end(trailers: HeaderList | null): void {
    if (this.#phase === 'untouched') return this.#inner.end(trailers);
    return this.#run(() => {
      if (this.#phase !== 'body') return this.#finish(null, trailers);
      const out = this.#stage.end(trailers);
      return out instanceof Promise ? out.then((bytes) => this.#finish(bytes, trailers)) : this.#finish(out, trailers);
    });
  }

  abort(): void {
    this.#over();
    this.#inner.abort();
  }

  /** The client has read what it was sent. True: whoever writes may go on. */
  drained(): boolean {
    this.#full = false;
    this.#stage.drained?.();
    if (this.#waiting || this.#full) return false;
    this.#stopped = false;
    return true;
  }

  /** The exchange is over. */
  close(): void {
    this.#over();
  }

  /** For a stage that acts by itself. */
  readonly #output: StageOutput = {
    write: (bytes) => {
      if (this.#phase !== 'body') return true;
      this.#release();
      this.#send(bytes);
      return !this.#full;
    },
    replace: (reply) => {
      if (this.#phase === 'over') return;
      const early = this.#phase === 'head' || this.#held !== null;
      this.#held = null;
      this.#over();
      if (early) this.#replace(reply);
      else this.#inner.abort();
    },
    fail: (error) => this.#fail(error),
  };

  #begin(head: ResponseHead, body: BodyMode | 'none', reply: LocalReply | undefined): void {
    if (this.#phase === 'over') return;
    if (reply !== undefined) {
      this.#replace(reply);
      return;
    }
    this.#phase = body === 'none' ? 'untouched' : 'body';
    if (body !== 'none' && this.#stage.holdsHead === true) this.#held = head;
    else this.#respond(head, body === 'none' ? 'none' : 'payload');
  }

  #release(): void {
    const head = this.#held;
    this.#held = null;
    if (head !== null) this.#respond(head, 'payload');
  }

  #respond(head: ResponseHead, body: BodyMode | 'none'): void {
    if (head.status !== this.#status) this.#x.onReplaced(head);
    this.#inner.respond(head, body);
  }

  #chunk(bytes: Buffer): void | Promise<void> {
    if (this.#phase !== 'body') return undefined;
    const out = this.#stage.chunk(bytes);
    return out instanceof Promise ? out.then((changed) => this.#send(changed)) : this.#send(out);
  }

  #send(bytes: Out): void {
    if (this.#phase !== 'body' || bytes === null || bytes.byteLength === 0) return;
    this.#release();
    if (!this.#inner.write(bytes)) this.#full = true;
  }

  #finish(bytes: Out, trailers: HeaderList | null): void {
    if (this.#phase === 'over') return;
    this.#send(bytes);
    this.#release();
    this.#phase = 'over';
    this.#inner.end(trailers);
  }

  #replace({ status, headers, body }: LocalReply): void {
    this.#phase = 'over';
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const head = new ResponseHead(status, headers, bytes.byteLength);
    const bodyless = this.head.method === 'HEAD' || status === 204 || status === 304;
    this.#x.onReplaced(head);
    this.#inner.respond(head, bodyless ? 'none' : 'payload');
    if (!bodyless && bytes.byteLength > 0) this.#inner.write(bytes);
    this.#inner.end(null);
  }

  /** Takes a step now, or after those that wait. */
  #run(step: Step): void {
    if (this.#waiting) {
      this.#queue.push(step);
      return;
    }
    try {
      const pending = step();
      if (pending !== undefined) this.#wait(pending);
    } catch (error) {
      this.#fail(error);
    }
  }

  #wait(pending: Promise<void>): void {
    this.#waiting = true;
    pending
      .catch((error: unknown) => this.#fail(error))
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
    if (this.#waiting || this.#full || !this.#stopped || this.#phase === 'over') return;
    this.#stopped = false;
    this.#x.onDrain();
  }

  #fail(thrown: unknown): void {
    if (this.#phase === 'over') return;
    const error = toGatewayError(thrown);
    if (this.#phase === 'head' || this.#held !== null) {
      this.#stage.abort();
      this.#replace(this.#x.onStageFailed(error));
      return;
    }
    this.#over();
    this.#x.onStageFailed(error);
    this.#inner.abort();
  }

  #over(): void {
    this.#queue.length = 0;
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#stage.abort();
  }
}
