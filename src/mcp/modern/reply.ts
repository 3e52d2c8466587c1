import type { HeaderList } from '../../net/http/headers.ts';
import { KEEP_ALIVE } from '../../net/http/sse.ts';
import type { McpAccess } from '../access.ts';
import type { McpHttpRequest } from '../http.ts';
import { jsonHeaders, streamHeaders } from '../session/channel.ts';
import { ClientStream } from '../session/client-stream.ts';

/**
 * The response to one request of a client without a session: plain JSON if the answer is all there is to say, an event
 * stream from the moment that something must go ahead of it, or that it has been waited for so long that a proxy might
 * give up. It cannot be resumed.
 */
export class ModernReply {
  readonly #http: McpHttpRequest;
  #stream: ClientStream | null = null;
  #done = false;
  /** A sweep has found it without an answer. */
  #waits = false;
  /** Called when the client goes away before the answer, which cancels its request (2026-07-28, cancellation). */
  onGone: (() => void) | null = null;

  constructor(http: McpHttpRequest) {
    this.#http = http;
    http.onClose(() => {
      if (this.#done) return;
      this.#done = true;
      this.onGone?.();
    });
  }

  /** Who sent the request. */
  get sender(): Pick<McpHttpRequest, 'principal' | 'clientAddress'> {
    return this.#http;
  }

  /** What the client may see and use. */
  get access(): McpAccess | null {
    return this.#http.access;
  }

  /** Fields of the request. */
  get headers(): HeaderList {
    return this.#http.headers;
  }

  /** Sends a message ahead of the answer. */
  deliver(text: string): void {
    if (!this.#done) this.#open().send(text);
  }

  /** The answer, and the end. */
  answer(text: string | Uint8Array, status = 200): void {
    if (this.#done) return;
    this.#done = true;
    if (this.#stream === null) {
      this.#http.reply(status, jsonHeaders(), text);
      return;
    }
    this.#stream.send(typeof text === 'string' ? text : Buffer.from(text).toString('utf8'));
    this.#stream.finish();
  }

  /** Says that the answer is still waited for: from the second sweep on there is a stream for that. */
  keepAlive(): void {
    if (this.#done) return;
    if (this.#waits || this.#stream !== null) this.#open().keepAlive(KEEP_ALIVE);
    this.#waits = true;
  }

  #open(): ClientStream {
    if (this.#stream !== null) return this.#stream;
    const stream = new ClientStream(1, null);
    this.#stream = stream;
    stream.attach(this.#http.openStream(200, streamHeaders()), -1, false);
    return stream;
  }
}
