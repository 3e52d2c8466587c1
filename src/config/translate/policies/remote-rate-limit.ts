import type { RateLimitDescriptorSpec, RemoteRateLimitSpec } from '../../../model/policies/rate-limit.ts';
import type { Conditional } from '../../../model/policy.ts';
import type { RemoteRateLimit, RemoteRateLimitPolicy } from '../../schema/limits.ts';
import { conditionals } from '../conditional.ts';
import { report, warn, type Context, type Path } from '../context.ts';
import { expression } from '../expressions.ts';
import { helperTarget } from '../helper-target.ts';
import { storedLimits } from './stored-limits.ts';

/** `remoteRateLimit` with or without variants. */
export function remoteRateLimits(
  context: Context,
  path: Path,
  config: RemoteRateLimitPolicy,
): Conditional<RemoteRateLimitSpec> {
  return conditionals(context, path, config, remoteRateLimit);
}

function remoteRateLimit(context: Context, path: Path, config: RemoteRateLimit): RemoteRateLimitSpec | undefined {
  const failureMode = config.failureMode.toLowerCase() === 'failopen' ? 'failOpen' : 'failClosed';
  if (failureMode === 'failOpen') {
    warn(context, [...path, 'failureMode'], 'requests pass without limit while nobody can be asked about them');
  }
  if (config.descriptors.length === 0) {
    warn(context, [...path, 'descriptors'], 'without descriptors nothing is limited');
  }
  const descriptors = config.descriptors.map((entry, index) =>
    descriptorSpec(context, [...path, 'descriptors', index], entry),
  );
  const common = { domain: config.domain, descriptors, failureMode } as const;
  if (config.store !== undefined) return { ...common, stored: storedLimits(context, path, config, failureMode) };
  if (config.limits !== undefined) {
    report(context, [...path, 'limits'], 'limits of the file go with store: a service has its own');
  }
  const target = helperTarget(context, path, config, 'grpc');
  return target === undefined ? undefined : { ...common, target };
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
