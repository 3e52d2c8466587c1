/** `envoy.service.ext_proc.v3.ExternalProcessor`: a service that sees and changes requests and responses. */

import {
  bool,
  bytes,
  mapOf,
  message,
  nested,
  oneOf,
  repeated,
  signed,
  text,
  unsigned,
} from '../../../base/protobuf/message.ts';
import type { MessageType } from '../../../base/protobuf/message.ts';
import { duration, struct, type ProtoStruct, type SecondsAndNanos } from '../../../base/protobuf/well-known.ts';
import type { GrpcMethod } from '../client.ts';
import {
  headerMap,
  headerValueOption,
  httpStatus,
  metadata,
  type HeaderMap,
  type HeaderValueOption,
  type HttpStatus,
  type Metadata,
} from './core.ts';

/** Values of `ProcessingMode.HeaderSendMode`. */
export const headerSendModes = { default: 0, send: 1, skip: 2 } as const;

/** Values of `ProcessingMode.BodySendMode`. */
export const bodySendModes = { none: 0, streamed: 1, buffered: 2, bufferedPartial: 3, fullDuplexStreamed: 4 } as const;

/** Values of `CommonResponse.ResponseStatus`. */
export const responseStatuses = { continue: 0, continueAndReplace: 1 } as const;

/** `envoy.extensions.filters.http.ext_proc.v3.ProcessingMode` */
export interface ProcessingMode {
  readonly requestHeaderMode?: number;
  readonly responseHeaderMode?: number;
  readonly requestBodyMode?: number;
  readonly responseBodyMode?: number;
  readonly requestTrailerMode?: number;
  readonly responseTrailerMode?: number;
}

export interface ProcHeaders {
  readonly headers?: HeaderMap;
  readonly endOfStream?: boolean;
}

export interface ProcBody {
  readonly body?: Uint8Array;
  readonly endOfStream?: boolean;
}

export interface ProcTrailers {
  readonly trailers?: HeaderMap;
}

export interface ProcessingRequest {
  readonly requestHeaders?: ProcHeaders;
  readonly responseHeaders?: ProcHeaders;
  readonly requestBody?: ProcBody;
  readonly responseBody?: ProcBody;
  readonly requestTrailers?: ProcTrailers;
  readonly responseTrailers?: ProcTrailers;
  readonly metadataContext?: Metadata;
  readonly attributes?: ReadonlyMap<string, ProtoStruct>;
  /** True: the service only watches. */
  readonly observabilityMode?: boolean;
  /** In the first message only. */
  readonly protocolConfig?: {
    readonly requestBodyMode?: number;
    readonly responseBodyMode?: number;
    readonly sendBodyWithoutWaitingForHeaderResponse?: boolean;
  };
}

export interface HeaderMutation {
  readonly setHeaders?: readonly HeaderValueOption[];
  readonly removeHeaders?: readonly string[];
}

export interface BodyMutation {
  readonly body?: Uint8Array;
  readonly clearBody?: boolean;
  readonly streamedResponse?: ProcBody;
}

export interface CommonResponse {
  readonly status?: number;
  readonly headerMutation?: HeaderMutation;
  readonly bodyMutation?: BodyMutation;
  readonly trailers?: HeaderMap;
  readonly clearRouteCache?: boolean;
}

/** Of headers and of bodies. */
export interface PartResponse {
  readonly response?: CommonResponse;
}

export interface TrailersResponse {
  readonly headerMutation?: HeaderMutation;
}

export interface ImmediateResponse {
  readonly status?: HttpStatus;
  readonly headers?: HeaderMutation;
  readonly body?: Uint8Array;
  readonly grpcStatus?: { readonly status?: number };
  readonly details?: string;
}

export interface StreamedImmediateResponse {
  readonly headersResponse?: ProcHeaders;
  readonly bodyResponse?: ProcBody;
  readonly trailersResponse?: HeaderMap;
}

export interface ProcessingResponse {
  readonly requestHeaders?: PartResponse;
  readonly responseHeaders?: PartResponse;
  readonly requestBody?: PartResponse;
  readonly responseBody?: PartResponse;
  readonly requestTrailers?: TrailersResponse;
  readonly responseTrailers?: TrailersResponse;
  readonly immediateResponse?: ImmediateResponse;
  readonly streamedImmediateResponse?: StreamedImmediateResponse;
  readonly dynamicMetadata?: ProtoStruct;
  readonly modeOverride?: ProcessingMode;
  readonly overrideMessageTimeout?: SecondsAndNanos;
  readonly requestDrain?: boolean;
}

const procHeaders: MessageType<ProcHeaders> = message<ProcHeaders>('envoy.service.ext_proc.v3.HttpHeaders', {
  headers: nested(1, headerMap),
  endOfStream: bool(3),
});

/** `HttpBody` and `StreamedBodyResponse`, which agree in these fields. */
const procBody: MessageType<ProcBody> = message<ProcBody>('envoy.service.ext_proc.v3.HttpBody', {
  body: bytes(1),
  endOfStream: bool(2),
});

