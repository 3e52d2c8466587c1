import { HeaderList } from '../../../net/http/headers.ts';
import { encodeEvent } from '../../../net/http/sse.ts';
import type { McpHttpRequest, McpSink } from '../../http.ts';
import type { McpRecord } from '../../record.ts';
import { singleLine } from '../../wire/json-text.ts';

/** What serves the requests that are made of an older client's messages. */
export interface StreamableServer {
  handle(http: McpHttpRequest): Promise<void>;
}

/** One client of the older transport: everything that it is told goes on its one stream. */
export class SseClient {
  readonly principal: string;
  readonly #sink: McpSink;
  readonly #server: StreamableServer;
  readonly #open = new Set<TranslatedRequest>();
  #session = '';
  #listens = false;
  closed = false;

  /** @param principal Who opened the stream. */
  constructor(sink: McpSink, server: StreamableServer, principal: string) {
    this.principal = principal;
    this.#sink = sink;
    this.#server = server;
    sink.onDrained = () => {
      for (const request of this.#open) request.drained();
    };
  }

  /** Passes a message on as the POST of Streamable HTTP that it would be; `outer` is answered when it was taken. */
  async post(outer: McpHttpRequest, body: Buffer): Promise<void> {
    const request = this.#request('POST', outer, body);
    await this.#server.handle(request);
    request.accept();
    if (this.#session === '' || this.#listens || this.closed || request.began) return;
    // The handshake is done, so servers may speak on their own.
    this.#listens = true;
    await this.#server.handle(this.#request('GET', outer, null));
  }

  write(chunk: Uint8Array | string): boolean {
    return !this.closed && this.#sink.write(chunk);
  }

  /** The session that an answer began. */
  began(session: string): void {
    this.#session = session;
  }

  done(request: TranslatedRequest): void {
    this.#open.delete(request);
  }

  /** Ends the stream, and with it the session. */
  close(outer: McpHttpRequest): Promise<void> {
    if (this.closed) return Promise.resolve();
    this.closed = true;
    for (const request of this.#open) request.close();
    this.#sink.end();
    return this.#session === '' ? Promise.resolve() : this.#server.handle(this.#request('DELETE', outer, null));
  }

  #request(method: 'GET' | 'POST' | 'DELETE', outer: McpHttpRequest, body: Buffer | null): TranslatedRequest {
    const headers = outer.headers.clone();
    for (const name of ['mcp-protocol-version', 'mcp-session-id', 'last-event-id']) headers.delete(name);
    headers.set('accept', 'application/json, text/event-stream');
    headers.set('content-type', 'application/json');
    if (this.#session !== '') headers.set('mcp-session-id', this.#session);
    const request = new TranslatedRequest(method, headers, outer, body, this);
    this.#open.add(request);
    return request;
  }
}

/** A request of Streamable HTTP that an older client's message was made into. */
export class TranslatedRequest implements McpHttpRequest {
  readonly method: string;
  readonly authority: string;
  readonly headers: HeaderList;
  readonly principal: string;
  readonly access: McpHttpRequest['access'];
  readonly clientAddress: string;
  readonly fromPeer = true;
  readonly #outer: McpHttpRequest;
  readonly #body: Buffer | null;
  readonly #client: SseClient;
  readonly #onClose: (() => void)[] = [];
  #sink: McpSink | null = null;
  #closed = false;
  /** The older client's own request has its answer. */
  #accepted: boolean;
  /** It began a session. */
  began = false;

  constructor(method: string, headers: HeaderList, outer: McpHttpRequest, body: Buffer | null, client: SseClient) {
    this.method = method;
    this.authority = outer.authority;
    this.headers = headers;
    this.principal = client.principal;
    this.access = outer.access;
    this.clientAddress = outer.clientAddress;
    this.#outer = outer;
    this.#body = body;
    this.#client = client;
    this.#accepted = body === null;
  }

  async readBody(): Promise<Buffer> {
    return this.#body ?? Buffer.alloc(0);
  }

  reply(status: number, headers: HeaderList, body: Uint8Array | string): void {
    if (this.#closed) return;
    const session = headers.get('mcp-session-id');
    if (session !== undefined) {
      this.began = true;
      this.#client.began(session);
    }
    const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
    if (status >= 400) this.#refuse(status, headers, text);
    else if (text !== '') this.#client.write(encodeEvent('', singleLine(text)));
    this.close();
  }

  openStream(): McpSink {
    const sink: McpSink = {
      onDrained: null,
      write: (chunk) => this.#client.write(chunk),
      end: () => this.close(),
      abort: () => this.close(),
    };
    this.#sink = sink;
    return sink;
  }

  fail(error: unknown): void {
    if (!this.#accepted) {
      this.#accepted = true;
      this.#outer.fail(error);
    }
    this.close();
  }

  relay(): void {
    // The session was begun by this worker, which also has the stream.
    this.#refuse(404, new HeaderList(), '');
  }

  onClose(fn: () => void): void {
    if (this.#closed) fn();
    else this.#onClose.push(fn);
  }

  setRecord(record: McpRecord): void {
    if (this.#body !== null) this.#outer.setRecord(record);
  }

  /** The message was taken: its answer, if there is to be one, comes on the stream. */
  accept(): void {
    if (this.#accepted) return;
    this.#accepted = true;
    this.#outer.reply(202, new HeaderList(['content-type', 'text/plain']), 'Accepted');
  }

  drained(): void {
    this.#sink?.onDrained?.();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.done(this);
    for (const fn of this.#onClose) fn();
  }

  #refuse(status: number, headers: HeaderList, text: string): void {
    if (!this.#accepted) {
      this.#accepted = true;
      this.#outer.reply(status, headers, text);
    } else if (this.#body !== null && text.startsWith('{')) this.#client.write(encodeEvent('', singleLine(text)));
  }
}
