import type { Expression } from '../model.ts';
import type { HelperTarget } from './helper.ts';

/** What a limit counts: requests, or tokens that LLM calls read and write. */
export type LimitUnit = 'requests' | 'tokens';

/** Where the requests of a limit are told apart. */
export interface LimitKeySpec {
  /** Yields a text; requests for which it fails count as one key. */
  readonly expression: Expression;
  /** Keys that have numbers of their own at once; beyond them some keys share. */
  readonly most: number;
}

/** A token bucket, or one for each key. All limits of a list apply. */
export interface LocalRateLimitSpec {
  /** Names it in the process and in its store, over reloads. */
  readonly id: string;
  readonly type: LimitUnit;
  readonly maxTokens: number;
  readonly tokensPerFill: number;
  readonly fillIntervalMs: number;
  readonly key?: LimitKeySpec;
  /** Of tokens: what is taken before a call is made: what it reads, or also the most that it may write. */
  readonly reserve: 'input' | 'all';
  /** Absent: in the memory of this process. */
  readonly store?: LimitStoreSpec;
}

/** A Redis or Valkey that several gateways share. */
export interface LimitStoreSpec {
  /** May hold a password. */
  readonly url: string;
  readonly timeoutMs: number;
  /** When it does not answer: refuse, let through, or count in this process. */
  readonly failureMode: 'failClosed' | 'failOpen' | 'failLocal';
}

/** Limits by descriptor: kept by a rate limit service that speaks Envoy's protocol, or by those of the file in a store. */
export type RemoteRateLimitSpec = {
  readonly domain: string;
  readonly descriptors: readonly RateLimitDescriptorSpec[];
  readonly failureMode: 'failClosed' | 'failOpen';
} & (
  | { readonly target: HelperTarget; readonly stored?: undefined }
  | { readonly stored: StoredLimitsSpec; readonly target?: undefined }
);

/** Limits of the file that count in a Redis or Valkey. */
export interface StoredLimitsSpec {
  readonly store: LimitStoreSpec;
  readonly limits: readonly DescriptorLimitSpec[];
}

/** What descriptors may that have this entry at this depth. */
export interface DescriptorLimitSpec {
  readonly key: string;
  /** Absent: every value that is not named, each by itself. */
  readonly value?: string;
  /** Of those that end here; absent: none is theirs. */
  readonly limit?: DescriptorRateSpec;
  /** By the next entry. */
  readonly descriptors: readonly DescriptorLimitSpec[];
}

/** So many requests, or tokens, in each span of time. */
export interface DescriptorRateSpec {
  readonly requests: number;
  readonly unitMs: number;
}

/** What a rate limit service is told of a request. It is left out where one of its expressions fails. */
export interface RateLimitDescriptorSpec {
  readonly entries: readonly { readonly key: string; readonly value: Expression }[];
  readonly type: LimitUnit;
  /** How many requests, or tokens, this one counts as. */
  readonly cost?: Expression;
  /** Yields `{unit, requestsPerUnit}`. */
  readonly limitOverride?: Expression;
}

/** How many requests may be under way at once. */
export interface ConcurrencySpec {
  /** Names it in the process, over reloads. */
  readonly id: string;
  readonly max: number;
  readonly key?: LimitKeySpec;
  /** Absent: nobody waits. */
  readonly queue?: {
    /** Most that wait at once, for each key. */
    readonly max: number;
    readonly timeoutMs: number;
    /** Yields a number: the highest comes first; 0 where it fails. */
    readonly priority?: Expression;
  };
}
