/** `envoy.service.ratelimit.v3.RateLimitService`: is this request within its limits? */

import { bytes, message, nested, repeated, signed, text, unsigned } from '../../../base/protobuf/message.ts';
import type { MessageType } from '../../../base/protobuf/message.ts';
import {
  duration,
  struct,
  unsignedValue,
  type ProtoStruct,
  type SecondsAndNanos,
} from '../../../base/protobuf/well-known.ts';
import type { GrpcMethod } from '../client.ts';
import { headerValue, type HeaderValue } from './core.ts';

/** Values of `envoy.type.v3.RateLimitUnit`, which a limit override has. */
export const overrideUnits = { unknown: 0, second: 1, minute: 2, hour: 3, day: 4, month: 5, year: 6 } as const;

/** Values of `RateLimitResponse.RateLimit.Unit`, which a reply has; the first seven are the same. */
export const limitUnits = { unknown: 0, second: 1, minute: 2, hour: 3, day: 4, month: 5, year: 6, week: 7 } as const;

/** Values of `RateLimitResponse.Code`. */
export const limitCodes = { unknown: 0, ok: 1, overLimit: 2 } as const;

export interface RateLimitEntry {
  readonly key?: string;
  readonly value?: string;
}

/** `envoy.extensions.common.ratelimit.v3.RateLimitDescriptor` */
export interface RateLimitDescriptor {
  readonly entries?: readonly RateLimitEntry[];
  /** Instead of the limit that the service has for it. */
  readonly limit?: { readonly requestsPerUnit?: number; readonly unit?: number };
  /** Instead of that of the whole request. */
  readonly hitsAddend?: { readonly value?: number };
}

export interface RateLimitRequest {
  readonly domain?: string;
  readonly descriptors?: readonly RateLimitDescriptor[];
  /** Absent or 0: one hit. */
  readonly hitsAddend?: number;
}

export interface DescriptorStatus {
  readonly code?: number;
  readonly currentLimit?: { readonly requestsPerUnit?: number; readonly unit?: number; readonly name?: string };
  readonly limitRemaining?: number;
  readonly durationUntilReset?: SecondsAndNanos;
}

export interface RateLimitResponse {
  readonly overallCode?: number;
  /** One for each descriptor, in their order. */
  readonly statuses?: readonly DescriptorStatus[];
  readonly responseHeadersToAdd?: readonly HeaderValue[];
  readonly requestHeadersToAdd?: readonly HeaderValue[];
  /** For the client of a request that is refused. */
  readonly rawBody?: Uint8Array;
  readonly dynamicMetadata?: ProtoStruct;
}

const entry: MessageType<RateLimitEntry> = message<RateLimitEntry>(
  'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry',
  { key: text(1), value: text(2) },
);

const override: MessageType<NonNullable<RateLimitDescriptor['limit']>> = message(
  'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.RateLimitOverride',
  { requestsPerUnit: unsigned(1), unit: signed(2) },
);

const descriptor: MessageType<RateLimitDescriptor> = message<RateLimitDescriptor>(
  'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor',
  { entries: repeated(nested(1, entry)), limit: nested(2, override), hitsAddend: nested(3, unsignedValue) },
);

export const rateLimitRequest: MessageType<RateLimitRequest> = message<RateLimitRequest>(
  'envoy.service.ratelimit.v3.RateLimitRequest',
  { domain: text(1), descriptors: repeated(nested(2, descriptor)), hitsAddend: unsigned(3) },
);

const currentLimit: MessageType<NonNullable<DescriptorStatus['currentLimit']>> = message(
  'envoy.service.ratelimit.v3.RateLimitResponse.RateLimit',
  { requestsPerUnit: unsigned(1), unit: signed(2), name: text(3) },
);

const status: MessageType<DescriptorStatus> = message<DescriptorStatus>(
  'envoy.service.ratelimit.v3.RateLimitResponse.DescriptorStatus',
  {
    code: signed(1),
    currentLimit: nested(2, currentLimit),
    limitRemaining: unsigned(3),
    durationUntilReset: nested(4, duration),
  },
);

export const rateLimitResponse: MessageType<RateLimitResponse> = message<RateLimitResponse>(
  'envoy.service.ratelimit.v3.RateLimitResponse',
  {
    overallCode: signed(1),
    statuses: repeated(nested(2, status)),
    responseHeadersToAdd: repeated(nested(3, headerValue)),
    requestHeadersToAdd: repeated(nested(4, headerValue)),
    rawBody: bytes(5),
    dynamicMetadata: nested(6, struct),
  },
);

/** Is this request within its limits? */
export const shouldRateLimit: GrpcMethod<RateLimitRequest, RateLimitResponse> = {
  path: '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit',
  request: rateLimitRequest,
  reply: rateLimitResponse,
};
