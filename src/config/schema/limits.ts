/** Rate limits, buffers, time limits, retries and delays. */

import { retryBudget, type RetryBudget } from './balancing.ts';
import { beyond, beyondDefault, row } from './beyond.ts';
import { serviceRef, type ServiceRef } from './common.ts';
import { orConditional, conditionalOf, type Conditional } from './conditional.ts';
import { helperPolicies, type HelperPolicies } from './connect.ts';
import { listOf, literals } from './kit/collection.ts';
import { required, optional, defaulted, own as ownField } from './kit/field.ts';
import { hostPort } from './kit/net.ts';
import {
  descriptorLimit,
  descriptorStore,
  limitStore,
  mostKeys,
  type DescriptorLimit,
  type DescriptorStore,
  type LimitStore,
} from './own-limits.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text, name, cel, duration, integer, status, type CelText } from './kit/scalar.ts';
import { union } from './kit/union.ts';

/** Whether a failing helper refuses or lets through. */
export type FailureMode = 'failClosed' | 'failOpen';

export const failureMode: Schema<FailureMode> = literals('failClosed', 'failOpen');

/** As {@link FailureMode}, with the older capitalised spellings. */
type RemoteFailureMode = FailureMode | 'FailClosed' | 'FailOpen';

const remoteFailureMode: Schema<RemoteFailureMode> = literals('failClosed', 'failOpen', 'FailClosed', 'FailOpen');

/** What a limit counts. */
type RateLimitType = 'requests' | 'tokens';

const rateLimitType: Schema<RateLimitType> = literals('requests', 'tokens');

/** A token bucket in this process. */
export interface RateLimit {
  readonly maxTokens: number;
  readonly tokensPerFill: number;
  readonly fillInterval: number;
  readonly type: RateLimitType;
  readonly key?: CelText;
  readonly maxKeys: number;
  readonly reserve: 'input' | 'all';
  readonly store?: LimitStore;
}

const own = 'routes[].policies.localRateLimit[]';

export const rateLimit: Schema<RateLimit> = object<RateLimit>('RateLimit', 'A token bucket in this process.', {
  maxTokens: defaulted(integer(0), 0, 'Size of the bucket.'),
  tokensPerFill: defaulted(integer(0), 0, 'Tokens added at every fill.'),
  fillInterval: required(duration, 'Time between fills.'),
  type: defaulted(rateLimitType, 'requests', 'What a token stands for.'),
  key: beyond(`${own}.key`, cel),
  maxKeys: beyondDefault(`${own}.maxKeys`, integer(1, mostKeys)),
  reserve: beyondDefault(`${own}.reserve`, literals('input', 'all')),
  store: beyond(`${own}.store`, limitStore),
});

/** Buckets that all apply, or the first whose condition holds. */
export type LocalRateLimitPolicy = readonly RateLimit[] | Conditional<RateLimit>;

export const localRateLimitPolicy: Schema<LocalRateLimitPolicy> = union(
  listOf(rateLimit),
  conditionalOf('RateLimit', rateLimit),
);

/** A part of a descriptor. */
interface DescriptorPart {
  readonly key: string;
  readonly value: CelText;
}

const descriptorPart: Schema<DescriptorPart> = object<DescriptorPart>(
  'DescriptorPart',
  'A part of a descriptor.',
  {
    key: required(text, 'Name of the part.'),
    value: required(cel, 'Computes its value.'),
  },
  { open: true },
);

/** A descriptor of a request. */
interface Descriptor {
  readonly entries: readonly DescriptorPart[];
  readonly type: RateLimitType;
  readonly cost?: CelText;
  readonly limitOverride?: CelText;
}

const descriptor: Schema<Descriptor> = object<Descriptor>('Descriptor', 'A descriptor of a request.', {
  entries: required(listOf(descriptorPart), 'Its parts.'),
  type: defaulted(rateLimitType, 'requests', 'What is counted.'),
  cost: optional(cel, 'Computes how much a request counts.'),
  limitOverride: optional(cel, 'Computes another limit.'),
});

