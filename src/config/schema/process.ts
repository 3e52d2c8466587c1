/** Settings of the process, read at start. */

import { otlpProtocol, type OtlpProtocol } from './access-log.ts';
import { beyond } from './beyond.ts';
import { catalogSource, type CatalogSource } from './catalog.ts';
import { keepalive, sampling, type Keepalive, type Sampling } from './common.ts';
import { listOf, mapOf, literals } from './kit/collection.ts';
import { required, optional, defaulted, defaultedOrNull, deprecated } from './kit/field.ts';
import { headerName, listenAddress } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { text, secretText, filePath, cel, duration, bool, integer, type CelText } from './kit/scalar.ts';
import { union } from './kit/union.ts';
import { ownLocality, type OwnLocality } from './services.ts';

/** Which addresses of a name are asked for. */
export type DnsLookupFamily = 'All' | 'Auto' | 'V4Preferred' | 'V4Only' | 'V6Only';

const dnsLookupFamily: Schema<DnsLookupFamily> = literals('All', 'Auto', 'V4Preferred', 'V4Only', 'V6Only');

/** Where configuration edited in the UI is kept. */
type StorageMode = 'file' | 'hybrid' | 'readOnly';

const storageMode: Schema<StorageMode> = literals('file', 'hybrid', 'readOnly');

/** Kinds of histograms. */
type HistogramMode = 'classic' | 'native' | 'both';

const histogramMode: Schema<HistogramMode> = literals('classic', 'native', 'both');

/** How log lines are written. */
type LogFormat = 'text' | 'json';

const logFormat: Schema<LogFormat> = literals('text', 'json');

/** A level for all, or levels by part: `info`, `["info", "net=debug"]`. */
export type LogLevel = string | readonly string[];

const logLevel: Schema<LogLevel> = union(text, listOf(text));

/** Name resolution. */
interface Dns {
  readonly lookupFamily: DnsLookupFamily;
  readonly edns0?: boolean;
}

const dns: Schema<Dns> = object<Dns>('Dns', 'Name resolution.', {
  lookupFamily: defaultedOrNull(dnsLookupFamily, 'Auto', 'Which addresses are asked for.'),
  edns0: optional(bool, 'Whether EDNS0 is used.'),
});

/** A database. */
interface Database {
  readonly url: string;
  readonly maxConnections: number;
}

const database: Schema<Database> = object<Database>('Database', 'A database.', {
  url: required(secretText, 'Its URL: SQLite or Postgres.'),
  maxConnections: defaultedOrNull(integer(1, 4_294_967_295), 5, 'Most connections to it.'),
});

/** Where configuration edited in the UI is kept. */
interface Storage {
  readonly mode: StorageMode;
}

const storage: Schema<Storage> = object<Storage>('Storage', 'Where configuration edited in the UI is kept.', {
  mode: defaulted(storageMode, 'file', 'The place.'),
});

/** SPIFFE Workload API. */
interface SpiffeConfig {
  readonly endpoint?: string;
}

const spiffeConfig: Schema<SpiffeConfig> = object<SpiffeConfig>('SpiffeConfig', 'SPIFFE Workload API.', {
  endpoint: optional(text, 'Its address.'),
});

/** Who a request is counted for. */
interface StandardAttributes {
  readonly user?: CelText;
  readonly group?: CelText;
}

const standardAttributes: Schema<StandardAttributes> = object<StandardAttributes>(
  'StandardAttributes',
  'Who a request is counted for.',
  {
    user: optional(cel, 'Computes the user.'),
    group: optional(cel, 'Computes the group.'),
  },
);

/** Protection of session ids. */
export interface Session {
  readonly key: string;
  readonly previousKeys?: readonly string[];
  readonly store?: string;
}

const session: Schema<Session> = object<Session>('Session', 'Protection of session ids.', {
  key: required(secretText, 'Key of 64 hex digits (AES-256-GCM).'),
  previousKeys: beyond('config.session.previousKeys', listOf(secretText)),
  store: beyond('config.session.store', secretText),
});

/** MCP sessions. */
interface McpProcess {
  readonly sessionTtl: number;
}

const mcpProcess: Schema<McpProcess> = object<McpProcess>('McpProcess', 'MCP sessions.', {
  sessionTtl: defaultedOrNull(duration, '30m', 'Idle time after which a session ends.'),
});

