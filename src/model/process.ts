import type { LogLevel } from '../base/logger.ts';
import type { Expression } from './model.ts';

/** Settings read once at start; a reload that changes them says that a restart is needed. */
export interface ProcessSettings {
  /** Worker threads; 1 runs the data plane in the main thread. */
  readonly workers: number;
  /** `host:port` of the admin API; always a loopback address. */
  readonly adminAddress: string;
  readonly statsAddress: string;
  readonly readinessAddress: string;
  readonly logging: {
    readonly level: LogLevel;
    readonly format: 'text' | 'json';
    /** Access log: which requests (absent: all), and what is added to or left out of a line. */
    readonly filter?: Expression;
    readonly add: ReadonlyMap<string, Expression>;
    readonly remove: readonly string[];
  };
  readonly metrics: {
    readonly remove: readonly string[];
    /** Labels added to every request metric. */
    readonly add: ReadonlyMap<string, Expression>;
  };
  readonly dns: { readonly family: 'all' | 'auto' | 'v4-preferred' | 'v4-only' | 'v6-only' };
  /** Defaults for every upstream connection. */
  readonly upstream: UpstreamDefaults;
  /** Milliseconds that in-flight requests get at shutdown. */
  readonly drainDeadlineMs: number;
  readonly drainMinimumMs: number;
  /** Milliseconds after which an idle MCP session ends. */
  readonly mcpSessionTtlMs: number;
  /** 64 hexadecimal digits; seals MCP session ids across replicas. Absent: a key of the state folder. */
  readonly sessionKey?: string;
  /** Former ones: what they sealed is still taken. Only with {@link sessionKey}. */
  readonly previousSessionKeys?: readonly string[];
  /** Redis through which replicas learn of each other's ended sessions; may hold a password. */
  readonly sessionStore?: string;
  /** Field names (lower case) whose values are shown redacted everywhere. */
  readonly sensitiveHeaders: readonly string[];
  /** Definitions of CEL functions that every expression may call; they have been checked. Absent: none. */
  readonly customFunctions?: string;
}

/** Connection settings that a backend's `tcp` policy overrides. */
export interface UpstreamDefaults {
  readonly connectTimeoutMs: number;
  readonly poolIdleTimeoutMs: number;
  /** Connections kept idle per endpoint; absent: no limit. */
  readonly poolMaxSize?: number;
  readonly keepalive?: TcpKeepalive;
}

/** TCP keep-alive (RFC 9293 §3.8.4). */
export interface TcpKeepalive {
  readonly timeMs: number;
  readonly intervalMs: number;
  readonly retries: number;
}
