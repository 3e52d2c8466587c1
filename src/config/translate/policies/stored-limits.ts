import type {
  DescriptorLimitSpec,
  DescriptorRateSpec,
  LimitStoreSpec,
  StoredLimitsSpec,
} from '../../../model/policies/rate-limit.ts';
import type { RemoteRateLimit } from '../../schema/limits.ts';
import type { DescriptorLimit, DescriptorUnit } from '../../schema/own-limits.ts';
import { report, warn, type Context, type Path } from '../context.ts';
import { checkStoreUrl } from './local-rate-limit.ts';

const dayMs = 86_400_000;

/** As envoyproxy/ratelimit has them: a month has 30 days, a year 365. */
const unitsMs: Readonly<Record<DescriptorUnit, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: dayMs,
  week: 7 * dayMs,
  month: 30 * dayMs,
  year: 365 * dayMs,
};

/** `store` and `limits` of a `remoteRateLimit`. */
export function storedLimits(
  context: Context,
  path: Path,
  { store, limits, policies }: RemoteRateLimit & { readonly store: NonNullable<RemoteRateLimit['store']> },
  failureMode: LimitStoreSpec['failureMode'],
): StoredLimitsSpec {
  const { url, timeout } = typeof store === 'string' ? { url: store, timeout: 50 } : store;
  checkStoreUrl(context, typeof store === 'string' ? [...path, 'store'] : [...path, 'store', 'url'], url);
  if (policies !== undefined) {
    report(context, [...path, 'policies'], 'a store is no service of HTTP: it has a url and a timeout');
  }
  if (limits === undefined || limits.length === 0) {
    warn(context, [...path, limits === undefined ? 'store' : 'limits'], 'without limits nothing is limited');
  }
  return {
    store: { url, timeoutMs: timeout, failureMode },
    limits: limitList(context, [...path, 'limits'], limits ?? []),
  };
}

function limitList(context: Context, path: Path, config: readonly DescriptorLimit[]): readonly DescriptorLimitSpec[] {
  const seen = new Set<string>();
  return config.map(({ key, value, rateLimit, descriptors }, index) => {
    const at: Path = [...path, index];
    const name = JSON.stringify([key, value]);
    if (seen.has(name)) report(context, at, `a second entry for ${value === undefined ? key : `${key}: ${value}`}`);
    seen.add(name);
    if (rateLimit === undefined && descriptors.length === 0) {
      report(context, at, 'it limits nothing: it needs rateLimit or descriptors');
    }
    const limit = rateLimit === undefined ? undefined : rate(context, [...at, 'rateLimit'], rateLimit);
    return {
      key,
      ...(value === undefined ? {} : { value }),
      ...(limit === undefined ? {} : { limit }),
      descriptors: limitList(context, [...at, 'descriptors'], descriptors),
    };
  });
}

/** Undefined: unlimited. */
function rate(
  context: Context,
  path: Path,
  { unit, requestsPerUnit, unlimited }: NonNullable<DescriptorLimit['rateLimit']>,
): DescriptorRateSpec | undefined {
  if (unlimited) {
    if (unit !== undefined || requestsPerUnit !== undefined) report(context, path, 'what is unlimited has no numbers');
    return undefined;
  }
  if (unit === undefined || requestsPerUnit === undefined) {
    report(context, path, 'it needs unit and requestsPerUnit, or unlimited: true');
    return undefined;
  }
  return { requests: requestsPerUnit, unitMs: unitsMs[unit] };
}
