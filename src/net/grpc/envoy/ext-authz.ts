/** `envoy.service.auth.v3.Authorization`: may this request go on? */

import { bytes, mapOf, message, nested, oneOf, repeated, signed, text } from '../../../base/protobuf/message.ts';
import type { MessageType } from '../../../base/protobuf/message.ts';
import { struct, timestamp, type ProtoStruct, type SecondsAndNanos } from '../../../base/protobuf/well-known.ts';
import type { GrpcMethod } from '../client.ts';
import {
  address,
  headerMap,
  headerValueOption,
  httpStatus,
  metadata,
  queryParameter,
  rpcStatus,
  type Address,
  type HeaderMap,
  type HeaderValueOption,
  type HttpStatus,
  type Metadata,
  type QueryParameter,
  type RpcStatus,
} from './core.ts';

/** One end of the client's connection. */
export interface AuthPeer {
  readonly address?: Address;
  readonly service?: string;
  readonly labels?: ReadonlyMap<string, string>;
  readonly principal?: string;
  readonly certificate?: string;
}

export interface AuthHttpRequest {
  readonly id?: string;
  readonly method?: string;
  readonly headers?: ReadonlyMap<string, string>;
  readonly headerMap?: HeaderMap;
  /** With the query. */
  readonly path?: string;
  readonly host?: string;
  readonly scheme?: string;
  readonly query?: string;
  readonly fragment?: string;
  /** Bytes of the body; -1 when it is not known. */
  readonly size?: number;
  readonly protocol?: string;
  readonly body?: string;
  readonly rawBody?: Uint8Array;
}

export interface AttributeContext {
  readonly source?: AuthPeer;
  readonly destination?: AuthPeer;
  readonly request?: { readonly time?: SecondsAndNanos; readonly http?: AuthHttpRequest };
  readonly contextExtensions?: ReadonlyMap<string, string>;
  readonly metadataContext?: Metadata;
  readonly tlsSession?: { readonly sni?: string };
  readonly routeMetadataContext?: Metadata;
}

export interface CheckRequest {
  readonly attributes?: AttributeContext;
}

export interface DeniedHttpResponse {
  readonly status?: HttpStatus;
  readonly headers?: readonly HeaderValueOption[];
  readonly body?: string;
}

export interface OkHttpResponse {
  readonly headers?: readonly HeaderValueOption[];
  /** Where services said it before the field of {@link CheckResponse}. */
  readonly dynamicMetadata?: ProtoStruct;
  readonly headersToRemove?: readonly string[];
  readonly responseHeadersToAdd?: readonly HeaderValueOption[];
  readonly queryParametersToSet?: readonly QueryParameter[];
  readonly queryParametersToRemove?: readonly string[];
}

export interface CheckResponse {
  readonly status?: RpcStatus;
  readonly deniedResponse?: DeniedHttpResponse;
  readonly okResponse?: OkHttpResponse;
  readonly dynamicMetadata?: ProtoStruct;
  readonly errorResponse?: DeniedHttpResponse;
}

const peer: MessageType<AuthPeer> = message<AuthPeer>('envoy.service.auth.v3.AttributeContext.Peer', {
  address: nested(1, address),
  service: text(2),
  labels: mapOf(3, text(2)),
  principal: text(4),
  certificate: text(5),
});

const httpRequest: MessageType<AuthHttpRequest> = message<AuthHttpRequest>(
  'envoy.service.auth.v3.AttributeContext.HttpRequest',
  {
    id: text(1),
    method: text(2),
    headers: mapOf(3, text(2)),
    headerMap: nested(13, headerMap),
    path: text(4),
    host: text(5),
    scheme: text(6),
    query: text(7),
    fragment: text(8),
    size: signed(9),
    protocol: text(10),
    body: text(11),
    rawBody: bytes(12),
  },
);

const request: MessageType<NonNullable<AttributeContext['request']>> = message(
  'envoy.service.auth.v3.AttributeContext.Request',
  { time: nested(1, timestamp), http: nested(2, httpRequest) },
);

const tlsSession: MessageType<{ readonly sni?: string }> = message(
  'envoy.service.auth.v3.AttributeContext.TLSSession',
  { sni: text(1) },
);

const attributeContext: MessageType<AttributeContext> = message<AttributeContext>(
  'envoy.service.auth.v3.AttributeContext',
  {
    source: nested(1, peer),
    destination: nested(2, peer),
    request: nested(4, request),
    contextExtensions: mapOf(10, text(2)),
    metadataContext: nested(11, metadata),
    tlsSession: nested(12, tlsSession),
    routeMetadataContext: nested(13, metadata),
  },
);

export const checkRequest: MessageType<CheckRequest> = message<CheckRequest>('envoy.service.auth.v3.CheckRequest', {
  attributes: nested(1, attributeContext),
});

const denied: MessageType<DeniedHttpResponse> = message<DeniedHttpResponse>(
  'envoy.service.auth.v3.DeniedHttpResponse',
  { status: nested(1, httpStatus), headers: repeated(nested(2, headerValueOption)), body: text(3) },
);

const ok: MessageType<OkHttpResponse> = message<OkHttpResponse>('envoy.service.auth.v3.OkHttpResponse', {
  headers: repeated(nested(2, headerValueOption)),
  dynamicMetadata: nested(3, struct),
  headersToRemove: repeated(text(5)),
  responseHeadersToAdd: repeated(nested(6, headerValueOption)),
  queryParametersToSet: repeated(nested(7, queryParameter)),
  queryParametersToRemove: repeated(text(8)),
});

export const checkResponse: MessageType<CheckResponse> = message<CheckResponse>('envoy.service.auth.v3.CheckResponse', {
  status: nested(1, rpcStatus),
  deniedResponse: oneOf('http_response', nested(2, denied)),
  okResponse: oneOf('http_response', nested(3, ok)),
  dynamicMetadata: nested(4, struct),
  errorResponse: oneOf('http_response', nested(5, denied)),
});

/** May this request go on? */
export const check: GrpcMethod<CheckRequest, CheckResponse> = {
  path: '/envoy.service.auth.v3.Authorization/Check',
  request: checkRequest,
  reply: checkResponse,
};
