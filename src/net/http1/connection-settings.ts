import type { GatewayError } from '../../base/errors.ts';
import type { InboundHandler } from '../http/inbound.ts';
import type { ConnectionInfo } from '../http/message.ts';
import type { Sweeper } from '../sweeper.ts';
import { HttpDate } from './http-date.ts';
import { RequestParser } from './request-parser.ts';

/**
 * Limits of the connections of one bind, read anew for each request, so that a reload changes them. Sizes in bytes,
 * times in milliseconds; a time of 0 means no limit. `FrontendSettings` of the model has all of them.
 */
export interface ConnectionSettings {
  /** Request line and fields with their line ends: 431 above. */
  readonly maxHeadSize: number;
  /** Field lines: 431 above. */
  readonly maxHeaders: number;
  /** The request target: 414 above. */
  readonly maxTargetLength: number;
  /** From the first byte of a head to its end, and from the connection's start to the first head's end: 408. */
  readonly headTimeoutMs: number;
  /** Without a byte of a body that is waited for: 408. */
  readonly bodyTimeoutMs: number;
  /** Least bytes a second of a body that is waited for, over ten seconds: 408. 0: no limit. */
  readonly bodyMinRate: number;
  /** Without the client taking a byte of what waits for it: the connection, or the stream, is cut. */
  readonly sendTimeoutMs: number;
  /** Kept alive without a request. */
  readonly idleTimeoutMs: number;
  /** The response that ends past this age is the connection's last. */
  readonly maxConnectionMs: number;
  /** `preserve`: names go on as they came, both ways. */
  readonly headerCase: 'lowercase' | 'preserve';
  readonly tlsHandshakeTimeoutMs: number;
}

/** What all HTTP/1 connections of a listener share. */
export interface ServerContext {
  readonly sweeper: Sweeper;
  /** Current settings. */
  readonly settings: () => ConnectionSettings;
  /** Current handler. */
  readonly handler: () => InboundHandler;
  /** A request that could not be parsed and got no exchange; the connection answers it itself and closes. */
  readonly onBadRequest: (error: GatewayError, connection: ConnectionInfo) => void;
  readonly parser: RequestParser;
  readonly date: HttpDate;
}

/** A context for one listener. */
export function serverContext(
  options: Pick<ServerContext, 'sweeper' | 'settings' | 'handler' | 'onBadRequest'>,
): ServerContext {
  return { ...options, parser: new RequestParser(), date: new HttpDate() };
}
