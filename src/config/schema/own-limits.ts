/** Stores of limits, limits by descriptor and limits of concurrency; all of it is Waygate's own. */

import { listOf, literals } from './kit/collection.ts';
import { defaulted, optional, required } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { bool, cel, duration, integer, secretText, text, type CelText } from './kit/scalar.ts';
import { lazy, union } from './kit/union.ts';

/** What happens while a store does not answer. */
type StoreFailureMode = 'failClosed' | 'failOpen' | 'failLocal';

const storeFailureMode: Schema<StoreFailureMode> = literals('failClosed', 'failOpen', 'failLocal');

/** A Redis or Valkey that holds buckets. */
interface LimitStoreObject {
  readonly url: string;
  readonly timeout: number;
  readonly failureMode: StoreFailureMode;
}

const limitStoreObject: Schema<LimitStoreObject> = object<LimitStoreObject>(
  'LimitStore',
  'A Redis or Valkey that holds buckets.',
  {
    url: required(
      secretText,
      'Where it is: redis://user:password@host:6379/0, or redis+cluster://user:password@host1:6379,host2:6379 for a cluster; rediss:// and rediss+cluster:// for TLS.',
    ),
    timeout: defaulted(duration, '50ms', 'How long it may take to answer.'),
    failureMode: defaulted(
      storeFailureMode,
      'failClosed',
      'What happens when it does not: requests are refused, let through, or counted in this process.',
    ),
  },
);

/** A store by its URL, or with its settings. */
export type LimitStore = string | LimitStoreObject;

export const limitStore: Schema<LimitStore> = union(secretText, limitStoreObject);

/** A Redis or Valkey that keeps limits by descriptor. */
interface DescriptorStoreObject {
  readonly url: string;
  readonly timeout: number;
}

const descriptorStoreObject: Schema<DescriptorStoreObject> = object<DescriptorStoreObject>(
  'DescriptorStore',
  'A Redis or Valkey that keeps limits by descriptor.',
  {
    url: required(secretText, 'Where it is, as that of localRateLimit.'),
    timeout: defaulted(duration, '50ms', 'How long it may take to answer.'),
  },
);

/** A store by its URL, or with its settings. */
export type DescriptorStore = string | DescriptorStoreObject;

export const descriptorStore: Schema<DescriptorStore> = union(secretText, descriptorStoreObject);

/** For how long a limit counts. */
export type DescriptorUnit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/** How much is allowed. */
interface DescriptorRate {
  readonly unit?: DescriptorUnit;
  readonly requestsPerUnit?: number;
  readonly unlimited: boolean;
}

const descriptorRate: Schema<DescriptorRate> = object<DescriptorRate>(
  'DescriptorRate',
  'How much is allowed.',
  {
    unit: optional(literals('second', 'minute', 'hour', 'day', 'week', 'month', 'year'), 'For how long it counts.'),
    requestsPerUnit: optional(integer(0), 'Requests, or tokens, in that time.'),
    unlimited: defaulted(bool, false, 'There is no limit.'),
  },
  { aliases: { requests_per_unit: 'requestsPerUnit' } },
);

/** The limit of descriptors that begin with this entry, as the configuration of envoyproxy/ratelimit has it. */
export interface DescriptorLimit {
  readonly key: string;
  readonly value?: string;
  readonly rateLimit?: DescriptorRate;
  readonly descriptors: readonly DescriptorLimit[];
}

export const descriptorLimit: Schema<DescriptorLimit> = object<DescriptorLimit>(
  'DescriptorLimit',
  'The limit of descriptors that begin with this entry, as the configuration of envoyproxy/ratelimit has it.',
  {
    key: required(text, 'Of the entry.'),
    value: optional(text, 'Of the entry; without it, every value that is not named has a limit of its own.'),
    rateLimit: optional(descriptorRate, 'The limit of descriptors that end here.'),
    descriptors: defaulted(listOf(lazy(() => descriptorLimit)), [], 'Of descriptors that go on, by their next entry.'),
  },
  { aliases: { rate_limit: 'rateLimit' } },
);

/** Most keys that a limit can be told to remember. */
export const mostKeys = 10_000_000;

/** Requests that wait for their turn. */
interface ConcurrencyQueue {
  readonly max: number;
  readonly timeout: number;
  readonly priority?: CelText;
}

const concurrencyQueue: Schema<ConcurrencyQueue> = object<ConcurrencyQueue>(
  'ConcurrencyQueue',
  'Requests that wait for their turn.',
  {
    max: required(integer(1, 1_000_000), 'Most that wait at once, for each key.'),
    timeout: defaulted(duration, '1s', 'How long they wait before they are refused.'),
    priority: optional(cel, 'Computes a number: the highest comes first, then who waits longest; 0 where it fails.'),
  },
);

/** How many requests may be under way at once. */
export interface Concurrency {
  readonly max: number;
  readonly key?: CelText;
  readonly maxKeys: number;
  readonly queue?: ConcurrencyQueue;
}

export const concurrency: Schema<Concurrency> = object<Concurrency>(
  'Concurrency',
  'How many requests may be under way at once.',
  {
    max: required(integer(1, 1_000_000), 'Most at once.'),
    key: optional(cel, 'Tells requests apart: the limit holds for each value. Those for which it fails share one.'),
    maxKeys: defaulted(integer(1, mostKeys), 10_000, 'About how many keys are told apart at once.'),
    queue: optional(concurrencyQueue, 'Requests that wait for their turn; nobody waits when absent.'),
  },
);
