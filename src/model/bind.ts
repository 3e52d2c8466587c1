import type { Http2Settings } from './http2.ts';
import type { Expression } from './model.ts';
import type { TcpKeepalive } from './process.ts';
import type { Route } from './route.ts';

/** One port that the gateway listens on, with everything reachable through it. */
export interface Bind {
  /** Stable identity over reloads: its addresses and port. A bind whose key stays keeps its sockets. */
  readonly key: string;
  readonly port: number;
  /** IP addresses; empty means all, IPv4 and IPv6. */
  readonly addresses: readonly string[];
  /** `standard` opens a socket; `internal` is reachable by in-process re-entry only. */
  readonly mode: 'standard' | 'internal';
  /** `loopback`: Host, and Origin where present, must name this machine (DNS rebinding). Absent: any. */
  readonly allowedHosts?: 'loopback';
  readonly frontend: FrontendSettings;
  readonly listeners: readonly Listener[];
}

/** A virtual host of a bind. On one bind, all listeners speak TLS or none does. */
export interface Listener {
  readonly key: string;
  readonly name: string;
  readonly gateway: { readonly name: string; readonly namespace: string };
  /** Lower-case host name, `*.suffix`, or absent for any host (and for TLS any SNI). */
  readonly hostname?: string;
  readonly protocol: 'HTTP' | 'HTTPS';
  readonly tls?: ListenerTls;
  readonly routes: readonly Route[];
}

/** Server side TLS with static certificates; PEM texts, read by the loader. */
export interface ListenerTls {
  readonly certificate: string;
  readonly privateKey: string;
  /** Trust roots for client certificates; present means that a client certificate is required. */
  readonly clientRoots?: string;
  readonly cipherSuites?: readonly string[];
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  readonly groups?: readonly string[];
}

/** Protocol versions as OpenSSL and Node name them, oldest first. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** Connection-level settings of a bind with all defaults filled in. Sizes in bytes, times in milliseconds, 0 = no limit. */
export interface FrontendSettings {
  /** Largest body that a feature may hold in memory. */
  readonly maxBufferSize: number;
  /** The same for requests to LLMs. */
  readonly maxLlmBufferSize: number;
  readonly maxHeadSize: number;
  readonly maxHeaders: number;
  readonly maxTargetLength: number;
  /** From the first byte of a head to its end. */
  readonly headTimeoutMs: number;
  /** Keep-alive connection without a request. */
  readonly idleTimeoutMs: number;
  /** A connection is closed after the response that ends past this age. */
  readonly maxConnectionMs: number;
  /** How field names are written: lower case, or as received. */
  readonly headerCase: 'lowercase' | 'preserve';
  readonly tlsHandshakeTimeoutMs: number;
  /** Protocols offered to TLS clients, the preferred first. */
  readonly alpn: readonly string[];
  readonly http2: Http2Settings;
  /** Connections open on this bind, in the whole process. */
  readonly maxConnections: number;
  /** Requests in flight on this bind, in the whole process. */
  readonly maxRequests: number;
  readonly keepalive?: TcpKeepalive;
  readonly accessLog: AccessLogSettings;
}

/** What an access log line holds besides the standard fields. */
export interface AccessLogSettings {
  /** Only requests for which it is true are logged; absent: all. */
  readonly filter?: Expression;
  readonly add: ReadonlyMap<string, Expression>;
  readonly remove: readonly string[];
}
