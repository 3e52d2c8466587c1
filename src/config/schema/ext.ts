/** External authorization and processing services. */

import { beyondDefault } from './beyond.ts';
import { serviceRef, type ServiceRef } from './common.ts';
import { orConditional, type Conditional } from './conditional.ts';
import { helperPolicies, type HelperPolicies } from './connect.ts';
import { listOf, mapOf, literals, words } from './kit/collection.ts';
import { required, optional, defaulted } from './kit/field.ts';
import { headerName, headerOrPseudo, hostPort } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text, name, cel, bool, duration, integer, type CelText } from './kit/scalar.ts';
import { union } from './kit/union.ts';
import { failureMode, type FailureMode } from './limits.ts';

/** Refuses with a status. */
interface DenyWithStatus {
  readonly denyWithStatus: number;
}

const denyWithStatus: Schema<DenyWithStatus> = object<DenyWithStatus>('DenyWithStatus', 'Refuses with a status.', {
  denyWithStatus: required(integer(0, 65_535), 'The status.'),
});

/** Let through, refuse, or refuse with a status. */
type ExtAuthzFailureMode = 'allow' | 'deny' | DenyWithStatus;

const extAuthzFailureMode: Schema<ExtAuthzFailureMode> = union(literals('allow', 'deny'), denyWithStatus);

/** Authorization over gRPC. */
interface ExtAuthzGrpc {
  readonly context?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, CelText>>;
}

const extAuthzGrpc: Schema<ExtAuthzGrpc> = object<ExtAuthzGrpc>('ExtAuthzGrpc', 'Authorization over gRPC.', {
  context: optional(mapOf(text), 'Fixed facts to send.'),
  metadata: optional(mapOf(cel), 'Computed facts to send.'),
});

/** Authorization over HTTP. */
interface ExtAuthzHttp {
  readonly path?: CelText;
  readonly redirect?: CelText;
  readonly body?: CelText;
  readonly includeResponseHeaders: readonly string[];
  readonly addRequestHeaders: Readonly<Record<string, CelText>>;
  readonly metadata: Readonly<Record<string, CelText>>;
}

const extAuthzHttp: Schema<ExtAuthzHttp> = object<ExtAuthzHttp>('ExtAuthzHttp', 'Authorization over HTTP.', {
  path: optional(cel, 'Computes the path to ask.'),
  redirect: optional(cel, 'Computes where a refused browser is sent.'),
  body: optional(cel, 'Computes the body to send.'),
  includeResponseHeaders: defaulted(listOf(headerName), [], 'Headers of the answer that go to the backend.'),
  addRequestHeaders: defaulted(mapOf(cel, headerOrPseudo), {}, 'Computed headers to send.'),
  metadata: defaulted(mapOf(cel), {}, 'Values of the answer that later expressions can read.'),
});

/** The kinds of {@link ExtAuthzProtocol}. */
interface ExtAuthzProtocolKinds {
  readonly grpc: ExtAuthzGrpc;
  readonly http: ExtAuthzHttp;
}

/** How an authorization service is asked. */
type ExtAuthzProtocol = OneOf<ExtAuthzProtocolKinds>;

const extAuthzProtocol: Schema<ExtAuthzProtocol> = oneOfKeys<ExtAuthzProtocolKinds>(
  'ExtAuthzProtocol',
  'How an authorization service is asked.',
  {
    grpc: required(extAuthzGrpc, "Envoy's gRPC protocol."),
    http: required(extAuthzHttp, 'A plain HTTP request.'),
  },
  {},
);

/** The body shown to an authorization service. */
interface ExtAuthzBody {
  readonly maxRequestBytes: number;
  readonly allowPartialMessage: boolean;
  readonly packAsBytes: boolean;
}

const extAuthzBody: Schema<ExtAuthzBody> = object<ExtAuthzBody>(
  'ExtAuthzBody',
  'The body shown to an authorization service.',
  {
    maxRequestBytes: defaulted(integer(0, 4294967295), 0, 'Largest part to send.'),
    allowPartialMessage: defaulted(bool, false, 'Whether a part is enough.'),
    packAsBytes: defaulted(bool, false, 'Send it as bytes, not as text.'),
  },
);

/** Cache of authorization answers. */
interface ExtAuthzCache {
  readonly key: readonly CelText[];
  readonly ttl: CelText;
  readonly maxEntries: number;
}

const extAuthzCache: Schema<ExtAuthzCache> = object<ExtAuthzCache>('ExtAuthzCache', 'Cache of authorization answers.', {
  key: required(listOf(cel), 'Computes what answers are kept by.'),
  ttl: required(cel, 'Computes how long an answer is kept.'),
  maxEntries: defaulted(integer(0), 10000, 'Most answers kept.'),
});

/** The kinds of {@link ExtAuthz}. */
interface ExtAuthzKinds {
  readonly service: ServiceRef;
  readonly host: string;
  readonly backend: string;
}

/** What every {@link ExtAuthz} may have. */
interface ExtAuthzCommon {
  readonly policies?: HelperPolicies;
  readonly protocol: ExtAuthzProtocol;
  readonly failureMode: ExtAuthzFailureMode;
  readonly includeRequestHeaders: readonly string[];
  readonly includeRequestBody?: ExtAuthzBody;
  readonly cache?: ExtAuthzCache;
}

