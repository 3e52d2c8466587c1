import type { ClientHttp2Session, ClientHttp2Stream, ClientSessionRequestOptions, Settings } from 'node:http2';
import type { Socket } from 'node:net';
import { nodeHttp2 } from './protocol.ts';
import { sessionMemory } from './settings.ts';

/** However many it takes, another connection is better then. */
const MAX_STREAMS = 1000;
/** Response bytes that may be on the way for one stream, and for all. */
const STREAM_WINDOW = 1_048_576;
const CONNECTION_WINDOW = 8_388_608;
/** Field lines of a response. */
const MAX_FIELDS = 200;

/** Who keeps the connection. */
export interface Http2ConnectionOwner {
  /** A stream ended, or more may begin. */
  onFree(connection: Http2ClientConnection): void;
  /** No stream can begin any more; called once. */
  onGone(connection: Http2ClientConnection): void;
}

/** One HTTP/2 connection to an upstream, with many requests at the same time. */
export class Http2ClientConnection {
  /** `ip:port` of the other side. */
  readonly address: string;
  readonly scheme: 'http' | 'https';
  /** Carried a request before the last that began. */
  reused = false;
  /** Nothing was received since the last request began. */
  silent = true;
  /** Streams under way. */
  streams = 0;
  /** When the last stream ended, on the owner's clock. */
  freeSince = 0;
  /** How it broke the protocol; null if it did not. */
  fault: Error | null = null;

  readonly #session: ClientHttp2Session;
  readonly #socket: Socket;
  readonly #owner: Http2ConnectionOwner;
  #begun = 0;
  #readBefore = 0;
  #gone = false;
  /** What the upstream said it takes; null before. */
  #settings: Settings | null = null;

  /** @param socket Connected, with TLS and `h2` agreed on where `scheme` is https. */
  constructor(socket: Socket, address: string, scheme: 'http' | 'https', owner: Http2ConnectionOwner) {
    this.address = address;
    this.scheme = scheme;
    this.#socket = socket;
    this.#owner = owner;
    this.#session = nodeHttp2().connect(`${scheme}://upstream.invalid`, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
      maxHeaderListPairs: MAX_FIELDS,
      maxSessionMemory: sessionMemory(MAX_STREAMS),
    });
    this.#session.once('connect', () => this.#session.setLocalWindowSize(CONNECTION_WINDOW));
    this.#session.on('error', (error) => (this.fault ??= isProtocolFault(error) ? error : null));
    this.#session.on('goaway', this.#retire);
    this.#session.on('close', this.#retire);
    this.#session.on('remoteSettings', (settings) => {
      this.#settings = settings;
      owner.onFree(this);
    });
  }

  /** Streams that may begin now. */
  get capacity(): number {
    if (this.#gone || this.#settings === null || this.#session.closed || this.#session.destroyed) return 0;
    return Math.min(this.#settings.maxConcurrentStreams ?? MAX_STREAMS, MAX_STREAMS) - this.streams;
  }

  /** Whether it relays WebSockets (RFC 8441 §3). */
  get takesTunnels(): boolean {
    return this.#settings?.enableConnectProtocol === true;
  }

  /** True once the upstream has said what it takes. */
  get settled(): boolean {
    return this.#settings !== null;
  }

  /** Begins a stream; only with {@link capacity}. */
  open(fields: readonly string[], options: ClientSessionRequestOptions): ClientHttp2Stream {
    this.reused = this.#begun > 0;
    this.#begun += 1;
    this.streams += 1;
    this.#readBefore = this.#socket.bytesRead;
    // The types do not know yet that a flat list of fields is taken.
    const stream = this.#session.request(fields as unknown as Record<string, string>, options);
    stream.once('close', () => {
      this.silent = this.#socket.bytesRead === this.#readBefore;
      this.streams -= 1;
      this.#owner.onFree(this);
    });
    return stream;
  }

  /** Closes when the streams under way have ended. */
  close(): void {
    if (!this.#session.destroyed) this.#session.close();
    this.#retire();
  }

  /** Closes at once. */
  destroy(): void {
    this.#session.destroy();
  }

  readonly #retire = (): void => {
    if (this.#gone) return;
    this.#gone = true;
    this.#owner.onGone(this);
  };
}

/** An error of the session that is not just a connection that went away. */
function isProtocolFault(error: Error): boolean {
  return (error as { readonly code?: unknown }).code === 'ERR_HTTP2_ERROR';
}
