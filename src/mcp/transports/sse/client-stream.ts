import { HeaderList } from '../../../net/http/headers.ts';
import { encodeEvent, isPriming } from '../../../net/http/sse.ts';
import type { McpHttpRequest, McpSink } from '../../http.ts';
import { mcpLimits } from '../../limits.ts';
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
  #blocked = false;
  /** Characters and bytes written since the client stopped to read. */
  #unread = 0;
  closed = false;

  /** @param principal Who opened the stream. */
  constructor(sink: McpSink, server: StreamableServer, principal: string) {
    this.principal = principal;
    this.#sink = sink;
    this.#server = server;
    sink.onDrained = () => {
      this.#blocked = false;
      this.#unread = 0;
      for (const request of this.#open) request.drained();
    };
  }

  /** Passes a message on as the POST of Streamable HTTP that it would be; `outer` is answered when it was taken. */
  async post(outer: McpHttpRequest, body: Buffer): Promise<void> {
    const request = this.#request('POST', outer, body);
    await this.#handle(request);
    request.accept();
    if (this.#session === '' || this.#listens || this.closed || request.began) return;
    // The handshake is done, so servers may speak on their own.
    this.#listens = true;
    await this.#handle(this.#request('GET', outer, null));
  }

  /** False: the client reads slowly; with too much unread its stream is cut. */
  write(chunk: Uint8Array | string): boolean {
    if (this.closed) return false;
    if (this.#blocked) {
      this.#unread += chunk.length;
      if (this.#unread > mcpLimits.maxUnreadBytes) {
        this.abort();
        return false;
      }
    }
    this.#blocked = !this.#sink.write(chunk);
    return !this.#blocked;
  }

  /** Cuts the stream, and with it the session: there is no coming back for what was not read. */
  abort(): void {
    if (!this.closed) this.#sink.abort();
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

  async #handle(request: TranslatedRequest): Promise<void> {
    try {
      await this.#server.handle(request);
    } catch (error) {
      request.close();
      throw error;
    }
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
      // An event without a message is for clients that can resume; for others it is a message that they cannot read.
      write: (chunk) => isPriming(chunk) || this.#client.write(chunk),
      end: () => this.close(),
      abort: () => this.#client.abort(),
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
    this.close();
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
