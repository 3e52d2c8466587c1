import type { EndpointLimitsSpec, LoadBalancingSpec } from '../../model/balance.ts';
import type { HealthCheckSpec, HealthProbe, HealthSpec } from '../../model/health.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { BackendPolicies, EndpointHealth, Health } from '../schema/backend-policies.ts';
import type { EndpointLimits, HealthCheck, LoadBalancing } from '../schema/balancing.ts';
import { report, type Context, type Path } from './context.ts';
import { condition, expression } from './expressions.ts';

/** The first eviction lasts as long where the file does not say (agentgateway §2.7). */
const usualEvictionMs = 3000;

/** The policies that choose among endpoints. */
export type BalancePolicies = Pick<BackendPolicySpecs, 'health' | 'sessionAffinity' | 'loadBalancing' | 'limits'>;

/** Translates what of `config` chooses among endpoints. */
export function balancePolicies(context: Context, path: Path, config: BackendPolicies): BalancePolicies {
  const { health, sessionAffinity, loadBalancing, limits } = config;
  return {
    ...(health === undefined ? {} : { health: endpointHealth(context, [...path, 'health'], health) }),
    ...(sessionAffinity === undefined
      ? {}
      : {
          sessionAffinity: {
            source: expression(context, [...path, 'sessionAffinity', 'source'], sessionAffinity.source, 'request'),
          },
        }),
    ...(loadBalancing === undefined ? {} : { loadBalancing: balancing(loadBalancing) }),
    ...(limits === undefined ? {} : { limits: endpointLimits(limits) }),
  };
}

/** {@link balancePolicies} of an `ai` backend, whose use has no say in its providers but for who belongs together. */
export function providerBalance(context: Context, path: Path, config: BackendPolicies | undefined): BalancePolicies {
  if (config === undefined) return {};
  const { sessionAffinity, ...others } = config;
  refuseBalancing(context, path, others, 'ai backends');
  return sessionAffinity === undefined ? {} : balancePolicies(context, path, { sessionAffinity });
}

/** Reports the policies that choose among endpoints where there is nothing to choose. */
export function refuseBalancing(context: Context, path: Path, config: BackendPolicies | undefined, what: string): void {
  for (const key of ['health', 'sessionAffinity', 'loadBalancing', 'limits'] as const) {
    if (config?.[key] === undefined) continue;
    const places = key === 'sessionAffinity' ? 'hosts, services and ai backends' : 'hosts and services';
    const hint = key === 'health' ? '; an ai backend has it at its providers' : '';
    report(context, [...path, key], `${key} is for ${places}, not for ${what}${hint}`);
  }
}

/** When a provider or an endpoint is left out. */
export function healthSpec(context: Context, path: Path, config: Health): HealthSpec {
  const { unhealthyExpression: source, eviction } = config;
  const at: Path = [...path, 'unhealthyExpression'];
  return {
    ...(source === undefined ? {} : { unhealthyExpression: condition(context, at, source, 'response') }),
    ...(eviction === undefined ? {} : { eviction: evictionSpec(eviction) }),
  };
}

function endpointHealth(context: Context, path: Path, config: EndpointHealth): HealthSpec {
  const { check } = config;
  return { ...healthSpec(context, path, config), ...(check === undefined ? {} : { check: checkSpec(check) }) };
}

function evictionSpec({
  duration,
  restoreHealth,
  consecutiveFailures,
  healthThreshold,
}: NonNullable<Health['eviction']>): NonNullable<HealthSpec['eviction']> {
  return {
    durationMs: duration ?? usualEvictionMs,
    ...(restoreHealth === undefined ? {} : { restoreHealth: Math.min(1, restoreHealth) }),
    ...(consecutiveFailures === undefined ? {} : { consecutiveFailures }),
    ...(healthThreshold === undefined ? {} : { healthThreshold }),
  };
}

function checkSpec(config: HealthCheck): HealthCheckSpec {
  const { interval, timeout, healthyThreshold, unhealthyThreshold } = config;
  return { probe: probeOf(config), intervalMs: interval, timeoutMs: timeout, healthyThreshold, unhealthyThreshold };
}

function probeOf({ http, grpc, tcp }: HealthCheck): HealthProbe {
  if (grpc !== undefined) return { kind: 'grpc', service: grpc.service };
  if (tcp !== undefined) return { kind: 'tcp' };
  const { path, host, statuses } = http;
  return { kind: 'http', path, ...(host === undefined ? {} : { host }), statuses };
}

function balancing({ algorithm, slowStart, hedgeAfter }: LoadBalancing): LoadBalancingSpec {
  return {
    algorithm,
    slowStartMs: slowStart ?? 0,
    ...(hedgeAfter === undefined ? {} : { hedgeAfterMs: hedgeAfter }),
  };
}

function endpointLimits({ connections, inFlight, pending, pendingTimeout }: EndpointLimits): EndpointLimitsSpec {
  return {
    ...(connections === undefined ? {} : { connections }),
    ...(inFlight === undefined ? {} : { inFlight }),
    pending,
    pendingTimeoutMs: pendingTimeout,
  };
}
