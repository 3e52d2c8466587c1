import type { Message } from '../wire/jsonrpc.ts';

type Lost = 'no' | 'unsent' | 'maybeProcessed';

interface TargetErrorOptions {
  readonly cause?: unknown;
  readonly status?: number;
  readonly ended?: boolean;
  readonly limit?: string;
  readonly lost?: Lost;
}

/** Why a target cannot answer; `message` is fit for clients and models to read. */
export class TargetError extends Error {
  /** The HTTP status that said so, or 0. */
  readonly status: number;
  /** The server was running and has ended. */
  readonly ended: boolean;
  /** The limit that forbids it, as records name it, or ''. */
  readonly limit: string;
  /** Whether the connection was lost, and with it maybe a request that the server had begun with. */
  readonly lost: Lost;

  constructor(message: string, options?: TargetErrorOptions) {
    super(message, options);
    this.name = 'TargetError';
    this.status = options?.status ?? 0;
    this.ended = options?.ended === true;
    this.limit = options?.limit ?? '';
    this.lost = options?.lost ?? (this.ended ? 'maybeProcessed' : 'no');
  }
}

/** The server sent a message that is larger than it may be. @param cause How that was found. */
export function tooLarge(maxBytes: number, cause?: unknown): TargetError {
  return new TargetError(`sent a message of more than ${maxBytes} bytes`, { cause, limit: 'server_message_size' });
}

/** What a transport reports. Never called from within the transport's own methods. */
export interface TransportEvents {
  /** `relatedTo`: id of the request on whose stream it came; null when the transport cannot tell. */
  message(message: Message, relatedTo: number | null): void;
  /** The request will get no answer. */
  failed(requestId: number, error: TargetError): void;
  /** The server no longer knows the session; the request was not processed. */
  expired(requestId: number | null): void;
  /** Nothing can be sent any more. At most once, and not after `close`. */
  lost(error: TargetError): void;
}

/** A connection to one MCP server for one client session. */
export interface Transport {
  /** Starts what must run before the first message. */
  open(): Promise<void>;
  /**
   * Sends a request; its answer, or failure, comes as an event.
   * @param fields Header fields of a request without a session (2026-07-28), as a flat list; null within one.
   * @param client Further fields, of the client that caused it; absent: those of the client of the connection.
   */
  request(id: number, text: string, fields: readonly string[] | null, client?: readonly string[]): void;
  /** Sends a notification or a response; resolves when the server has it. Rejects with TargetError. */
  post(text: string): Promise<void>;
  /** After the greeting: the revision agreed on. */
  established(revision: string): void;
  /** A request id that nobody else uses on the same connection; absent where nobody else is there. */
  mintId?(): number;
  /** Gives up waiting for the answer to a request that was cancelled. */
  abandon(id: number): void;
  /** Whether somebody listens for what the server sends outside of requests. */
  listen(on: boolean): void;
  /**
   * True where each request has a stream of its own: messages on it belong to the request, and without a session its
   * end cancels the request.
   */
  readonly ownStreams: boolean;
  /** True while such messages can arrive, so that a list stays good until the server says otherwise. */
  readonly hears: boolean;
  /** How often such a stream was opened again: what was told in between is lost. Absent: it lasts as the connection does. */
  readonly restarts?: number;
  /** True when such messages can never arrive. */
  readonly deaf: boolean;
  /** Ends the session and releases everything. */
  close(): void;
}

/** Whose messages a transport carries: what decides with whom it may share a process. */
export interface TransportUser {
  /** See {@link anonymous}. */
  readonly principal: string;
  /** JSON text of the capabilities that servers learn of. */
  readonly capabilities: string;
  /** Servers of both eras are spoken to without a session. */
  readonly sessionless: boolean;
}

/**
 * Makes the transport of one session.
 * @param client Header fields of the client that the session is for, as a flat list; asked for with each request.
 */
export type TransportFactory = (
  events: TransportEvents,
  client: () => readonly string[],
  user: TransportUser,
) => Transport;
