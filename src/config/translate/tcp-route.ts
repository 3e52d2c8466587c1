import type { TcpRoute, TcpRouteBackend } from '../../model/tcp-route.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { TcpRouteBackend as TcpRouteBackendConfig } from '../schema/backends.ts';
import type { AttachedTcpRoute, TcpRoute as TcpRouteConfig } from '../schema/routes.ts';
import { backendPolicies } from './backend-policies.ts';
import { balancePolicies, refuseBalancing } from './balancing.ts';
import { report, useBackend, warn, type Context, type Path } from './context.ts';
import { expression } from './expressions.ts';
import { attachTo, type ListenScope } from './listeners.ts';
import { hostnames } from './matches.ts';
import type { NamedBackends } from './named-backends.ts';
import { hostBackend } from './plain-backend.ts';
import type { ListenerDraft } from './ports.ts';
import { backendUsePolicies, type Below } from './route.ts';
import { listenerLevels, routeLevels, type RouteIdentity, type Targets } from './targets.ts';

/** What TCP routes are translated with. */
export interface TcpScope {
  readonly listen: ListenScope;
  readonly targets: Targets;
  readonly named: NamedBackends;
}

/** The top-level `tcpRoutes`. */
export function addTcpRoutes(context: Context, path: Path, config: readonly AttachedTcpRoute[], scope: TcpScope): void {
  for (const [index, route] of config.entries()) {
    const at: Path = [...path, index];
    const listeners = attachTo(context, [...at, 'gateways'], route.gateways, scope.listen, 'tcp');
    if (listeners === undefined) {
      report(context, at, 'gateways is missing: the route belongs to no gateway, and there is none named default');
    }
    for (const listener of listeners ?? []) addTcpRoute(context, at, route, listener, scope);
  }
}

/** One TCP route of a listener. */
export function addTcpRoute(
  context: Context,
  path: Path,
  config: TcpRouteConfig,
  listener: ListenerDraft,
  scope: TcpScope,
): void {
  const identity: RouteIdentity = {
    name: config.name ?? `route${listener.tcpRoutes.length}`,
    namespace: config.namespace ?? 'default',
    ...(config.ruleName === undefined ? {} : { ruleName: config.ruleName }),
  };
  const rule = identity.ruleName === undefined ? '' : `/${identity.ruleName}`;
  const key = `${listener.key}/${identity.namespace}/${identity.name}${rule}`;
  if (listener.tcpRoutes.some((other) => other.key === key)) {
    report(
      context,
      config.name === undefined ? path : [...path, 'name'],
      `two routes of one listener have the name ${identity.namespace}/${identity.name}; give them different ruleName`,
    );
  }
  const below: Below = {
    route: routeLevels(scope.targets, identity, ['TCPRoute', 'TLSRoute']),
    listener: listenerLevels(scope.targets, listener.identity),
  };
  if (below.route.route.length > 0) {
    report(
      context,
      path,
      'a policy of requests is attached to this route, which passes connections on: only backendTLS can be',
    );
  }
  if (below.listener.route.length > 0) {
    warn(
      context,
      path,
      `policies of requests that are attached to ${listener.identity.name} do not concern this route`,
    );
  }
  const names = hostnames(config.hostnames);
  checkNames(context, path, names, listener);
  checkBackends(context, path, config.backends);
  const inline = backendPolicies(context, [...path, 'policies'], config.policies);
  const backends = config.backends.flatMap((entry, place) =>
    routeBackend(context, [...path, 'backends', place], entry, `${key}/backend${place}`, scope.named, inline, below),
  );
  const route: TcpRoute = { key, ...identity, hostnames: names, backends };
  listener.tcpRoutes.push(route);
}

function routeBackend(
  context: Context,
  path: Path,
  config: TcpRouteBackendConfig,
  name: string,
  named: NamedBackends,
  route: BackendPolicySpecs,
  below: Below,
): readonly TcpRouteBackend[] {
  const at: Path = [...path, 'policies'];
  if (config.dynamic !== undefined) refuseBalancing(context, at, config.policies, 'dynamic backends');
  const entry = {
    ...backendPolicies(context, at, config.policies),
    ...(config.policies === undefined ? {} : balancePolicies(context, at, config.policies)),
  };
  const use = (backend: TcpRouteBackend['backend'], own: BackendPolicySpecs): readonly TcpRouteBackend[] => [
    { weight: config.weight, backend, ...backendUsePolicies(entry, route, own, below) },
  ];
  if (config.backend !== undefined) {
    const target = useBackend(context, [...path, 'backend'], config.backend, 'host');
    const backend = named.get(target);
    return backend?.kind === 'host' ? use({ kind: 'named', name: target }, backend.policies) : [];
  }
  if (config.host !== undefined) {
    const backend = hostBackend(context, [...path, 'host'], config.host, name, {});
    return backend === undefined ? [] : use(backend, backend.policies);
  }
  if (config.service !== undefined) {
    const service = context.serviceAt([...path, 'service'], config.service, name);
    return service === undefined ? [] : use(service, service.policies);
  }
  if (config.dynamic === undefined) return [];
  const { target } = config.dynamic;
  if (target === undefined) return use({ kind: 'dynamic', name, policies: {} }, {});
  const source = expression(context, [...path, 'dynamic', 'target'], target, 'request');
  return use({ kind: 'dynamic', name, target: source, policies: {} }, {});
}

function checkNames(context: Context, path: Path, names: readonly string[], listener: ListenerDraft): void {
  if (listener.protocol === 'TCP' && names.length > 0) {
    warn(
      context,
      [...path, 'hostnames'],
      'the route can never match here: clients name a server in TLS only (protocol TLS)',
    );
    return;
  }
  const taken = new Set(
    listener.tcpRoutes.flatMap((route) => (route.hostnames.length === 0 ? ['*'] : route.hostnames)),
  );
  for (const name of names.length === 0 ? ['*'] : names) {
    if (!taken.has(name)) continue;
    const what = name === '*' ? 'every server name' : name;
    warn(context, path, `a route before this one takes ${what}, so this one never gets it; use weights to share`);
  }
}

function checkBackends(context: Context, path: Path, backends: readonly TcpRouteBackendConfig[]): void {
  if (backends.length === 0) warn(context, path, 'the route has no backends: every connection is closed');
  else if (backends.every(({ weight }) => weight === 0)) {
    report(context, [...path, 'backends'], 'every weight is 0, so no backend would ever get a connection');
  }
}
