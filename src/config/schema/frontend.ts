/** Policies of connections, and what is recorded of requests. */

import { accessLog, tracing, type AccessLog, type Tracing } from './access-log.ts';
import { beyond, beyondDefault } from './beyond.ts';
import { ruleSet, keepalive, type RuleSet, type Keepalive } from './common.ts';
import { extAuthz, type ExtAuthz } from './ext.ts';
import { listOf, literals } from './kit/collection.ts';
import { overload, pathNormalization, underscores, type Overload, type PathNormalizationConfig } from './defence.ts';
import { required, optional, defaulted, defaultedOrNull } from './kit/field.ts';
import type { Underscores } from '../../model/defence.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { text, duration, integer } from './kit/scalar.ts';
import { tlsVersion, type TlsVersion } from './tls.ts';

/** How header names are written. */
type HeaderCase = 'lowercase' | 'preserve';

const headerCase: Schema<HeaderCase> = literals('lowercase', 'preserve');

/** HTTP from clients. */
interface FrontendHttp {
  readonly maxBufferSize: number;
  readonly http1MaxHeaders: number;
  readonly http1IdleTimeout: number;
  readonly http1HeaderCase: HeaderCase;
  readonly http2WindowSize?: number;
  readonly http2ConnectionWindowSize?: number;
  readonly http2FrameSize?: number;
  readonly http2MaxHeaderSize?: number;
  readonly http2KeepaliveInterval?: number;
  readonly http2KeepaliveTimeout?: number;
  readonly maxConnectionDuration?: number;
  readonly maxHeadSize: number;
  readonly maxUriLength: number;
  readonly headTimeout: number;
  readonly maxRequests: number;
  readonly tunnelIdleTimeout: number;
  readonly pathNormalization?: PathNormalizationConfig;
  readonly underscores: Underscores;
  readonly bodyTimeout: number;
  readonly bodyMinRate: number;
  readonly sendTimeout: number;
  readonly http2MaxConcurrentStreams: number;
}

const frontendHttp: Schema<FrontendHttp> = object<FrontendHttp>('FrontendHttp', 'HTTP from clients.', {
  maxBufferSize: defaulted(integer(0), 2097152, 'Largest body in bytes where one is held.'),
  http1MaxHeaders: defaultedOrNull(integer(0), 100, 'Most header fields of a request.'),
  http1IdleTimeout: defaulted(duration, '10m0s', 'Idle time after which a connection is closed.'),
  http1HeaderCase: defaulted(headerCase, 'lowercase', 'How header names are written.'),
  http2WindowSize: optional(integer(0, 4294967295), 'Flow-control window of a stream.'),
  http2ConnectionWindowSize: optional(integer(0, 4294967295), 'Flow-control window of a connection.'),
  http2FrameSize: optional(integer(0, 4294967295), 'Largest frame.'),
  http2MaxHeaderSize: optional(integer(0, 4294967295), 'Largest header block.'),
  http2KeepaliveInterval: optional(duration, 'Time between pings.'),
  http2KeepaliveTimeout: optional(duration, "Time to wait for a ping's answer."),
  maxConnectionDuration: optional(duration, 'Life of a connection.'),
  maxHeadSize: beyondDefault('frontendPolicies.http.maxHeadSize', integer(1024, 1_048_576)),
  maxUriLength: beyondDefault('frontendPolicies.http.maxUriLength', integer(256, 1_048_576)),
  headTimeout: beyondDefault('frontendPolicies.http.headTimeout', duration),
  maxRequests: beyondDefault('frontendPolicies.http.maxRequests', integer(0)),
  tunnelIdleTimeout: beyondDefault('frontendPolicies.http.tunnelIdleTimeout', duration),
  pathNormalization: beyond('frontendPolicies.http.pathNormalization', pathNormalization),
  underscores: beyondDefault('frontendPolicies.http.underscores', underscores),
  bodyTimeout: beyondDefault('frontendPolicies.http.bodyTimeout', duration),
  bodyMinRate: beyondDefault('frontendPolicies.http.bodyMinRate', integer(0)),
  sendTimeout: beyondDefault('frontendPolicies.http.sendTimeout', duration),
  http2MaxConcurrentStreams: beyondDefault('frontendPolicies.http.http2MaxConcurrentStreams', integer(1, 100_000)),
});

