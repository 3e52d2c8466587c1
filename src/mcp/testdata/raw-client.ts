/** A client that speaks HTTP and JSON-RPC by hand, for what an SDK would hide. */
import type { McpEndpoint } from '../endpoint.ts';
import { SseDecoder, type SseEvent } from '../../net/http/sse.ts';
import { endpointFetch, type Fetch, type HarnessHooks } from './fetch-harness.ts';

const url = 'http://localhost/mcp';

/** One client, with a session after {@link RawClient.initialize}. */
export class RawClient {
  readonly fetch: Fetch;
  session = '';
  #id = 100;

  constructor(endpoint: McpEndpoint, hooks: HarnessHooks = {}) {
    this.fetch = endpointFetch(endpoint, hooks);
  }

  /** POSTs text or a value. */
  post(body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
    return this.fetch(url, {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...(this.session === '' ? {} : { 'mcp-session-id': this.session }),
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** GETs the stream. */
  get(headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
    return this.fetch(url, {
      headers: {
        accept: 'text/event-stream',
        ...(this.session === '' ? {} : { 'mcp-session-id': this.session }),
        ...headers,
      },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  delete(): Promise<Response> {
    return this.fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': this.session } });
  }

  /** Opens a session and confirms it; the result of initialize. */
  async initialize(params: object = {}): Promise<Record<string, unknown>> {
    const response = await this.post({
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'raw', version: '1' },
        ...params,
      },
    });
    const body = (await response.json()) as { result?: Record<string, unknown>; error?: { message: string } };
    if (body.result === undefined) throw new Error(body.error?.message);
    this.session = response.headers.get('mcp-session-id') ?? '';
    if (this.session !== '') await this.notify('notifications/initialized');
    return body.result;
  }

  /** A request; the response as it came. */
  send(method: string, params?: object, id: string | number = this.#id++): Promise<Response> {
    return this.post({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
  }

  /** A request that is answered with JSON; the whole message. */
  async call<T = Record<string, unknown>>(
    method: string,
    params?: object,
  ): Promise<{ result: T; error?: { code: number; message: string } }> {
    const response = await this.send(method, params);
    return (await response.json()) as { result: T };
  }

  notify(method: string, params?: object): Promise<Response> {
    return this.post({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) });
  }
}

/** Reads events of a response one by one. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new SseDecoder(1_000_000);
  readonly #events: SseEvent[] = [];

  constructor(response: Response) {
    if (response.body === null || response.headers.get('content-type') !== 'text/event-stream') {
      throw new Error(`not an event stream: ${response.status} ${response.headers.get('content-type')}`);
    }
    this.#reader = response.body.getReader();
  }

  /** The next event that carries a message; null at the end. */
  async next(): Promise<{ id: string; message: Record<string, unknown> & { params?: Record<string, unknown> } } | null> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) {
        if (event.data === '') continue;
        return { id: event.id, message: JSON.parse(event.data) as Record<string, unknown> };
      }
      const chunk = await this.#reader.read();
      if (chunk.done) return null;
      this.#events.push(...this.#decoder.push(chunk.value));
    }
  }

  /** Breaks the stream off. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}
