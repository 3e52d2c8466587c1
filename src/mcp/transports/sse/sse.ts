import type { Logger } from '../../../base/logger.ts';
import type { HttpCall, HttpCallReply } from '../../../net/http/call.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { SseDecoder, type SseEvent } from '../../../net/http/sse.ts';
import { codes, errorText, parseMessages, RpcError, type Message } from '../../wire/jsonrpc.ts';
import { boundedEvents } from '../http/bounded-events.ts';
import { asTargetError, drop, mediaType } from '../http/streamable.ts';
import { TargetError, type Transport, type TransportEvents, type TransportFactory } from '../transport.ts';

/** Where and how a target of the older transport is reached. */
export interface SseTarget {
  readonly name: string;
  /** Path of the stream, with query. */
  readonly path: string;
  readonly call: HttpCall;
  readonly maxMessageBytes: number;
  readonly log: Logger;
}

/** Bounds in characters, bytes and milliseconds. */
const sseLimits = { maxErrorBytes: 16_384, headTimeoutMs: 30_000 } as const;

/** Transports over HTTP with SSE (2024-11-05, transports): one stream for all that the server says, a POST for the rest. */
export function sseTransport(target: SseTarget): TransportFactory {
  return (events, client) => new SseTransport(target, events, client);
}

class SseTransport implements Transport {
  readonly #target: SseTarget;
  readonly #events: TransportEvents;
  readonly #client: () => readonly string[];
  readonly #stream = new AbortController();
  /** Path with query that messages go to; '' until the server has named it. */
  #endpoint = '';
  #closed = false;
  readonly ownStreams = false;
  readonly deaf = false;

  constructor(target: SseTarget, events: TransportEvents, client: () => readonly string[]) {
    this.#target = target;
    this.#events = events;
    this.#client = client;
  }

  get hears(): boolean {
    return !this.#closed && this.#endpoint !== '';
  }

  async open(): Promise<void> {
    const reply = await this.#call('GET', undefined);
    if (reply.status !== 200 || mediaType(reply.headers) !== 'text/event-stream') {
      await drop(reply);
      throw new TargetError(`has no event stream (HTTP ${reply.status})`, { status: reply.status });
    }
    const named = Promise.withResolvers<void>();
    void this.#read(reply, named.resolve).then(
      () => this.#lost(new TargetError('closed its stream', { lost: 'maybeProcessed' }), named.reject),
      (error: unknown) => this.#lost(asTargetError(error), named.reject),
    );
    await named.promise;
  }

  request(id: number, text: string, fields: readonly string[] | null, client?: readonly string[]): void {
    if (fields !== null) {
      // Requests without a session came two transports later; the server is spared the question.
      const refusal = parseMessages(errorText(String(id), codes.methodNotFound, 'the transport is of 2024-11-05'));
      queueMicrotask(() => this.#events.message(refusal as Message, null));
      return;
    }
    this.post(text, client).catch((error: unknown) => {
      if (!this.#closed) this.#events.failed(id, asTargetError(error));
    });
  }

  async post(text: string, client?: readonly string[]): Promise<void> {
    const reply = await this.#call('POST', Buffer.from(text), client);
    if (reply.status >= 200 && reply.status < 300) {
      await drop(reply);
      return;
    }
    const said = (await reply.text(sseLimits.maxErrorBytes).catch(() => '')).trim().slice(0, 300);
    throw new TargetError(`answered HTTP ${reply.status}${said === '' ? '' : `: ${said}`}`, { status: reply.status });
  }

  established(): void {}

  abandon(): void {}

  listen(): void {}

  close(): void {
    this.#closed = true;
    this.#stream.abort();
  }

  async #read(reply: HttpCallReply, onEndpoint: () => void): Promise<void> {
    const decoder = new SseDecoder(this.#target.maxMessageBytes);
    for await (const chunk of reply.body) {
      for (const event of boundedEvents(decoder, chunk, this.#target.maxMessageBytes)) {
        if (event.type === 'endpoint') {
          this.#endpoint = endpointOf(event, this.#target.path);
          onEndpoint();
        } else if (event.data !== '' && (event.type === '' || event.type === 'message')) {
          this.#deliver(event.data);
        }
      }
    }
  }

  #deliver(text: string): void {
    try {
      const messages = parseMessages(text);
      for (const message of Array.isArray(messages) ? messages : [messages]) {
        if (!this.#closed) this.#events.message(message, null);
      }
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#target.log.warn(`mcp: target ${this.#target.name} sent something that is no message: ${error.message}`);
    }
  }

  #lost(error: TargetError, refuse: (error: TargetError) => void): void {
    const wasOpen = this.#endpoint !== '';
    this.#endpoint = '';
    refuse(error);
    if (wasOpen && !this.#closed) this.#events.lost(error);
  }

  #call(
    method: 'GET' | 'POST',
    body: Uint8Array | undefined,
    client: readonly string[] = this.#client(),
  ): Promise<HttpCallReply> {
    const get = method === 'GET';
    const headers = new HeaderList([
      ...(get ? ['accept', 'text/event-stream'] : ['accept', '*/*', 'content-type', 'application/json']),
      ...client,
    ]);
    return this.#target.call({
      method,
      path: get ? this.#target.path : this.#endpoint,
      headers,
      signal: this.#stream.signal,
      timeoutMs: sseLimits.headTimeoutMs,
      ...(body === undefined ? {} : { body }),
    });
  }
}

/** The path that the server wants messages on. Its host, if it names one, is not asked: all goes to the target's own. */
function endpointOf({ data }: SseEvent, path: string): string {
  const url = URL.parse(data, `http://target${path}`);
  if (url === null) throw new TargetError('named an endpoint that is no URL');
  return url.pathname + url.search;
}
