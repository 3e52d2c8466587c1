import type { Conditional } from '../../../model/policy.ts';
import type { LimitKeySpec, LimitStoreSpec, LocalRateLimitSpec } from '../../../model/policies/rate-limit.ts';
import type { LocalRateLimitPolicy, RateLimit } from '../../schema/limits.ts';
import type { LimitStore } from '../../schema/own-limits.ts';
import { conditionals } from '../conditional.ts';
import { report, warn, type Context, type Path } from '../context.ts';
import { expression } from '../expressions.ts';
import { placeName } from '../place-name.ts';
import { isLimitStoreUrl, limitStoreUrlExpected } from '../redis-url.ts';

/** `localRateLimit`: a list of limits that all apply, or variants of one. */
export function localRateLimits(
  context: Context,
  path: Path,
  config: LocalRateLimitPolicy,
): Conditional<readonly LocalRateLimitSpec[]> | undefined {
  if ('conditional' in config) {
    return conditionals(context, path, config, (_, at, entry) => [localRateLimit(context, at, entry)]);
  }
  if (config.length === 0) return undefined;
  return [{ policy: config.map((entry, index) => localRateLimit(context, [...path, index], entry)) }];
}

function localRateLimit(context: Context, path: Path, config: RateLimit): LocalRateLimitSpec {
  const { type, maxTokens, tokensPerFill, fillInterval, key, reserve, store } = config;
  if (fillInterval <= 0) report(context, [...path, 'fillInterval'], 'the time between fills must be more than 0');
  if (maxTokens === 0) warn(context, [...path, 'maxTokens'], 'a bucket of size 0 refuses every request');
  else if (tokensPerFill === 0) {
    warn(context, [...path, 'tokensPerFill'], 'the bucket is never filled again: once it is empty, nothing passes');
  }
  return {
    id: placeName(context, path),
    type,
    maxTokens,
    tokensPerFill,
    fillIntervalMs: fillInterval,
    ...limitKey(context, path, key, config.maxKeys),
    reserve,
    ...(store === undefined ? {} : { store: limitStore(context, [...path, 'store'], store) }),
  };
}

/** The `key` and `maxKeys` of a limit. */
export function limitKey(
  context: Context,
  path: Path,
  key: string | undefined,
  most: number,
): { readonly key?: LimitKeySpec } {
  if (key === undefined) return {};
  return { key: { expression: expression(context, [...path, 'key'], key, 'request'), most } };
}

/** Reports what is no URL of a store of limits. */
export function checkStoreUrl(context: Context, path: Path, url: string): void {
  if (!isLimitStoreUrl(url)) report(context, path, limitStoreUrlExpected);
}

function limitStore(context: Context, path: Path, config: LimitStore): LimitStoreSpec {
  const { url, timeout, failureMode } =
    typeof config === 'string' ? { url: config, timeout: 50, failureMode: 'failClosed' as const } : config;
  checkStoreUrl(context, typeof config === 'string' ? path : [...path, 'url'], url);
  if (failureMode === 'failOpen') {
    warn(context, [...path, 'failureMode'], 'requests pass without limit while the store does not answer');
  }
  return { url, timeoutMs: timeout, failureMode };
}
