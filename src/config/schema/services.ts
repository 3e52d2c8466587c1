/** Services of static discovery and the workloads that serve them. */

import { listOf, literals, mapOf } from './kit/collection.ts';
import { defaulted, optional, required } from './kit/field.ts';
import { ipAddress, namespacedHostname } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { anyObject, integer, port, text, textLike } from './kit/scalar.ts';

/** A port number as the name of a map entry. */
const portName: Schema<string> = textLike({
  label: 'a port number',
  pattern: '^[0-9]+$',
  check: (value) => (/^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? undefined : ''),
});

/** Ports of a service, by their number as text, to the ports of its endpoints. */
export type PortMap = Readonly<Record<string, number>>;

const portMap: Schema<PortMap> = mapOf(port, portName);

/** What a port of a service speaks. */
export type AppProtocol = 'Http11' | 'Http2' | 'Grpc';

const appProtocol: Schema<AppProtocol> = literals('Http11', 'Http2', 'Grpc');

/** What of its place an endpoint may have in common with this process. */
export type RoutingScope = 'Region' | 'Zone' | 'Subzone' | 'Node' | 'Cluster' | 'Network';

const routingScope: Schema<RoutingScope> = literals('Region', 'Zone', 'Subzone', 'Node', 'Cluster', 'Network');

/** What becomes of endpoints elsewhere. */
type RoutingMode = 'Standard' | 'Strict' | 'Failover';

const routingMode: Schema<RoutingMode> = literals('Standard', 'Strict', 'Failover');

/** Which endpoints are used. */
type HealthPolicy = 'OnlyHealthy' | 'AllowAll';

const healthPolicy: Schema<HealthPolicy> = literals('OnlyHealthy', 'AllowAll');

/** Which endpoints of a service come first. */
export interface ServiceLoadBalancer {
  readonly routingPreferences: readonly RoutingScope[];
  readonly mode: RoutingMode;
  readonly healthPolicy: HealthPolicy;
}

const serviceLoadBalancer: Schema<ServiceLoadBalancer> = object<ServiceLoadBalancer>(
  'ServiceLoadBalancer',
  'Which endpoints of a service come first.',
  {
    routingPreferences: required(listOf(routingScope), 'What an endpoint should share with this process, in order.'),
    mode: required(routingMode, 'Whether other endpoints are never used (Strict), or when those nearer are not well.'),
    healthPolicy: required(healthPolicy, 'Whether workloads with status Unhealthy are used.'),
  },
);

/** Which addresses of workloads are used. */
export type IpFamilies = 'Dual' | 'IPv4' | 'IPv6';

const ipFamilies: Schema<IpFamilies> = literals('Dual', 'IPv4', 'IPv6');

/** A service. */
export interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly hostname: string;
  readonly vips: readonly string[];
  readonly ports: PortMap;
  readonly appProtocols: Readonly<Record<string, AppProtocol>>;
  readonly subjectAltNames: readonly string[];
  readonly waypoint?: Readonly<Record<string, unknown>>;
  readonly loadBalancer?: ServiceLoadBalancer;
  readonly ipFamilies?: IpFamilies;
}

export const service: Schema<Service> = object<Service>('Service', 'A service.', {
  name: required(text, 'Its name.'),
  namespace: required(text, 'Its namespace.'),
  hostname: required(text, 'Its host name.'),
  vips: defaulted(listOf(text), [], 'Its own addresses, as network/address.'),
  ports: required(portMap, 'Its ports, each with the port of the endpoints; 0: each endpoint says its own.'),
  appProtocols: defaulted(mapOf(appProtocol, portName), {}, 'What its ports speak.'),
  subjectAltNames: defaulted(listOf(text), [], 'Identities of its endpoints in a mesh.'),
  waypoint: optional(anyObject, 'A proxy of the mesh to go through.'),
  loadBalancer: optional(serviceLoadBalancer, 'Which endpoints come first.'),
  ipFamilies: optional(ipFamilies, 'Which addresses of workloads are used.'),
});

