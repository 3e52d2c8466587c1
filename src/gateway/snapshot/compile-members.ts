import { hostPort } from '../../base/host-port.ts';
import { formatAddress, type UpstreamAddress } from '../../model/backend.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { ProcessSettings } from '../../model/process.ts';
import type { ServiceEndpoint } from '../../model/service.ts';
import { WaitingLine } from '../../net/balance/waiting-line.ts';
import { ConnectionLimit } from '../../net/upstream/connection-limit.ts';
import type { EndpointSpec } from '../../net/upstream/endpoint-spec.ts';
import type { Endpoints } from '../../net/upstream/endpoints.ts';
import type { Metrics } from '../../telemetry/metrics/names.ts';
import { Member, type SharedNumbers } from '../upstream/balance/member.ts';
import { FixedMembers, type MemberSource } from '../upstream/balance/member-source.ts';
import type { Probes } from '../upstream/balance/probes.ts';
import { ResolvedMembers } from '../upstream/balance/resolved-members.ts';
import { Seats } from '../upstream/balance/seats.ts';
import {
  endpointCounts,
  fixedEndpoints,
  isNamed,
  memberPrefix,
  seatOwner,
  seatPrefix,
  seats,
  slotPrefix,
  targetName,
  type BalanceTarget,
  type EndpointCount,
} from '../upstream/balance/slots.ts';

/** What compiling endpoints needs of the worker. */
export interface MemberPorts {
  readonly endpoints: Endpoints;
  readonly shared: SharedNumbers;
  readonly metrics: Pick<Metrics, 'upstreamEjections' | 'upstreamHealthy'>;
  readonly probes: Probes;
}

/** Counts that are not limits: they begin at 0 with whoever takes a seat. */
const cellCounts: readonly EndpointCount[] = endpointCounts.filter(
  (count) => !['pending', 'held', 'connections', 'wanted'].includes(count),
);

/**
 * The endpoints of a target, with what all workers know of each; those with a `health` policy are watched.
 *
 * @param specOf Everything about the connections to an address.
 * @param most What each may have at once; undefined: as many as come.
 */
export function compileMembers(
  target: BalanceTarget,
  policies: BackendPolicySpecs,
  { family }: ProcessSettings['dns'],
  specOf: (address: UpstreamAddress) => EndpointSpec,
  most: number | undefined,
  ports: MemberPorts,
): MemberSource {
  const { shared } = ports;
  const prefix = slotPrefix(target, policies);
  const name = targetName(target);
  const authority = target.kind === 'service' ? hostPort(target.hostname, target.port) : name;
  const { limits } = policies;
  const connectionLimit = (slots: string, maximum: number): ConnectionLimit => {
    const waiting = shared.limit(`${slots} wanted`, limits?.pending ?? 0);
    return new ConnectionLimit(
      shared.limit(`${slots} connections`, maximum),
      new WaitingLine(waiting, limits?.pendingTimeoutMs ?? 0, limits?.pending === 0),
    );
  };
  const open = ({ name: member, address, weight, priority }: ServiceEndpoint, slots: string): Member => {
    const ejections = ports.metrics.upstreamEjections.with(name, formatAddress(address));
    const spec = {
      name: member,
      weight,
      priority,
      slots,
      most,
      eviction: policies.health?.eviction ?? null,
      slowStartMs: policies.loadBalancing?.slowStartMs ?? 0,
      onEviction: () => ejections.add(1),
    };
    const pooled = limits?.connections;
    const connections = { ...specOf(address), ...(pooled === undefined ? {} : { limitedBy: slots }) };
    const limit = pooled === undefined ? null : connectionLimit(slots, pooled);
    const handle = ports.endpoints.acquire(connections, limit);
    const dialer = ports.endpoints.dialer(connections);
    let unwatch = (): void => undefined;
    const opened = new Member(
      spec,
      { endpoint: handle, dialer },
      () => {
        unwatch();
        handle.release();
      },
      shared,
    );
    const { health } = policies;
    if (health === undefined) return opened;
    const healthy = ports.metrics.upstreamHealthy.with(name, formatAddress(address));
    unwatch = ports.probes.watch(slots, {
      member: opened,
      check: health.check ?? null,
      probed: { endpoint: handle, dialer, authority },
      label: `${name} ${formatAddress(address)}`,
      show: (gets) => healthy.set(gets ? 1 : 0),
    });
    return opened;
  };
  if (isNamed(target) && target.address.kind === 'tcp') {
    const { host, port } = target.address;
    const places = seatsOf(prefix, shared);
    const openAddress = (ip: string, others: readonly string[]): Member =>
      open(
        { name: ip, address: { kind: 'tcp', host: ip, port }, weight: 1, priority: 0 },
        seatPrefix(prefix, places.of(ip, others)),
      );
    const refreshMs = policies.health?.check?.intervalMs ?? 0;
    return new ResolvedMembers(ports.endpoints.resolver, host, family, openAddress, refreshMs);
  }
  const endpoints = fixedEndpoints(target).filter(({ weight }) => weight > 0);
  return new FixedMembers(endpoints.map((endpoint) => open(endpoint, memberPrefix(prefix, endpoint))));
}

function seatsOf(prefix: string, shared: SharedNumbers): Seats {
  const owners = Array.from({ length: seats }, (_, seat) => shared.cell(seatOwner(prefix, seat)));
  return new Seats(owners, (seat) => {
    for (const count of cellCounts) shared.cell(`${seatPrefix(prefix, seat)} ${count}`).set(0);
  });
}
