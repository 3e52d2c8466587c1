import { isIP } from 'node:net';
import type { UpstreamAddress } from '../../model/backend.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { ServiceBackend, ServiceEndpoint } from '../../model/service.ts';
import type { ServiceRef } from '../schema/common.ts';
import type { ProcessConfig } from '../schema/process.ts';
import type { RoutingScope, Service, Workload } from '../schema/services.ts';
import { report, reportUnknown, warn, type Context, type Path } from './context.ts';

/** The services of a file, as routes refer to them: by `namespace/hostname`. */
export interface Services {
  readonly services: ReadonlyMap<string, Service>;
  readonly workloads: readonly Workload[];
  readonly place: Place;
}

/** Where something runs; '' is unknown. */
interface Place {
  readonly region: string;
  readonly zone: string;
  readonly subzone: string;
  readonly node: string;
  readonly cluster: string;
  readonly network: string;
}

/** The lists of static discovery, checked. */
export function readServices(
  context: Context,
  services: readonly Service[],
  workloads: readonly Workload[],
  config: ProcessConfig,
): Services {
  const byName = new Map<string, Service>();
  for (const [index, entry] of services.entries()) {
    const name = `${entry.namespace}/${entry.hostname}`;
    if (byName.has(name)) report(context, ['services', index, 'hostname'], `two services are ${name}`);
    byName.set(name, entry);
    for (const port of Object.keys(entry.appProtocols)) {
      if (entry.ports[port] === undefined) {
        report(context, ['services', index, 'appProtocols', port], `the service has no port ${port}`);
      }
    }
  }
  const names = new Set<string>();
  for (const [index, entry] of workloads.entries()) {
    const at: Path = ['workloads', index];
    const name = workloadName(entry);
    if (names.has(name)) report(context, at, `two workloads are ${JSON.stringify(name)}; give them different uid`);
    names.add(name);
    if (entry.workloadIps.length === 0 && entry.hostname === '') {
      report(context, at, 'a workload needs workloadIps or hostname');
    }
    for (const [service, ports] of Object.entries(entry.services)) {
      const known = byName.get(service);
      if (known === undefined) {
        reportUnknown(context, [...at, 'services', service], 'service', service, byName.keys());
        continue;
      }
      for (const port of Object.keys(ports)) {
        if (known.ports[port] !== undefined) continue;
        report(context, [...at, 'services', service, port], `the service has no port ${port}`);
      }
    }
  }
  const { region = '', zone = '', subzone = '', node = '' } = config.locality ?? {};
  const { clusterId: cluster = '', network = '' } = config;
  return { services: byName, workloads, place: { region, zone, subzone, node, cluster, network } };
}

/** One port of a service as a backend; undefined, and reported, when there is no such port. */
export function serviceBackend(
  context: Context,
  path: Path,
  reference: ServiceRef,
  name: string,
  policies: BackendPolicySpecs,
  known: Services,
): ServiceBackend | undefined {
  const service = known.services.get(reference.name);
  if (service === undefined) {
    reportUnknown(context, [...path, 'name'], 'service', reference.name, known.services.keys());
    return undefined;
  }
  const port = String(reference.port);
  if (service.ports[port] === undefined) {
    reportUnknown(context, [...path, 'port'], `port of ${reference.name}`, port, Object.keys(service.ports));
    return undefined;
  }
  const endpoints = known.workloads.flatMap((workload) => endpointOf(workload, service, reference, known.place));
  if (endpoints.length === 0) warn(context, path, `no workload serves ${reference.name}: every request gets 503`);
  const protocol = service.appProtocols[port];
  return {
    kind: 'service',
    name,
    policies,
    service: reference.name,
    hostname: service.hostname,
    port: reference.port,
    endpoints,
    ...(protocol === undefined ? {} : { httpVersion: protocol === 'Http11' ? '1.1' : '2' }),
  };
}

function endpointOf(
  workload: Workload,
  service: Service,
  { name, port }: ServiceRef,
  place: Place,
): readonly ServiceEndpoint[] {
  const ports = workload.services[name];
  if (ports === undefined) return [];
  const { loadBalancer } = service;
  if (workload.status === 'Unhealthy' && loadBalancer?.healthPolicy !== 'AllowAll') return [];
  const target = ports[port] ?? service.ports[port] ?? 0;
  const host = addressOf(workload, service);
  if (target === 0 || host === undefined) return [];
  const priority = loadBalancer === undefined ? 0 : priorityOf(workload, loadBalancer.routingPreferences, place);
  const { mode = 'Standard' } = loadBalancer ?? {};
  if (mode === 'Strict' && priority > 0) return [];
  const address: UpstreamAddress = { kind: 'tcp', host, port: target };
  return [
    {
      name: workloadName(workload),
      address,
      weight: workload.capacity,
      priority: mode === 'Failover' ? priority : 0,
    },
  ];
}

/** The first address of a family that the service uses; a name only where there are no addresses. */
function addressOf({ workloadIps, hostname }: Workload, { ipFamilies = 'Dual' }: Service): string | undefined {
  if (workloadIps.length === 0) return hostname === '' ? undefined : hostname;
  const wanted = ipFamilies === 'IPv4' ? 4 : 6;
  return workloadIps.find((ip) => ipFamilies === 'Dual' || isIP(ip) === wanted);
}

/** How many of the preferences are left once the first is not met; 0: all are met. */
function priorityOf(workload: Workload, preferences: readonly RoutingScope[], place: Place): number {
  const there: Place = {
    region: workload.locality?.region ?? '',
    zone: workload.locality?.zone ?? '',
    subzone: workload.locality?.subzone ?? '',
    node: workload.node,
    cluster: workload.clusterId,
    network: workload.network,
  };
  const missed = preferences.findIndex((scope) => {
    const key = scopeKeys[scope];
    return place[key] !== there[key];
  });
  return missed < 0 ? 0 : preferences.length - missed;
}

const scopeKeys: Readonly<Record<RoutingScope, keyof Place>> = {
  Region: 'region',
  Zone: 'zone',
  Subzone: 'subzone',
  Node: 'node',
  Cluster: 'cluster',
  Network: 'network',
};

function workloadName({ uid, namespace, name }: Workload): string {
  return uid === '' ? `${namespace}/${name}` : uid;
}