/** TLS from clients. */
export interface FrontendTls {
  readonly handshakeTimeout: number;
  readonly alpn?: readonly (readonly number[])[];
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  readonly cipherSuites?: readonly string[];
  readonly keyExchangeGroups?: readonly string[];
}

const frontendTls: Schema<FrontendTls> = object<FrontendTls>('FrontendTls', 'TLS from clients.', {
  handshakeTimeout: defaulted(duration, '15s', 'Time limit of the handshake.'),
  alpn: optional(listOf(listOf(integer(0, 255))), 'Application protocols, each as its bytes.'),
  minVersion: optional(tlsVersion, 'Lowest TLS version.'),
  maxVersion: optional(tlsVersion, 'Highest TLS version.'),
  cipherSuites: optional(listOf(text), 'Cipher suites to offer.'),
  keyExchangeGroups: optional(listOf(text), 'Key exchange groups, most preferred first.'),
});

/** TCP from clients. */
interface FrontendTcp {
  readonly keepalives: Keepalive;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly idleTimeout: number;
}

const frontendTcp: Schema<FrontendTcp> = object<FrontendTcp>('FrontendTcp', 'TCP from clients.', {
  keepalives: defaulted(keepalive, {}, 'Keep-alive probes.'),
  maxConnections: beyondDefault('frontendPolicies.tcp.maxConnections', integer(0)),
  maxConnectionsPerAddress: beyondDefault('frontendPolicies.tcp.maxConnectionsPerAddress', integer(0)),
  idleTimeout: beyondDefault('frontendPolicies.tcp.idleTimeout', duration),
});

/** Versions of the PROXY protocol. */
type ProxyVersion = 'v1' | 'v2' | 'all';

const proxyVersion: Schema<ProxyVersion> = literals('v1', 'v2', 'all');

/** Whether the PROXY protocol must be there. */
type ProxyMode = 'strict' | 'optional';

const proxyMode: Schema<ProxyMode> = literals('strict', 'optional');

/** What happens to CONNECT requests. */
type ConnectMode = 'deny' | 'route' | 'tunnel';

const connectMode: Schema<ConnectMode> = literals('deny', 'route', 'tunnel');

/** PROXY protocol before the connection. */
interface ProxyProtocol {
  readonly version: ProxyVersion;
  readonly mode: ProxyMode;
}

const proxyProtocol: Schema<ProxyProtocol> = object<ProxyProtocol>(
  'ProxyProtocol',
  'PROXY protocol before the connection.',
  {
    version: defaulted(proxyVersion, 'v2', 'Versions that are understood.'),
    mode: defaulted(proxyMode, 'strict', 'Whether it must be there.'),
  },
);

/** CONNECT requests. */
interface Connect {
  readonly mode: ConnectMode;
}

export const connect: Schema<Connect> = object<Connect>('Connect', 'CONNECT requests.', {
  mode: required(connectMode, 'What happens to them.'),
});

/** Policies of all connections. */
export interface FrontendPolicies {
  readonly http: FrontendHttp;
  readonly tls: FrontendTls;
  readonly tcp: FrontendTcp;
  readonly overload?: Overload;
  readonly networkAuthorization?: RuleSet;
  readonly networkExtAuthz?: ExtAuthz;
  readonly proxyProtocol?: ProxyProtocol;
  readonly connect?: Connect;
  readonly accessLog?: AccessLog;
  readonly tracing?: Tracing;
}

export const frontendPolicies: Schema<FrontendPolicies> = object<FrontendPolicies>(
  'FrontendPolicies',
  'Policies of all connections.',
  {
    http: defaultedOrNull(frontendHttp, {}, 'HTTP settings.'),
    tls: defaultedOrNull(frontendTls, {}, 'TLS settings.'),
    tcp: defaultedOrNull(frontendTcp, {}, 'TCP settings.'),
    overload: beyond('frontendPolicies.overload', overload),
    networkAuthorization: optional(ruleSet, 'Authorization rules of connections.'),
    networkExtAuthz: optional(extAuthz, 'Asks a service whether a connection may go on.'),
    proxyProtocol: optional(proxyProtocol, 'PROXY protocol before the connection.'),
    connect: optional(connect, 'What happens to CONNECT requests.'),
    accessLog: optional(accessLog, 'The access log.'),
    tracing: optional(tracing, 'Traces.'),
  },
  { aliases: { proxy: 'proxyProtocol', logging: 'accessLog' } },
);
