import type { Duplex } from 'node:stream';
import type { GatewayError } from '../../base/errors.ts';
import type { HeaderList } from './headers.ts';
import type { BodyMode, ResponseHead } from './message.ts';

/** A request to an upstream. The connection writes Host, framing and `connection` fields itself. */
export interface OutboundRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Value of the Host field. */
  readonly authority: string;
  /** Without host, framing and hop-by-hop fields; not changed, not kept. */
  readonly headers: HeaderList;
  /** Bytes; 0 for none; -1 for chunked. */
  readonly bodyLength: number;
  /** How `write` gives the body; `framed` only with bodyLength -1. */
  readonly bodyMode: BodyMode;
  /** Protocol of an Upgrade request, or ''. */
  readonly upgrade: string;
}

/** How a response body is to be delivered: `tapped` is `framed` plus {@link OutboundHandler.onPayload} for what is inside. */
export type DeliveryMode = BodyMode | 'tapped';

/** Hears everything about one request. Callbacks never throw. After onEnd or onError nothing follows. */
export interface OutboundHandler {
  /** The connection that carries it: `reused` if it was kept alive from an earlier request. `address`: `ip:port`. */
  onConnected(address: string, reused: boolean): void;
  /** 1xx other than 101. */
  onInformational(head: ResponseHead): void;
  /**
   * The final head. `chunked`: the upstream framed it chunked, so `framed` and `tapped` are possible; otherwise (a
   * length, or until close) bytes come as `payload` whatever is returned.
   */
  onHead(head: ResponseHead, chunked: boolean): DeliveryMode;
  /** False: pause until `resume`. The bytes may be written on but are otherwise valid only during the call. */
  onData(chunk: Buffer): boolean;
  /** In mode `tapped`, the payload inside what the next onData carries. */
  onPayload(chunk: Buffer): void;
  /** The body is whole. Trailers only in mode `payload`. */
  onEnd(trailers: HeaderList | null): void;
  /** The request body may go on after a `write` that returned false. */
  onDrain(): void;
  /** 101, or 2xx to CONNECT: the connection is now a byte stream. */
  onUpgrade(head: ResponseHead, stream: Duplex): void;
  /** It failed; `error.retry` says whether it may be sent again. */
  onError(error: GatewayError): void;
}

/** A request under way. */
export interface OutboundCall {
  /** Body bytes; false: wait for `onDrain`. */
  write(chunk: Uint8Array): boolean;
  /** Ends the request body. */
  end(trailers: HeaderList | null): void;
  /**
   * Stops it at once and closes its connection; no callback follows.
   *
   * @param blame What the upstream did wrong, for those who judge it; absent: nothing.
   */
  abort(blame?: GatewayError): void;
  pause(): void;
  resume(): void;
}

/** An upstream address with its connections; lives on over reloads while it is used. */
export interface Endpoint {
  /** `host:port` or `unix:/path`. */
  readonly name: string;
  /** True when the body of such a request may be `framed`: it goes over HTTP/1.1, whatever connection carries it. */
  takesFramed(request: Pick<OutboundRequest, 'method' | 'headers'>): boolean;
  dispatch(request: OutboundRequest, handler: OutboundHandler): OutboundCall;
}