const procTrailers: MessageType<ProcTrailers> = message<ProcTrailers>('envoy.service.ext_proc.v3.HttpTrailers', {
  trailers: nested(1, headerMap),
});

const protocolConfig: MessageType<NonNullable<ProcessingRequest['protocolConfig']>> = message(
  'envoy.service.ext_proc.v3.ProtocolConfiguration',
  { requestBodyMode: signed(1), responseBodyMode: signed(2), sendBodyWithoutWaitingForHeaderResponse: bool(3) },
);

export const processingRequest: MessageType<ProcessingRequest> = message<ProcessingRequest>(
  'envoy.service.ext_proc.v3.ProcessingRequest',
  {
    requestHeaders: oneOf('request', nested(2, procHeaders)),
    responseHeaders: oneOf('request', nested(3, procHeaders)),
    requestBody: oneOf('request', nested(4, procBody)),
    responseBody: oneOf('request', nested(5, procBody)),
    requestTrailers: oneOf('request', nested(6, procTrailers)),
    responseTrailers: oneOf('request', nested(7, procTrailers)),
    metadataContext: nested(8, metadata),
    attributes: mapOf(9, nested(2, struct)),
    observabilityMode: bool(10),
    protocolConfig: nested(11, protocolConfig),
  },
);

const headerMutation: MessageType<HeaderMutation> = message<HeaderMutation>(
  'envoy.service.ext_proc.v3.HeaderMutation',
  { setHeaders: repeated(nested(1, headerValueOption)), removeHeaders: repeated(text(2)) },
);

const bodyMutation: MessageType<BodyMutation> = message<BodyMutation>('envoy.service.ext_proc.v3.BodyMutation', {
  body: oneOf('mutation', bytes(1)),
  clearBody: oneOf('mutation', bool(2)),
  streamedResponse: oneOf('mutation', nested(3, procBody)),
});

const commonResponse: MessageType<CommonResponse> = message<CommonResponse>(
  'envoy.service.ext_proc.v3.CommonResponse',
  {
    status: signed(1),
    headerMutation: nested(2, headerMutation),
    bodyMutation: nested(3, bodyMutation),
    trailers: nested(4, headerMap),
    clearRouteCache: bool(5),
  },
);

const partResponse: MessageType<PartResponse> = message<PartResponse>('envoy.service.ext_proc.v3.HeadersResponse', {
  response: nested(1, commonResponse),
});

const trailersResponse: MessageType<TrailersResponse> = message<TrailersResponse>(
  'envoy.service.ext_proc.v3.TrailersResponse',
  { headerMutation: nested(1, headerMutation) },
);

const grpcStatus: MessageType<{ readonly status?: number }> = message('envoy.service.ext_proc.v3.GrpcStatus', {
  status: unsigned(1),
});

const immediateResponse: MessageType<ImmediateResponse> = message<ImmediateResponse>(
  'envoy.service.ext_proc.v3.ImmediateResponse',
  {
    status: nested(1, httpStatus),
    headers: nested(2, headerMutation),
    body: bytes(3),
    grpcStatus: nested(4, grpcStatus),
    details: text(5),
  },
);

const streamedImmediate: MessageType<StreamedImmediateResponse> = message<StreamedImmediateResponse>(
  'envoy.service.ext_proc.v3.StreamedImmediateResponse',
  {
    headersResponse: oneOf('response', nested(1, procHeaders)),
    bodyResponse: oneOf('response', nested(2, procBody)),
    trailersResponse: oneOf('response', nested(3, headerMap)),
  },
);

const processingMode: MessageType<ProcessingMode> = message<ProcessingMode>(
  'envoy.extensions.filters.http.ext_proc.v3.ProcessingMode',
  {
    requestHeaderMode: signed(1),
    responseHeaderMode: signed(2),
    requestBodyMode: signed(3),
    responseBodyMode: signed(4),
    requestTrailerMode: signed(5),
    responseTrailerMode: signed(6),
  },
);

export const processingResponse: MessageType<ProcessingResponse> = message<ProcessingResponse>(
  'envoy.service.ext_proc.v3.ProcessingResponse',
  {
    requestHeaders: oneOf('response', nested(1, partResponse)),
    responseHeaders: oneOf('response', nested(2, partResponse)),
    requestBody: oneOf('response', nested(3, partResponse)),
    responseBody: oneOf('response', nested(4, partResponse)),
    requestTrailers: oneOf('response', nested(5, trailersResponse)),
    responseTrailers: oneOf('response', nested(6, trailersResponse)),
    immediateResponse: oneOf('response', nested(7, immediateResponse)),
    streamedImmediateResponse: oneOf('response', nested(11, streamedImmediate)),
    dynamicMetadata: nested(8, struct),
    modeOverride: nested(9, processingMode),
    overrideMessageTimeout: nested(10, duration),
    requestDrain: bool(12),
  },
);

/** One stream for each exchange. */
export const process: GrpcMethod<ProcessingRequest, ProcessingResponse> = {
  path: '/envoy.service.ext_proc.v3.ExternalProcessor/Process',
  request: processingRequest,
  reply: processingResponse,
};