/** Fields of records. */
interface ProcessLogFields {
  readonly remove: readonly string[];
  readonly add: Readonly<Record<string, CelText>>;
}

const processLogFields: Schema<ProcessLogFields> = object<ProcessLogFields>('ProcessLogFields', 'Fields of records.', {
  remove: defaulted(listOf(text), [], 'Fields to leave out.'),
  add: defaulted(mapOf(cel), {}, 'Computed fields to add.'),
});

/** Traces (older form). */
interface ProcessTracing {
  readonly otlpEndpoint?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly otlpProtocol: OtlpProtocol;
  readonly fields?: ProcessLogFields;
  readonly randomSampling?: Sampling;
  readonly clientSampling?: Sampling;
  readonly path?: string;
}

const processTracing: Schema<ProcessTracing> = object<ProcessTracing>('ProcessTracing', 'Traces (older form).', {
  otlpEndpoint: optional(text, 'Collector.'),
  headers: defaulted(mapOf(secretText), {}, 'Headers to send.'),
  otlpProtocol: defaulted(otlpProtocol, 'grpc', 'How they are sent.'),
  fields: optional(processLogFields, 'Fields of spans.'),
  randomSampling: optional(sampling, 'Share of requests that start a trace.'),
  clientSampling: optional(sampling, 'Share of requests with a trace already that go on with it.'),
  path: optional(text, 'Path of the collector.'),
});

/** Logging. */
export interface Logging {
  readonly filter?: CelText;
  readonly fields?: ProcessLogFields;
  readonly level?: LogLevel;
  readonly format?: LogFormat;
  readonly database?: Database;
}

const logging: Schema<Logging> = object<Logging>('Logging', 'Logging.', {
  filter: optional(cel, 'Only requests for which this holds are logged.'),
  fields: optional(processLogFields, 'Fields of the access log.'),
  level: optional(logLevel, 'Log level.'),
  format: optional(logFormat, 'How log lines are written.'),
  database: optional(database, 'Database for the request log.'),
});

/** Labels of metrics. */
interface MetricFields {
  readonly add: Readonly<Record<string, CelText>>;
}

const metricFields: Schema<MetricFields> = object<MetricFields>('MetricFields', 'Labels of metrics.', {
  add: defaulted(mapOf(cel), {}, 'Computed labels to add.'),
});

/** Metrics. */
export interface Metrics {
  readonly remove: readonly string[];
  readonly fields?: MetricFields;
}

const metrics: Schema<Metrics> = object<Metrics>('Metrics', 'Metrics.', {
  remove: defaulted(listOf(text), [], 'Metrics to leave out.'),
  fields: optional(metricFields, 'Labels of metrics.'),
});

/** Connections to backends. */
interface UpstreamConfig {
  readonly keepalives: Keepalive;
  readonly connectTimeout: number;
  readonly poolIdleTimeout: number;
  readonly poolMaxSize?: number;
}

const upstreamConfig: Schema<UpstreamConfig> = object<UpstreamConfig>('UpstreamConfig', 'Connections to backends.', {
  keepalives: defaulted(keepalive, {}, 'Keep-alive probes.'),
  connectTimeout: defaulted(duration, '10s', 'Time limit of connecting.'),
  poolIdleTimeout: defaulted(duration, '1m30s', 'Idle time after which a kept connection is closed.'),
  poolMaxSize: optional(integer(0), 'Most idle connections kept for a backend.'),
});

/** HBONE tunnels. */
interface Hbone {
  readonly windowSize?: number;
  readonly connectionWindowSize?: number;
  readonly frameSize?: number;
  readonly poolMaxStreamsPerConn?: number;
  readonly poolUnusedReleaseTimeout?: number;
}

const hbone: Schema<Hbone> = object<Hbone>('Hbone', 'HBONE tunnels.', {
  windowSize: optional(integer(0, 4294967295), 'Flow-control window of a stream.'),
  connectionWindowSize: optional(integer(0, 4294967295), 'Flow-control window of a connection.'),
  frameSize: optional(integer(0, 4294967295), 'Largest frame.'),
  poolMaxStreamsPerConn: optional(integer(0, 65535), 'Most streams on one connection.'),
  poolUnusedReleaseTimeout: optional(duration, 'Idle time after which a connection is closed.'),
});

