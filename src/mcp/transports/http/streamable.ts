import { Cancellation, type CancelSignal } from '../../../base/cancellation.ts';
import { after, cancelTimer, sleep } from '../../../base/clock.ts';
import { toGatewayError, type Reason } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { HttpCall, HttpCallReply } from '../../../net/http/call.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { parseMessages, RpcError, type Message } from '../../wire/jsonrpc.ts';
import { modernRevision } from '../../wire/versions.ts';
import { SseDecoder } from '../../../net/http/sse.ts';
import { boundedEvents } from './bounded-events.ts';
import { isSessionGone } from './session-gone.ts';
import { TargetError, tooLarge, type Transport, type TransportEvents, type TransportFactory } from '../transport.ts';

/** Where and how a Streamable HTTP target is reached. */
export interface StreamableTarget {
  readonly name: string;
  /** Path with query. */
  readonly path: string;
  /** Asked for at each request, because a reload may replace it. */
  readonly call: () => HttpCall;
  readonly maxMessageBytes: number;
  readonly log: Logger;
}

/** Bounds in characters, bytes and milliseconds. */
const streamableLimits = {
  maxErrorBytes: 16_384,
  postTimeoutMs: 30_000,
  /** How long a stream may stay open after the response that it was for. */
  lingerMs: 5000,
  /** How often in a row a stream may break without anything new. */
  maxResumptions: 20,
  firstRetryMs: 1000,
  maxRetryMs: 30_000,
} as const;

/** Transports over Streamable HTTP (2025-11-25, transports), one server session each. */
export function streamableTransport(target: StreamableTarget): TransportFactory {
  return (events, client) => new StreamableTransport(target, events, client);
}

const JSON_TYPE = 'application/json';
const SSE_TYPE = 'text/event-stream';

class StreamableTransport implements Transport {
  readonly #target: StreamableTarget;
  readonly #events: TransportEvents;
  readonly #client: () => readonly string[];
  #sessionId = '';
  /** The server said that it no longer knows the session. */
  #gone = false;
  #revision = '';
  #closed = false;
  #calls: Map<number, Cancellation> | null = null;
  #listener: AbortController | null = null;
  readonly ownStreams = true;
  hears = false;
  restarts = 0;
  deaf = false;

  constructor(target: StreamableTarget, events: TransportEvents, client: () => readonly string[]) {
    this.#target = target;
    this.#events = events;
    this.#client = client;
  }

  async open(): Promise<void> {}

