import { GatewayError } from '../../base/errors.ts';
import type { UpstreamAddress } from '../../model/backend.ts';
import { defaultLoadBalancing } from '../../model/balance.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { ProcessSettings } from '../../model/process.ts';
import { WaitingLine } from '../../net/balance/waiting-line.ts';
import type { EndpointSpec } from '../../net/upstream/endpoint-spec.ts';
import type { Expressions } from '../attributes/expressions.ts';
import { Balancer, type BalancerSettings } from '../upstream/balance/balancer.ts';
import { Selection } from '../upstream/balance/selection.ts';
import { slotPrefix, targetName, waitingSlot, type BalanceTarget } from '../upstream/balance/slots.ts';
import { compileMembers, type MemberPorts } from './compile-members.ts';

/** What compiling a balancer needs of the worker. */
export interface BalancePorts extends MemberPorts {
  readonly expressions: Expressions;
}

/**
 * Compiles the choice among the endpoints of a target.
 *
 * @param specOf Everything about the connections to an address.
 */
export function compileBalancer(
  target: BalanceTarget,
  policies: BackendPolicySpecs,
  dns: ProcessSettings['dns'],
  specOf: (address: UpstreamAddress) => EndpointSpec,
  ports: BalancePorts,
): Balancer {
  const members = compileMembers(target, policies, dns, specOf, policies.limits?.inFlight, ports);
  return new Balancer(targetName(target), members, settingsOf(slotPrefix(target, policies), policies, ports));
}

function settingsOf(prefix: string, policies: BackendPolicySpecs, ports: BalancePorts): BalancerSettings {
  const { sessionAffinity, health, limits, loadBalancing = defaultLoadBalancing } = policies;
  const { expressions, shared } = ports;
  const source = health?.unhealthyExpression;
  const condition = source === undefined ? null : expressions.condition(source, 'response');
  const waits = limits !== undefined && limits.inFlight !== undefined && limits.pending > 0;
  return {
    selection: new Selection(loadBalancing),
    affinity: sessionAffinity === undefined ? null : expressions.text(sessionAffinity.source, 'request'),
    unhealthy:
      condition === null
        ? null
        : (x, failure) => failure instanceof GatewayError || condition(x.attributesWith(failure)),
    line: waits ? new WaitingLine(shared.limit(waitingSlot(prefix), limits.pending), limits.pendingTimeoutMs) : null,
    hedgeAfterMs: loadBalancing.hedgeAfterMs ?? 0,
  };
}