/** Settings of the process, read at start. */
export interface ProcessConfig {
  readonly enableIpv6?: boolean;
  readonly dns?: Dns;
  readonly localXdsPath?: string;
  readonly modelCatalog?: readonly CatalogSource[];
  readonly database?: Database;
  readonly storage?: Storage;
  readonly caAddress?: string;
  readonly caAuthToken?: string;
  readonly xdsAddress?: string;
  readonly xdsAuthToken?: string;
  readonly spiffe?: SpiffeConfig;
  readonly namespace?: string;
  readonly gateway?: string;
  readonly trustDomain?: string;
  readonly additionalTrustDomains?: string;
  readonly skipValidateTrustDomain?: boolean;
  readonly serviceAccount?: string;
  readonly clusterId?: string;
  readonly locality?: OwnLocality;
  readonly network?: string;
  readonly adminAddr?: string;
  readonly standardAttributes?: StandardAttributes;
  readonly statsAddr?: string;
  readonly histograms: HistogramMode;
  readonly readinessAddr?: string;
  readonly session?: Session;
  readonly mcp?: McpProcess;
  readonly sensitiveHeaders: readonly string[];
  readonly customFunctions: string;
  readonly connectionTerminationDeadline?: number;
  readonly connectionMinTerminationDeadline?: number;
  readonly workerThreads?: string | number;
  readonly tracing?: ProcessTracing;
  readonly logging?: Logging;
  readonly metrics?: Metrics;
  readonly backend: UpstreamConfig;
  readonly hbone?: Hbone;
}

export const processConfig: Schema<ProcessConfig> = object<ProcessConfig>(
  'ProcessConfig',
  'Settings of the process, read at start.',
  {
    enableIpv6: optional(bool, 'Whether IPv6 is used.'),
    dns: optional(dns, 'Name resolution.'),
    localXdsPath: optional(filePath, 'File with resources, instead of a control plane.'),
    modelCatalog: optional(listOf(catalogSource), 'Models and their prices.'),
    database: optional(database, 'The database.'),
    storage: optional(storage, 'Where configuration edited in the UI is kept.'),
    caAddress: optional(text, 'Address of the certificate authority.'),
    caAuthToken: optional(secretText, 'Token for the certificate authority.'),
    xdsAddress: optional(text, 'Address of the control plane.'),
    xdsAuthToken: optional(secretText, 'Token for the control plane.'),
    spiffe: optional(spiffeConfig, 'SPIFFE Workload API.'),
    namespace: optional(text, 'Namespace of this proxy.'),
    gateway: optional(text, 'Gateway that this proxy serves.'),
    trustDomain: optional(text, 'Trust domain of its identity.'),
    additionalTrustDomains: optional(text, 'Further trust domains, separated by commas.'),
    skipValidateTrustDomain: optional(bool, 'Whether peers of any trust domain are accepted.'),
    serviceAccount: optional(text, 'Service account of its identity.'),
    clusterId: optional(text, 'Cluster that it runs in.'),
    locality: beyond('config.locality', ownLocality),
    network: optional(text, 'Network that it runs in.'),
    adminAddr: optional(listenAddress, 'Address of the admin API.'),
    standardAttributes: optional(standardAttributes, 'Who a request is counted for.'),
    statsAddr: optional(listenAddress, 'Address of the metrics.'),
    histograms: defaulted(histogramMode, 'classic', 'Kinds of histograms.'),
    readinessAddr: optional(listenAddress, 'Address of the readiness probe.'),
    session: optional(session, 'Protection of session ids.'),
    mcp: optional(mcpProcess, 'MCP sessions.'),
    sensitiveHeaders: defaulted(
      listOf(headerName),
      [],
      'Header fields that, as those of credentials, the admin API never shows and redacted() of expressions hides.',
    ),
    customFunctions: defaulted(text, '', 'Functions of your own for CEL.'),
    connectionTerminationDeadline: optional(duration, 'Longest time that open connections get at the end.'),
    connectionMinTerminationDeadline: optional(duration, 'Shortest time that open connections get at the end.'),
    workerThreads: optional(union(text, integer(1)), 'Number of worker threads.'),
    tracing: deprecated(optional(processTracing, 'Traces.'), 'use frontendPolicies.tracing'),
    logging: optional(logging, 'Logging.'),
    metrics: optional(metrics, 'Metrics.'),
    backend: defaulted(upstreamConfig, {}, 'Connections to backends.'),
    hbone: optional(hbone, 'HBONE tunnels.'),
  },
);
