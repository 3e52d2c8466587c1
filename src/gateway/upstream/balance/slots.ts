import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { formatAddress, type HostBackend } from '../../../model/backend.ts';
import type { Model } from '../../../model/model.ts';
import type { BackendPolicySpecs } from '../../../model/policy.ts';
import type { ServiceBackend, ServiceEndpoint } from '../../../model/service.ts';

/** What is counted of each endpoint in memory that all workers share. */
export const endpointCounts = [
  'illness',
  'latency',
  'failures',
  'evictions',
  'until',
  'seen',
  'pending',
  'held',
  'connections',
  'wanted',
  'down',
  'since',
] as const;

/** One of {@link endpointCounts}. */
export type EndpointCount = (typeof endpointCounts)[number];

/** Addresses of one name of which something is known; further ones share what is known of others. */
export const seats = 16;

/** What there is to choose among. */
export type BalanceTarget = HostBackend | ServiceBackend;

/** True when something must be known of the endpoints: of several, or because a policy says so. */
export function isBalanced(target: BalanceTarget, policies: BackendPolicySpecs): boolean {
  if (target.kind === 'service' && target.endpoints.length !== 1) return true;
  const { health, limits, loadBalancing, sessionAffinity } = policies;
  return [health, limits, loadBalancing, sessionAffinity].some((policy) => policy !== undefined);
}

/** `namespace/hostname:port` of a service, or the address of a host: for people. */
export function targetName(target: BalanceTarget): string {
  return target.kind === 'service' ? `${target.service}:${target.port}` : formatAddress(target.address);
}

/** What the names of a target's counts begin with: equal for uses that share health and limits. */
export function slotPrefix(target: BalanceTarget, policies: BackendPolicySpecs): string {
  const what = target.kind === 'service' ? [target.service, target.port] : [formatAddress(target.address)];
  const text = JSON.stringify([what, policies.health, policies.limits, policies.loadBalancing?.slowStartMs]);
  return `endpoint ${createHash('sha256').update(text).digest('base64url')}`;
}

/** What the names of one endpoint's counts begin with. */
export function memberPrefix(prefix: string, { name, address }: ServiceEndpoint): string {
  return `${prefix} ${name} ${formatAddress(address)}`;
}

/** What the names of one seat's counts begin with. */
export function seatPrefix(prefix: string, seat: number): string {
  return `${prefix} seat ${seat}`;
}

/** Name of the cell that says whose seat it is. */
export function seatOwner(prefix: string, seat: number): string {
  return `${seatPrefix(prefix, seat)} owner`;
}

/** Name of the count of requests that wait for a place at one of the endpoints. */
export function waitingSlot(prefix: string): string {
  return `${prefix} waiting`;
}

/** True for an address that has to be asked for: it may stand for several. */
export function isNamed(target: BalanceTarget): target is HostBackend {
  return target.kind === 'host' && target.address.kind === 'tcp' && isIP(target.address.host) === 0;
}

/** The endpoints of a target that has a known number of them. */
export function fixedEndpoints(target: BalanceTarget): readonly ServiceEndpoint[] {
  if (target.kind === 'service') return target.endpoints;
  const { address } = target;
  return [{ name: formatAddress(address), address, weight: 1, priority: 0 }];
}

/** A server of MCP as a host like any other. */
export function asHost({ name, address, policies }: Pick<HostBackend, 'name' | 'address' | 'policies'>): HostBackend {
  return { kind: 'host', name, address, policies };
}

/** Every count that the backends of a model's routes need. */
export function balanceSlots(model: Model): string[] {
  const names: string[] = [];
  for (const bind of model.binds) {
    for (const route of bind.listeners.flatMap(({ routes, tcpRoutes = [] }) => [...routes, ...tcpRoutes])) {
      for (const { backend: entry, policies } of route.backends) {
        const backend = entry.kind === 'named' ? model.backends.get(entry.name) : entry;
        if (backend === undefined) continue;
        const own = { ...backend.policies, ...policies };
        if (backend.kind === 'host' || backend.kind === 'service') names.push(...slotsOf(backend, own));
        if (backend.kind !== 'mcp') continue;
        for (const target of backend.targets) {
          if ('address' in target) names.push(...slotsOf(asHost(target), { ...own, ...target.policies }));
        }
      }
    }
  }
  return [...names, ...helperSlots(model)];
}

/** Those of services that policies ask, wherever they stand in them: specs are plain data. */
function helperSlots({ binds, backends }: Model): readonly string[] {
  const names: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
    if (value instanceof Map) return value.forEach(visit);
    if (isHelper(value)) names.push(...slotsOf(value.backend, value.policies ?? {}));
    Object.values(value).forEach(visit);
  };
  for (const listener of binds.flatMap((bind) => bind.listeners)) {
    visit(listener.gatewayPolicies);
    for (const route of listener.routes) visit([route.policies, route.backends]);
  }
  visit(backends);
  return names;
}

function isHelper(value: object): value is { backend: ServiceBackend; policies?: BackendPolicySpecs } {
  // A backend of a route has a weight; its counts are known.
  if (!('backend' in value) || 'weight' in value) return false;
  const { backend } = value;
  return typeof backend === 'object' && backend !== null && 'kind' in backend && backend.kind === 'service';
}

function slotsOf(target: BalanceTarget, policies: BackendPolicySpecs): readonly string[] {
  if (!isBalanced(target, policies)) return [];
  const prefix = slotPrefix(target, policies);
  const places = isNamed(target)
    ? Array.from({ length: seats }, (_, seat) => seatPrefix(prefix, seat))
    : fixedEndpoints(target).map((endpoint) => memberPrefix(prefix, endpoint));
  return [
    waitingSlot(prefix),
    ...places.flatMap((place) => endpointCounts.map((count) => `${place} ${count}`)),
    ...(isNamed(target) ? Array.from({ length: seats }, (_, seat) => seatOwner(prefix, seat)) : []),
  ];
}
