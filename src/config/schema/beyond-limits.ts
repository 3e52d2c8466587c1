import type { BeyondRow } from './beyond.ts';

const at = 'routes[].policies.localRateLimit[]';

/** What limits have beyond agentgateway. */
export const limitRows: readonly BeyondRow[] = [
  {
    path: `${at}.key`,
    type: 'CEL expression',
    initial: 'one bucket for all',
    meaning:
      'Tells requests apart: each value has a bucket of its own. Requests for which it fails share one. In variants and in llm.policies, too.',
  },
  {
    path: `${at}.maxKeys`,
    type: 'number',
    initial: 100_000,
    meaning:
      'About how many keys have a bucket of their own at once. A full bucket takes no place; keys beyond that share buckets, and none ever gets more than its limit.',
  },
  {
    path: `${at}.reserve`,
    type: 'input | all',
    initial: 'all',
    meaning:
      'Of limits of type tokens: what is taken before a call is made and settled by its usage afterwards. With all, what the request reads and the most that it lets the answer have; with input, only what it reads.',
  },
  {
    path: `${at}.store`,
    type: 'URL redis://, rediss://, redis+cluster:// or rediss+cluster://, or object',
    initial: 'the memory of this process',
    meaning:
      'A Redis or Valkey, or a cluster of them, that holds the buckets, so that all gateways which use it share the limit: a URL, or {url, timeout, failureMode}.',
  },
  {
    path: 'routes[].policies.remoteRateLimit.store',
    type: 'URL redis://, rediss://, redis+cluster:// or rediss+cluster://, or object',
    initial: 'a service decides',
    meaning:
      'Instead of a service: a Redis or Valkey, or a cluster of them, that keeps the limits which the file has: a URL, or {url, timeout}.',
  },
  {
    path: 'routes[].policies.remoteRateLimit.limits',
    type: 'list of objects',
    initial: 'a service decides',
    meaning:
      'With store: the limits of descriptors, as the configuration of envoyproxy/ratelimit has them: {key, value, rateLimit: {unit, requestsPerUnit, unlimited}, descriptors}, also with its names rate_limit and requests_per_unit.',
  },
  {
    path: 'routes[].policies.concurrency',
    type: 'object',
    initial: 'no limit',
    meaning:
      'How many requests may be under way at once in this process, for all or for each key, and how many more may wait: {max, key, maxKeys, queue: {max, timeout, priority}}. In llm.policies, too.',
  },
];