/** Where something runs. */
export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subzone: string;
}

const locality: Schema<Locality> = object<Locality>('Locality', 'Where something runs.', {
  region: defaulted(text, '', 'Region.'),
  zone: defaulted(text, '', 'Zone in it.'),
  subzone: defaulted(text, '', 'Part of the zone.'),
});

/** Where this process runs. */
export interface OwnLocality extends Locality {
  readonly node: string;
}

export const ownLocality: Schema<OwnLocality> = object<OwnLocality>('OwnLocality', 'Where this process runs.', {
  region: defaulted(text, '', 'Region.'),
  zone: defaulted(text, '', 'Zone in it.'),
  subzone: defaulted(text, '', 'Part of the zone.'),
  node: defaulted(text, '', 'Machine.'),
});

/** Something that runs and serves. */
export interface Workload {
  readonly workloadIps: readonly string[];
  readonly hostname: string;
  readonly services: Readonly<Record<string, PortMap>>;
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly status: 'Healthy' | 'Unhealthy';
  readonly capacity: number;
  readonly locality?: Locality;
  readonly node: string;
  readonly network: string;
  readonly clusterId: string;
  readonly protocol: 'TCP' | 'HBONE' | 'LegacyIstioMtls';
  readonly networkMode: 'Standard' | 'HostNetwork';
  readonly waypoint?: Readonly<Record<string, unknown>>;
  readonly networkGateway?: Readonly<Record<string, unknown>>;
  readonly trustDomain: string;
  readonly serviceAccount: string;
  readonly workloadName: string;
  readonly workloadType: string;
  readonly canonicalName: string;
  readonly canonicalRevision: string;
  readonly authorizationPolicies: readonly string[];
}

export const workload: Schema<Workload> = object<Workload>('Workload', 'Something that runs and serves.', {
  workloadIps: defaulted(listOf(ipAddress), [], 'Its addresses; it is used through the first that fits.'),
  hostname: defaulted(text, '', 'Its name in the DNS, when it has no addresses.'),
  services: defaulted(
    mapOf(portMap, namespacedHostname),
    {},
    'The services that it serves, as namespace/hostname, each with ports of the service that it has elsewhere.',
  ),
  uid: defaulted(text, '', 'What makes it unique; namespace and name when absent.'),
  name: defaulted(text, '', 'Its name.'),
  namespace: required(text, 'Its namespace.'),
  status: defaulted(literals('Healthy', 'Unhealthy'), 'Healthy', 'Whether it is well, as the file knows.'),
  capacity: defaulted(integer(0, 4_294_967_295), 1, 'Its share of the requests.'),
  locality: optional(locality, 'Where it runs.'),
  node: defaulted(text, '', 'Machine that it runs on.'),
  network: defaulted(text, '', 'Network that it is in.'),
  clusterId: defaulted(text, '', 'Cluster that it runs in.'),
  protocol: defaulted(literals('TCP', 'HBONE', 'LegacyIstioMtls'), 'TCP', 'How it is connected to.'),
  networkMode: defaulted(literals('Standard', 'HostNetwork'), 'Standard', 'Whether it shares its address.'),
  waypoint: optional(anyObject, 'A proxy of the mesh to go through.'),
  networkGateway: optional(anyObject, 'The way into its network.'),
  trustDomain: defaulted(text, '', 'Trust domain of its identity.'),
  serviceAccount: defaulted(text, '', 'Service account of its identity.'),
  workloadName: defaulted(text, '', 'What it belongs to.'),
  workloadType: defaulted(text, '', 'Kind of what it belongs to.'),
  canonicalName: defaulted(text, '', 'Name for telemetry.'),
  canonicalRevision: defaulted(text, '', 'Revision for telemetry.'),
  authorizationPolicies: defaulted(listOf(text), [], 'Policies of the mesh.'),
});
