import type { Logger } from '../../../base/logger.ts';
import type { TargetError } from '../../transports/transport.ts';
import type { Message } from '../../wire/jsonrpc.ts';
import type { Caller } from '../caller.ts';
import type { ClientFields } from '../scopes/forwarding.ts';
import type { Upstream } from './upstream.ts';
import type { ClientDescription } from './params.ts';

/** What an upstream session tells the federation that it is part of. */
export interface UpstreamObserver {
  /** A request of the server; `caller`: the client request that caused it, where known. */
  onRequest(upstream: Upstream, message: Message, caller: Caller | null): void;
  /** `sure`: the server itself said that it belongs to the caller's request. */
  onNotification(upstream: Upstream, message: Message, caller: Caller | null, sure: boolean): void;
  /** Its connection is gone; it will be tried again when it is next needed. */
  onFailed(upstream: Upstream, error: TargetError): void;
  /** It works again after it had failed; everything known of it is stale. */
  onRecovered(upstream: Upstream): void;
}

/** What all upstream sessions of a client session share. */
export interface UpstreamContext {
  readonly observer: UpstreamObserver;
  /** The client, as servers learn of it where no request says otherwise. */
  readonly client: ClientDescription;
  /** Text of the params of `initialize`. */
  readonly initializeParams: string;
  /** Of servers' messages. */
  readonly maxDepth: number;
  /** What of the client's header fields goes to servers. */
  readonly fields: ClientFields;
  readonly log: Logger;
}
