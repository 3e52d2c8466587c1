/** The access log and traces. */

import { serviceRef, sampling, type ServiceRef, type Sampling } from './common.ts';
import { helperPolicies, type HelperPolicies } from './connect.ts';
import { listOf, mapOf, literals } from './kit/collection.ts';
import { required, optional, defaulted, defaultedOrNull } from './kit/field.ts';
import { hostPort } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text, name, cel, type CelText } from './kit/scalar.ts';

/** How OTLP is sent. */
export type OtlpProtocol = 'grpc' | 'http';

export const otlpProtocol: Schema<OtlpProtocol> = literals('grpc', 'http');

/** How much of LLM traffic the database keeps. */
type DatabaseLlmMode = 'metadata' | 'full';

const databaseLlmMode: Schema<DatabaseLlmMode> = literals('metadata', 'full');

/** Fields of records. */
interface LogFields {
  readonly remove: readonly string[];
  readonly add: Readonly<Record<string, CelText>>;
}

const logFields: Schema<LogFields> = object<LogFields>('LogFields', 'Fields of records.', {
  remove: defaulted(listOf(text), [], 'Fields to leave out.'),
  add: defaulted(mapOf(cel), {}, 'Computed fields to add.'),
});

/** The kinds of {@link OtlpLog}. */
interface OtlpLogKinds {
  readonly service: ServiceRef;
  readonly host: string;
  readonly backend: string;
}

/** What every {@link OtlpLog} may have. */
interface OtlpLogCommon {
  readonly policies?: HelperPolicies;
  readonly filter?: CelText;
  readonly fields?: LogFields;
  readonly protocol: OtlpProtocol;
  readonly path: string;
}

/** An OTLP collector for the access log. */
type OtlpLog = OneOf<OtlpLogKinds, OtlpLogCommon>;

const otlpLog: Schema<OtlpLog> = oneOfKeys<OtlpLogKinds, OtlpLogCommon>(
  'OtlpLog',
  'An OTLP collector for the access log.',
  {
    service: required(serviceRef, 'From the services list.'),
    host: required(hostPort, 'By host and port.'),
    backend: required(name, 'As a named backend.'),
  },
  {
    policies: optional(helperPolicies, 'Policies of the requests to it.'),
    filter: optional(cel, 'Only requests for which this holds are sent.'),
    fields: optional(logFields, 'Fields of these records.'),
    protocol: defaulted(otlpProtocol, 'grpc', 'How it is sent.'),
    path: defaulted(text, '/v1/logs', 'Path of the collector.'),
  },
);

/** What the database keeps of requests. */
interface DatabaseLog {
  readonly llm?: DatabaseLlmMode;
  readonly add: Readonly<Record<string, CelText>>;
}

const databaseLog: Schema<DatabaseLog> = object<DatabaseLog>('DatabaseLog', 'What the database keeps of requests.', {
  llm: optional(databaseLlmMode, 'How much of LLM traffic.'),
  add: defaulted(mapOf(cel), {}, 'Computed fields to add.'),
});

/** The access log. */
export interface AccessLog {
  readonly filter?: CelText;
  readonly add: Readonly<Record<string, CelText>>;
  readonly remove: readonly string[];
  readonly otlp?: OtlpLog;
  readonly database?: DatabaseLog;
}

export const accessLog: Schema<AccessLog> = object<AccessLog>('AccessLog', 'The access log.', {
  filter: optional(cel, 'Only requests for which this holds are logged.'),
  add: defaulted(mapOf(cel), {}, 'Computed fields to add.'),
  remove: defaulted(listOf(text), [], 'Fields to leave out.'),
  otlp: optional(otlpLog, 'Where to send it with OTLP.'),
  database: optional(databaseLog, 'What to keep in the database.'),
});

/** The kinds of {@link Tracing}. */
interface TracingKinds {
  readonly service: ServiceRef;
  readonly host: string;
  readonly backend: string;
}

/** What every {@link Tracing} may have. */
interface TracingCommon {
  readonly policies?: HelperPolicies;
  readonly attributes: Readonly<Record<string, CelText>>;
  readonly resources: Readonly<Record<string, CelText>>;
  readonly remove: readonly string[];
  readonly randomSampling: Sampling;
  readonly clientSampling: Sampling;
  readonly filter?: CelText;
  readonly path: string;
  readonly protocol: OtlpProtocol;
}

/** Traces. */
export type Tracing = OneOf<TracingKinds, TracingCommon>;

export const tracing: Schema<Tracing> = oneOfKeys<TracingKinds, TracingCommon>(
  'Tracing',
  'Traces.',
  {
    service: required(serviceRef, 'Collector from the services list.'),
    host: required(hostPort, 'Collector by host and port.'),
    backend: required(name, 'Collector as a named backend.'),
  },
  {
    policies: optional(helperPolicies, 'Policies of the requests to it.'),
    attributes: defaulted(mapOf(cel), {}, 'Computed attributes of spans.'),
    resources: defaulted(mapOf(cel), {}, 'Computed attributes of the resource.'),
    remove: defaulted(listOf(text), [], 'Attributes to leave out.'),
    randomSampling: defaultedOrNull(sampling, false, 'Share of requests that start a trace.'),
    clientSampling: defaultedOrNull(sampling, true, 'Share of requests with a trace already that go on with it.'),
    filter: optional(cel, 'Only requests for which this holds are traced.'),
    path: defaulted(text, '/v1/traces', 'Path of the collector.'),
    protocol: defaulted(otlpProtocol, 'grpc', 'How it is sent.'),
  },
);