/** The kinds of {@link RemoteRateLimit}. */
interface RemoteRateLimitKinds {
  readonly service: ServiceRef;
  readonly host: string;
  readonly backend: string;
  readonly store: DescriptorStore;
}

/** What every {@link RemoteRateLimit} may have. */
interface RemoteRateLimitCommon {
  readonly domain: string;
  readonly policies?: HelperPolicies;
  readonly descriptors: readonly Descriptor[];
  readonly failureMode: RemoteFailureMode;
  readonly limits?: readonly DescriptorLimit[];
}

const remote = 'routes[].policies.remoteRateLimit';

/** A rate limit service (Envoy's protocol). */
export type RemoteRateLimit = OneOf<RemoteRateLimitKinds, RemoteRateLimitCommon>;

export const remoteRateLimit: Schema<RemoteRateLimit> = oneOfKeys<RemoteRateLimitKinds, RemoteRateLimitCommon>(
  'RemoteRateLimit',
  "A rate limit service (Envoy's protocol).",
  {
    service: required(serviceRef, 'From the services list.'),
    host: required(hostPort, 'By host and port.'),
    backend: required(name, 'As a named backend.'),
    store: ownField(required(descriptorStore, row(`${remote}.store`).meaning)),
  },
  {
    domain: required(text, 'Domain of the limits.'),
    policies: optional(helperPolicies, 'Policies of the requests to it.'),
    descriptors: required(listOf(descriptor), 'What to send of each request.'),
    failureMode: defaulted(remoteFailureMode, 'failClosed', 'What happens when the service fails.'),
    limits: beyond(`${remote}.limits`, listOf(descriptorLimit)),
  },
);

/** One rate limit service, or the first whose condition holds. */
export type RemoteRateLimitPolicy = RemoteRateLimit | Conditional<RemoteRateLimit>;

export const remoteRateLimitPolicy: Schema<RemoteRateLimitPolicy> = orConditional('RemoteRateLimit', remoteRateLimit);

/** A body that is held. */
export interface BufferBody {
  readonly maxBytes?: number;
  readonly failureMode: FailureMode;
}

const bufferBody: Schema<BufferBody> = object<BufferBody>('BufferBody', 'A body that is held.', {
  maxBytes: optional(integer(0), 'Largest body in bytes.'),
  failureMode: defaulted(failureMode, 'failClosed', 'What happens above it.'),
});

/** Whole bodies are held before they go on. */
export interface BufferPolicy {
  readonly request?: BufferBody;
  readonly response?: BufferBody;
}

export const bufferPolicy: Schema<BufferPolicy> = object<BufferPolicy>(
  'BufferPolicy',
  'Whole bodies are held before they go on.',
  {
    request: optional(bufferBody, "The request's body."),
    response: optional(bufferBody, "The response's body."),
  },
);

/** Time limits. */
export interface Timeout {
  readonly requestTimeout?: number;
  readonly backendRequestTimeout?: number;
}

export const timeout: Schema<Timeout> = object<Timeout>('Timeout', 'Time limits.', {
  requestTimeout: optional(duration, 'Of the whole exchange.'),
  backendRequestTimeout: optional(duration, 'Of each try at a backend.'),
});

/** Sends a failed request again. */
export interface Retry {
  readonly attempts: number;
  readonly backoff?: number;
  readonly codes: readonly number[];
  readonly budget?: RetryBudget;
  readonly precondition?: CelText;
  readonly condition?: CelText;
}

export const retry: Schema<Retry> = object<Retry>('Retry', 'Sends a failed request again.', {
  attempts: defaulted(integer(1, 255), 1, 'Tries after the first.'),
  backoff: optional(duration, 'Pause before the next try.'),
  codes: required(listOf(status), 'Statuses that are tried again.'),
  budget: beyond('routes[].policies.retry.budget', retryBudget),
  precondition: optional(cel, 'No retry for requests for which this does not hold.'),
  condition: optional(cel, 'Responses for which this holds are tried again.'),
});

/** Waits before the request goes on. */
export interface Delay {
  readonly duration: CelText;
}

export const delay: Schema<Delay> = object<Delay>('Delay', 'Waits before the request goes on.', {
  duration: required(cel, 'Computes the time to wait.'),
});