/** Asks a service whether a request may go on. */
export type ExtAuthz = OneOf<ExtAuthzKinds, ExtAuthzCommon>;

export const extAuthz: Schema<ExtAuthz> = oneOfKeys<ExtAuthzKinds, ExtAuthzCommon>(
  'ExtAuthz',
  'Asks a service whether a request may go on.',
  {
    service: required(serviceRef, 'From the services list.'),
    host: required(hostPort, 'By host and port.'),
    backend: required(name, 'As a named backend.'),
  },
  {
    policies: optional(helperPolicies, 'Policies of the requests to it.'),
    protocol: defaulted(extAuthzProtocol, { grpc: {} }, 'How it is asked.'),
    failureMode: defaulted(extAuthzFailureMode, 'deny', 'What happens when it fails.'),
    includeRequestHeaders: defaulted(
      listOf(headerOrPseudo),
      [],
      'Request headers to show it; all for gRPC when empty.',
    ),
    includeRequestBody: optional(extAuthzBody, 'Whether to show it the body.'),
    cache: optional(extAuthzCache, 'Cache of its answers.'),
  },
);

/** One authorization service, or the first whose condition holds. */
export type ExtAuthzPolicy = ExtAuthz | Conditional<ExtAuthz>;

export const extAuthzPolicy: Schema<ExtAuthzPolicy> = orConditional('ExtAuthz', extAuthz);

/** How a body is shown. */
type BodySendMode = 'none' | 'buffered' | 'bufferedPartial' | 'fullDuplexStreamed' | 'streamed';

const bodySendMode: Schema<BodySendMode> = words(
  ['none', 'buffered', 'bufferedPartial', 'fullDuplexStreamed'],
  ['streamed'],
);

/** Whether headers or trailers are shown. */
type SendMode = 'send' | 'skip';

const sendMode: Schema<SendMode> = literals('send', 'skip');

/** What a processing service is shown. */
interface ProcessingOptions {
  readonly requestBodyMode: BodySendMode;
  readonly responseBodyMode: BodySendMode;
  readonly requestHeaderMode: SendMode;
  readonly responseHeaderMode: SendMode;
  readonly requestTrailerMode: SendMode;
  readonly responseTrailerMode: SendMode;
  readonly allowModeOverride: boolean;
}

const processingOptions: Schema<ProcessingOptions> = object<ProcessingOptions>(
  'ProcessingOptions',
  'What a processing service is shown.',
  {
    requestBodyMode: defaulted(bodySendMode, 'fullDuplexStreamed', "The request's body."),
    responseBodyMode: defaulted(bodySendMode, 'fullDuplexStreamed', "The response's body."),
    requestHeaderMode: defaulted(sendMode, 'send', "The request's headers."),
    responseHeaderMode: defaulted(sendMode, 'send', "The response's headers."),
    requestTrailerMode: defaulted(sendMode, 'send', "The request's trailers."),
    responseTrailerMode: defaulted(sendMode, 'send', "The response's trailers."),
    allowModeOverride: defaulted(bool, false, 'Whether it may change these itself.'),
  },
);

/** The kinds of {@link ExtProc}. */
interface ExtProcKinds {
  readonly service: ServiceRef;
  readonly host: string;
  readonly backend: string;
}

/** What every {@link ExtProc} may have. */
interface ExtProcCommon {
  readonly policies?: HelperPolicies;
  readonly failureMode: FailureMode;
  readonly metadataContext?: Readonly<Record<string, Readonly<Record<string, CelText>>>>;
  readonly requestAttributes?: Readonly<Record<string, CelText>>;
  readonly responseAttributes?: Readonly<Record<string, CelText>>;
  readonly processingOptions: ProcessingOptions;
  readonly messageTimeout: number;
  readonly maxMessageTimeout: number;
}

/** Shows requests and responses to a service that may change them. */
export type ExtProc = OneOf<ExtProcKinds, ExtProcCommon>;

const extProc: Schema<ExtProc> = oneOfKeys<ExtProcKinds, ExtProcCommon>(
  'ExtProc',
  'Shows requests and responses to a service that may change them.',
  {
    service: required(serviceRef, 'From the services list.'),
    host: required(hostPort, 'By host and port.'),
    backend: required(name, 'As a named backend.'),
  },
  {
    policies: optional(helperPolicies, 'Policies of the requests to it.'),
    failureMode: defaulted(failureMode, 'failClosed', 'What happens when it fails.'),
    metadataContext: optional(mapOf(mapOf(cel)), 'Computed metadata, by namespace.'),
    requestAttributes: optional(mapOf(cel), 'Computed attributes of requests.'),
    responseAttributes: optional(mapOf(cel), 'Computed attributes of responses.'),
    processingOptions: defaulted(processingOptions, {}, 'What it is shown.'),
    messageTimeout: beyondDefault('routes[].policies.extProc.messageTimeout', duration),
    maxMessageTimeout: beyondDefault('routes[].policies.extProc.maxMessageTimeout', duration),
  },
);

/** One processing service, or the first whose condition holds. */
export type ExtProcPolicy = ExtProc | Conditional<ExtProc>;

export const extProcPolicy: Schema<ExtProcPolicy> = orConditional('ExtProc', extProc);
