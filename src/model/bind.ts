import type { ExtAuthzSpec } from './policies/ext-authz.ts';
import type { AuthorizationRule } from './policies/authorization.ts';
import type { OverloadLimits, PathNormalization, Underscores } from './defence.ts';
import type { Http2Settings } from './http2.ts';
import type { Expression } from './model.ts';
import type { PolicySpecs } from './policy.ts';
import type { TcpKeepalive } from './process.ts';
import type { Route } from './route.ts';
import type { TcpRoute } from './tcp-route.ts';

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

/**
 * A virtual host of a bind. The listeners of one bind all speak HTTP, or all TCP, or all TLS, with HTTP inside or not: then
 * the server name that a client asks for says which one it gets.
 */
export interface Listener {
  readonly key: string;
  readonly name: string;
  readonly gateway: { readonly name: string; readonly namespace: string };
  /** Lower-case host name, `*.suffix`, or absent for any host (and for TLS any SNI). */
  readonly hostname?: string;
  /** TCP passes bytes on. So does TLS: what is inside where there is `tls`, else the whole of it. */
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'TLS';
  readonly tls?: ListenerTls;
  /** Levels of policies that run before a route is looked for, least specific first; absent: none. */
  readonly gatewayPolicies?: readonly PolicySpecs[];
  /** Of HTTP and HTTPS. */
  readonly routes: readonly Route[];
  /** Of TCP and TLS. */
  readonly tcpRoutes?: readonly TcpRoute[];
}

/** Server side TLS; PEM texts, read by the loader. */
export interface ListenerTls {
  /** `dynamicCa`: the certificate is an authority's, which signs one for each name that is asked for. Absent: it is the server's. */
  readonly mode?: 'dynamicCa';
  readonly certificate: string;
  readonly privateKey: string;
  /** Trust roots for client certificates. */
  readonly clientRoots?: string;
  /** With roots: clients may come without a certificate, but not with one that is not trusted. Absent: they need one. */
  readonly clientCertificate?: 'optional';
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
  /** Without a byte of a request's body. */
  readonly bodyTimeoutMs: number;
  /** Bytes a second of a request's body; 0: any. */
  readonly bodyMinRate: number;
  /** Without the client taking a byte of what waits for it. */
  readonly sendTimeoutMs: number;
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
  /** Of one client, by its address or its network of IPv6 (/64), on this bind, in the whole process. */
  readonly maxConnectionsPerAddress: number;
  /** Requests in flight on this bind, in the whole process. */
  readonly maxRequests: number;
  readonly keepalive?: TcpKeepalive;
  /** Absent: paths go on as they came. */
  readonly pathNormalization?: PathNormalization;
  readonly underscores: Underscores;
  /** The same for all binds. */
  readonly overload: OverloadLimits;
  /** A connection of a TCP route on which nothing passes either way. */
  readonly tcpIdleTimeoutMs: number;
  /** What a proxy in front says of its clients before everything else (haproxy, "The PROXY protocol"). */
  readonly proxyProtocol?: { readonly version: 'v1' | 'v2' | 'all'; readonly mode: 'strict' | 'optional' };
  /**
   * CONNECT requests: refused; routed like others, and their bytes passed to the backend; or the only ones that are taken,
   * with what is inside of the tunnel served as a connection to the bind of that port.
   */
  readonly connectMode: 'deny' | 'route' | 'tunnel';
  /** A WebSocket, or another upgraded connection, or a tunnel, on which nothing passes either way. */
  readonly tunnelIdleTimeoutMs: number;
  /** A service that is asked about each connection, over HTTP. */
  readonly networkExtAuthz?: ExtAuthzSpec;
  /** Rules about connections; those that they do not allow are closed. */
  readonly networkAuthorization?: readonly AuthorizationRule[];
  readonly accessLog: AccessLogSettings;
}

/** What an access log line holds besides the standard fields. */
export interface AccessLogSettings {
  /** Only requests for which it is true are logged; absent: all. */
  readonly filter?: Expression;
  readonly add: ReadonlyMap<string, Expression>;
  readonly remove: readonly string[];
}
