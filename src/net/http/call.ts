import type { CancelSignal } from '../../base/cancellation.ts';
import type { HeaderList } from './headers.ts';

/** A request of protocol code to the one upstream that its {@link HttpCall} is bound to. */
export interface HttpCallRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: HeaderList;
  /** Value of Host; absent: the upstream's own. */
  readonly authority?: string;
  readonly body?: Uint8Array | undefined;
  readonly signal?: CancelSignal | undefined;
  /** Milliseconds until the response head; absent: none of its own. */
  readonly timeoutMs?: number | undefined;
}

/** The answer: its head, and the body as it comes. */
export interface HttpCallReply {
  readonly status: number;
  readonly headers: HeaderList;
  /** Leaving the loop early closes the connection. */
  readonly body: AsyncIterable<Buffer>;
  /** The whole body as UTF-8; rejects with `responseTooLarge` above `maxBytes`. */
  text(maxBytes: number): Promise<string>;
}

/**
 * The port through which protocol code reaches an upstream; its TLS, credentials and header policies are applied behind
 * it. Rejects with a GatewayError.
 */
export type HttpCall = (request: HttpCallRequest) => Promise<HttpCallReply>;