  request(id: number, text: string, fields: readonly string[] | null, client?: readonly string[]): void {
    const signal = new Cancellation();
    (this.#calls ??= new Map()).set(id, signal);
    void this.#serve(id, text, { fields, client, signal });
  }

  async post(text: string): Promise<void> {
    const timeoutMs = streamableLimits.postTimeoutMs;
    const reply = await this.#call('POST', { body: Buffer.from(text), timeoutMs });
    await (isSuccess(reply) ? drop(reply) : this.#refused(reply, null, null));
  }

  established(revision: string): void {
    // Without a session each request says it.
    if (revision !== modernRevision) this.#revision = revision;
  }

  abandon(id: number): void {
    this.#calls?.get(id)?.abort();
  }

  listen(on: boolean): void {
    if (!on) {
      this.#listener?.abort();
      this.#listener = null;
      return;
    }
    if (this.#listener !== null || this.deaf || this.#closed) return;
    const abort = new AbortController();
    this.#listener = abort;
    void this.#hearken(abort.signal)
      .catch((error: unknown) => {
        if (!abort.signal.aborted) this.#debug('the stream of a target ended', asTargetError(error).message);
      })
      .finally(() => {
        if (this.#listener !== abort) return;
        this.#listener = null;
        this.hears = false;
      });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.listen(false);
    for (const abort of this.#calls?.values() ?? []) abort.abort();
    if (this.#sessionId === '' || this.#gone) return;
    this.#call('DELETE', { timeoutMs: streamableLimits.lingerMs })
      .then(drop)
      .catch((error: unknown) => this.#debug('a target did not end its session', asTargetError(error).message));
  }

  /** One request, from its POST to its answer or failure. */
  async #serve(id: number, text: string, asked: Asked): Promise<void> {
    const { fields } = asked;
    try {
      const reply = await this.#call('POST', { body: Buffer.from(text), ...asked });
      if (!isSuccess(reply)) {
        await this.#refused(reply, id, fields);
        return;
      }
      const sessionId = reply.headers.get('mcp-session-id');
      if (sessionId !== undefined && this.#revision === '' && fields === null) this.#sessionId = sessionId;
      const type = mediaType(reply.headers);
      if (type === JSON_TYPE) {
        const messages = parse(await reply.text(this.#target.maxMessageBytes));
        if (!this.#deliver(messages, id)) throw new TargetError('answered without a response');
      } else if (type === SSE_TYPE) await this.#readAnswer(reply, id, asked);
      else {
        await drop(reply);
        throw new TargetError(`answered with content type "${type}"`);
      }
    } catch (error) {
      if (!this.#closed) this.#events.failed(id, asTargetError(error, this.#target.maxMessageBytes));
    } finally {
      this.#calls?.delete(id);
      if (this.#calls?.size === 0) this.#calls = null;
    }
  }

  /**
   * Reads the stream of a request, resuming it where it breaks off and the server gave event ids. A server that closes it
   * to be asked again (2025-11-25, transports) is asked for as long as the request is waited for.
   */
  async #readAnswer(first: HttpCallReply, id: number, { signal, client }: Asked): Promise<void> {
    let reply = first;
    let lastEventId = '';
    let retryMs: number = streamableLimits.firstRetryMs;
    for (let failures = 0; ;) {
      const decoder = new SseDecoder(this.#target.maxMessageBytes);
      let broken: unknown = null;
      try {
        if (await this.#readStream(reply, decoder, id)) return;
      } catch (error) {
        if (error instanceof TargetError && error.limit !== '') throw error;
        broken = error;
      }
      const isNew = decoder.lastEventId !== '' && decoder.lastEventId !== lastEventId;
      if (isNew) lastEventId = decoder.lastEventId;
      if (decoder.retryMs >= 0) retryMs = Math.min(decoder.retryMs, streamableLimits.maxRetryMs);
      if (isNew) failures = 0;
      else if (broken !== null) failures++;
      if (lastEventId === '' || failures > streamableLimits.maxResumptions || signal.aborted) {
        throw new TargetError('closed the stream before its response', { cause: broken, lost: 'maybeProcessed' });
      }
      await sleep(isNew ? retryMs : Math.max(retryMs, streamableLimits.firstRetryMs), signal);
      reply = await this.#resume({ lastEventId, signal, client });
    }
  }

  async #resume(options: CallOptions): Promise<HttpCallReply> {
    const reply = await this.#call('GET', { ...options, timeoutMs: streamableLimits.postTimeoutMs });
    if (reply.status === 200 && mediaType(reply.headers) === SSE_TYPE) return reply;
    await drop(reply);
    throw new TargetError(`did not resume its stream (HTTP ${reply.status})`);
  }

  /** True once the response to `id` came; also false at the end of a stream that is not a request's. */
  async #readStream(reply: HttpCallReply, decoder: SseDecoder, id: number | null): Promise<boolean> {
    let answered = false;
    const body = reply.body[Symbol.asyncIterator]();
    let linger = null;
    try {
      for (;;) {
        const next = await body.next();
        if (next.done === true) return answered;
        for (const event of boundedEvents(decoder, next.value, this.#target.maxMessageBytes)) {
          if (event.data === '' || (event.type !== '' && event.type !== 'message')) continue;
          if (this.#deliver(parse(event.data), id)) answered = true;
        }
        if (answered && linger === null) linger = after(streamableLimits.lingerMs, () => void body.return?.());
      }
    } finally {
      cancelTimer(linger);
      if (!answered) await body.return?.();
    }
  }

  /** Listens on a GET stream until told to stop or refused. */
  async #hearken(signal: AbortSignal): Promise<void> {
    let lastEventId = '';
    let pauseMs: number = streamableLimits.firstRetryMs;
    for (;;) {
      const decoder = new SseDecoder(this.#target.maxMessageBytes);
      try {
        const timeoutMs = streamableLimits.postTimeoutMs;
        const reply = await this.#call('GET', { signal, timeoutMs, lastEventId });
        if (reply.status !== 200 || mediaType(reply.headers) !== SSE_TYPE) {
          const text = await reply.text(streamableLimits.maxErrorBytes).catch(() => '');
          if (this.#isGone(reply.status, text)) {
            this.#gone = true;
            this.#events.expired(null);
            return;
          }
          // 405: the server has no such stream (2025-11-25, transports, listening for messages).
          if (!mayChange(reply.status)) {
            this.deaf = true;
            return;
          }
        } else {
          this.hears = true;
          this.restarts++;
          pauseMs = streamableLimits.firstRetryMs;
          await this.#readStream(reply, decoder, null);
        }
      } catch (error) {
        if (signal.aborted || this.#closed) return;
        const { limit, message } = asTargetError(error);
        if (limit === '') this.#debug('the stream of a target broke', message);
        else this.#target.log.warn(`mcp: target ${this.#target.name} ${message}`);
      }
      this.hears = false;
      if (decoder.lastEventId !== '') lastEventId = decoder.lastEventId;
      await sleep(decoder.retryMs >= 0 ? Math.min(decoder.retryMs, streamableLimits.maxRetryMs) : pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, streamableLimits.maxRetryMs);
    }
  }

  /**
   * Reports what an answer that is no success says: that the session is gone, or the error that came as a response of its
   * own. Throws for every other failure.
   */
  async #refused(reply: HttpCallReply, id: number | null, fields: readonly string[] | null): Promise<void> {
    const { status } = reply;
    const text = await reply.text(streamableLimits.maxErrorBytes).catch(() => '');
    if (fields === null && this.#isGone(status, text)) {
      this.#gone = true;
      this.#events.expired(id);
      return;
    }
    if (id !== null && mediaType(reply.headers) === JSON_TYPE && this.#isResponse(text, id)) return;
    const said = text.trim() === '' ? '' : `: ${text.trim().slice(0, 300)}`;
    throw new TargetError(`answered HTTP ${status}${said}`, { status });
  }

  /** Whether the refusal of a request of the session means that there is none. Each that was under way is told so. */
  #isGone(status: number, text: string): boolean {
    return this.#sessionId !== '' && isSessionGone(status, text);
  }

  /** Reports the response to `id` if `text` is one: some servers put an HTTP error status on JSON-RPC errors. */
  #isResponse(text: string, id: number): boolean {
    let message;
    try {
      message = parseMessages(text);
    } catch (error) {
      if (error instanceof RpcError) return false;
      throw error;
    }
    return !Array.isArray(message) && message.kind === 'error' && message.id === id && this.#deliver(message, id);
  }

  /** Reports messages; true when the response to `id` is among them. */
  #deliver(messages: Message | Message[], id: number | null): boolean {
    if (this.#closed) return true;
    if (Array.isArray(messages)) return messages.map((message) => this.#deliver(message, id)).includes(true);
    this.#events.message(messages, id);
    return id !== null && messages.id === id && (messages.kind === 'result' || messages.kind === 'error');
  }

  #call(
    method: string,
    { body, signal, timeoutMs, lastEventId = '', fields = null, client = this.#client() }: CallOptions,
  ): Promise<HttpCallReply> {
    const list = ['accept', method === 'GET' ? SSE_TYPE : `${JSON_TYPE}, ${SSE_TYPE}`];
    if (body !== undefined) list.push('content-type', JSON_TYPE);
    list.push(...(fields ?? this.#sessionFields()), ...client);
    if (lastEventId !== '') list.push('last-event-id', lastEventId);
    return this.#target.call()({
      method,
      path: this.#target.path,
      headers: new HeaderList(list),
      body,
      signal,
      timeoutMs,
    });
  }

  #sessionFields(): string[] {
    const fields: string[] = [];
    if (this.#revision !== '') fields.push('mcp-protocol-version', this.#revision);
    if (this.#sessionId !== '') fields.push('mcp-session-id', this.#sessionId);
    return fields;
  }

  #debug(message: string, detail: string): void {
    this.#target.log.debug(`mcp: ${message}`, { target: this.#target.name, detail });
  }
}

/** What goes with one request. */
interface Asked {
  readonly fields: readonly string[] | null;
  readonly client: readonly string[] | undefined;
  readonly signal: CancelSignal;
}

interface CallOptions {
  readonly body?: Uint8Array | undefined;
  readonly signal?: CancelSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly lastEventId?: string;
  /** In place of those of the session. */
  readonly fields?: readonly string[] | null;
  /** In place of those of the client that the session is for. */
  readonly client?: readonly string[] | undefined;
}

function isSuccess({ status }: HttpCallReply): boolean {
  return status >= 200 && status < 300;
}

/** Whether a status says something of the moment, of the credential or of the load, and not of what the server has. */
function mayChange(status: number): boolean {
  return status >= 500 || status === 401 || status === 403 || status === 408 || status === 429;
}

/** The type of a `content-type` value without parameters, lower case. */
export function mediaType(headers: HeaderList): string {
  const value = headers.get('content-type') ?? '';
  const end = value.indexOf(';');
  return (end === -1 ? value : value.slice(0, end)).trim().toLowerCase();
}

function parse(text: string): Message | Message[] {
  try {
    return parseMessages(text);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    throw new TargetError('sent something that is no JSON-RPC message', { cause: error });
  }
}

/** Reads a body to its end (up to a bound), so that the connection can be used again. */
export async function drop(reply: HttpCallReply): Promise<void> {
  let size = 0;
  for await (const chunk of reply.body) {
    size += chunk.length;
    if (size > streamableLimits.maxErrorBytes) break;
  }
}

/** What became of a request whose connection failed so. */
const losses: Partial<Record<Reason, TargetError['lost']>> = {
  dnsFailed: 'unsent',
  connectFailed: 'unsent',
  tlsFailed: 'unsent',
  upstreamReset: 'maybeProcessed',
};

/** Any failure as one of the target. @param maxMessageBytes What it may say at once. */
export function asTargetError(error: unknown, maxMessageBytes: number = Infinity): TargetError {
  if (error instanceof TargetError) return error;
  const { reason, message, retry } = toGatewayError(error);
  if (reason === 'responseTooLarge') return tooLarge(maxMessageBytes, error);
  const lost = retry === 'safe' ? 'unsent' : (losses[reason] ?? 'no');
  return new TargetError(`could not be reached: ${message}`, { cause: error, lost });
}
