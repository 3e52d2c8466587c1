import { hostPort } from '../base/host-port.ts';
import type { Expression } from './model.ts';
import type { BackendPolicySpecs } from './policy.ts';
import type { AiBackend, LlmRouterBackend } from './llm.ts';
import type { McpBackend } from './mcp.ts';
import type { ServiceBackend } from './service.ts';

/** Where a request can go. `name` identifies it in logs, metrics and messages. */
export type Backend =
  | HostBackend
  | ServiceBackend
  | DynamicBackend
  | InternalBackend
  | AiBackend
  | LlmRouterBackend
  | McpBackend
  | InvalidBackend;

interface BackendBase {
  readonly name: string;
  readonly policies: BackendPolicySpecs;
}

/** A fixed upstream address. */
export interface HostBackend extends BackendBase {
  readonly kind: 'host';
  readonly address: UpstreamAddress;
}

/** A forward proxy: the request itself names its upstream. */
export interface DynamicBackend extends BackendBase {
  readonly kind: 'dynamic';
  /** Yields `host:port`; absent: the request's authority. */
  readonly target?: Expression;
}

/** The gateway's own admin API. */
export interface InternalBackend extends BackendBase {
  readonly kind: 'internal';
  /** Every request goes to this path, keeping its query; absent: the request's own path. */
  readonly path?: string;
}

/** A backend that cannot work; requests for it get 500 and this message goes to the log. */
export interface InvalidBackend extends BackendBase {
  readonly kind: 'invalid';
  readonly message: string;
}

/** A TCP or Unix-socket address. `host` is a name or an IP address without brackets. */
export type UpstreamAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** `host:port`, `[v6]:port` or `unix:/path`, for messages and the `endpoint` log field. */
export function formatAddress(address: UpstreamAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return hostPort(address.host, address.port);
}
