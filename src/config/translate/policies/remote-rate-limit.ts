import type { RateLimitDescriptorSpec, RemoteRateLimitSpec } from '../../../model/policies/rate-limit.ts';
import type { Conditional } from '../../../model/policy.ts';
import type { RemoteRateLimit, RemoteRateLimitPolicy } from '../../schema/limits.ts';
import { conditionals } from '../conditional.ts';
import { report, warn, type Context, type Path } from '../context.ts';
import { expression } from '../expressions.ts';
import { helperTarget } from '../helper-target.ts';

/** `remoteRateLimit` with or without variants. */
export function remoteRateLimits(
  context: Context,
  path: Path,
  config: RemoteRateLimitPolicy,
): Conditional<RemoteRateLimitSpec> {
  return conditionals(context, path, config, remoteRateLimit);
}

function remoteRateLimit(context: Context, path: Path, config: RemoteRateLimit): RemoteRateLimitSpec | undefined {
  const target = helperTarget(context, path, config, 'grpc');
  const failureMode = config.failureMode.toLowerCase() === 'failopen' ? 'failOpen' : 'failClosed';
  if (failureMode === 'failOpen') {
    warn(context, [...path, 'failureMode'], 'requests pass without limit while the rate limit service cannot be asked');
  }
  if (config.descriptors.length === 0) {
    warn(context, [...path, 'descriptors'], 'without descriptors the service is never asked');
  }
  const descriptors = config.descriptors.map((entry, index) =>
    descriptorSpec(context, [...path, 'descriptors', index], entry),
  );
  return target === undefined ? undefined : { domain: config.domain, target, descriptors, failureMode };
}

function descriptorSpec(
  context: Context,
  path: Path,
  { entries, type, cost, limitOverride }: RemoteRateLimit['descriptors'][number],
): RateLimitDescriptorSpec {
  if (entries.length === 0) report(context, [...path, 'entries'], 'a descriptor needs at least one entry');
  return {
    entries: entries.map(({ key, value }, index) => ({
      key,
      value: expression(context, [...path, 'entries', index, 'value'], value, 'request'),
    })),
    type,
    // What a call used is known at its end only.
    ...(cost === undefined
      ? {}
      : { cost: expression(context, [...path, 'cost'], cost, type === 'tokens' ? 'log' : 'request') }),
    ...(limitOverride === undefined
      ? {}
      : { limitOverride: expression(context, [...path, 'limitOverride'], limitOverride, 'request') }),
  };
}
