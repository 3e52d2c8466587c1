import { wallMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import { EndpointHealth } from '../../../net/balance/endpoint-health.ts';
import { hashText } from '../../../net/balance/hash.ts';
import type { Keyed } from '../../../llm/router/balancer.ts';
import type { LlmProvider } from '../../../model/llm.ts';
import type { SharedCell } from '../../../telemetry/shared/cell.ts';
import type { SharedLimit } from '../../../telemetry/shared/limit.ts';
import type { Attempt } from './attempt.ts';
import type { JudgedHealth } from '../../upstream/health-report.ts';
import { healthSlot } from './health-slots.ts';
import type { LlmPorts } from './ports.ts';

/** Opens what all workers know of a provider. */
export function providerHealth(
  provider: LlmProvider,
  ports: { cell(name: string): SharedCell; limit(name: string, maximum: number): SharedLimit },
): EndpointHealth {
  const cells = {
    illness: ports.cell(healthSlot(provider, 'illness')),
    latency: ports.cell(healthSlot(provider, 'latency')),
    failures: ports.cell(healthSlot(provider, 'failures')),
    evictions: ports.cell(healthSlot(provider, 'evictions')),
    until: ports.cell(healthSlot(provider, 'until')),
  };
  const pending = ports.limit(healthSlot(provider, 'pending'), 0);
  return new EndpointHealth(cells, pending, provider.serving?.health?.eviction ?? null, wallMs);
}

/** `attempt` with what is known of its provider. Throws CelError. @param configured The provider as the model has it. */
export function withHealth(attempt: Attempt, configured: LlmProvider, ports: LlmPorts): Attempt {
  const source = configured.serving?.health?.unhealthyExpression;
  const condition = source === undefined ? null : ports.condition(source, 'response');
  const unhealthy: JudgedHealth['unhealthy'] =
    condition === null ? null : (x, result) => result instanceof GatewayError || condition(x.attributesWith(result));
  return { ...attempt, health: { endpoint: ports.health(configured), unhealthy } };
}

/** An attempt as a choice among several sees it. */
export function balanced<T extends { readonly attempt: Attempt }>(member: T): T & Keyed {
  const { health, provider } = member.attempt;
  return { ...member, health: health?.endpoint ?? null, hash: hashText(provider.name) };
}
