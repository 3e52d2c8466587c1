import { HeaderList } from '../../net/http/headers.ts';
import type { McpAccess } from '../access.ts';
import type { McpHttpRequest, McpSink } from '../http.ts';
import { KEEP_ALIVE } from '../../net/http/sse.ts';
import { codes, errorText } from '../wire/jsonrpc.ts';
import type { ClientStream } from './client-stream.ts';

/** Header fields of every event stream: no cache, and no proxy may hold events back. */
export function streamHeaders(): HeaderList {
  return new HeaderList([
    'content-type',
    'text/event-stream',
    'cache-control',
    'no-cache, no-transform',
    'x-accel-buffering',
    'no',
  ]);
}

/** Header fields of a JSON answer. */
export function jsonHeaders(sessionId = ''): HeaderList {
  const flat = ['content-type', 'application/json'];
  if (sessionId !== '') flat.push('mcp-session-id', sessionId);
  return new HeaderList(flat);
}

/** Where the streams of POST responses come from and go to. */
export interface StreamOwner {
  /** A new stream, remembered until it is released. */
  newStream(): ClientStream;
  /** The stream has its last message. */
  release(stream: ClientStream): void;
  /** Whether streams start with an event that the client can resume from. */
  readonly primes: boolean;
}

/**
 * The response of one POST: plain JSON if the answers are all there is to say, an event stream from the moment that
 * something must go ahead of them, or that they have been waited for so long that a proxy might give up.
 */
export class PostChannel {
  readonly #http: McpHttpRequest;
  readonly #owner: StreamOwner;
  readonly #batch: boolean;
  #open: number;
  #status = 200;
  #answers: (string | Uint8Array)[] = [];
  #stream: ClientStream | null = null;
  #sink: McpSink | null = null;
  #gone = false;
  /** The first sweep since it is waited for; 0: there was none. */
  #waitsSince = 0;

  /** @param requests How many answers will come. */
  constructor(http: McpHttpRequest, owner: StreamOwner, requests: number, batch: boolean) {
    this.#http = http;
    this.#owner = owner;
    this.#open = requests;
    this.#batch = batch;
    http.onClose(() => {
      this.#gone = true;
      if (this.#sink !== null) this.#stream?.detach(this.#sink);
    });
  }

  /** What the client may see and use. */
  get access(): McpAccess | null {
    return this.#http.access;
  }

  /** Fields of the request. */
  get headers(): HeaderList {
    return this.#http.headers;
  }

  /** Sends a message ahead of the answers. */
  deliver(text: string): void {
    this.#startStream()?.send(text);
  }

  /**
   * Says that the answers are still waited for: from the second sweep on there is a stream, which is kept open and, where
   * the revision has that, can be resumed.
   * @param sweep Number of the sweep.
   */
  tend(sweep: number): void {
    if (this.#waitsSince === 0) this.#waitsSince = sweep;
    if (this.#stream !== null || this.#waitsSince !== sweep) this.#startStream()?.keepAlive(KEEP_ALIVE);
  }

  /** One of the answers. @param status Of the response, if it is all of it. */
  answer(text: string | Uint8Array, status = 200): void {
    this.#open--;
    this.#status = status;
    if (this.#stream !== null) {
      this.#stream.send(typeof text === 'string' ? text : Buffer.from(text).toString('utf8'));
      this.#finishStream();
      return;
    }
    this.#answers.push(text);
    this.#replyIfDone();
  }

  /** One of the answers will not come, because its request was cancelled. */
  skip(idText: string): void {
    this.#open--;
    if (this.#stream !== null) {
      // A resumable stream that ends without an answer would be resumed again and again.
      this.#stream.send(errorText(idText, codes.requestCancelled, 'the request was cancelled'));
      this.#finishStream();
      return;
    }
    this.#replyIfDone();
  }

  /** Null when nobody reads it, or could come back for it, because the client went away before it had begun. */
  #startStream(): ClientStream | null {
    if (this.#stream !== null || this.#gone) return this.#stream;
    const stream = this.#owner.newStream();
    this.#stream = stream;
    this.#sink = this.#http.openStream(200, streamHeaders());
    stream.attach(this.#sink, -1, this.#owner.primes);
    for (const text of this.#answers) stream.send(typeof text === 'string' ? text : Buffer.from(text).toString('utf8'));
    this.#answers = [];
    return stream;
  }

  #finishStream(): void {
    if (this.#open > 0 || this.#stream === null) return;
    this.#stream.finish();
    this.#owner.release(this.#stream);
  }

  #replyIfDone(): void {
    if (this.#open > 0 || this.#gone) return;
    const [first] = this.#answers;
    if (first === undefined) this.#http.reply(200, streamHeaders(), '');
    else if (this.#batch) this.#http.reply(200, jsonHeaders(), `[${this.#answers.map(String).join(',')}]`);
    else this.#http.reply(this.#status, jsonHeaders(), first);
  }
}
