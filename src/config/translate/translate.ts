import type { Model } from '../../model/model.ts';
import type { LocalConfig } from '../schema/config.ts';
import type { Route as RouteConfig } from '../schema/routes.ts';
import { report, type Context, type Path } from './context.ts';
import { frontendSettings } from './frontend.ts';
import { addBinds, addGateways, attachTo, type ListenScope } from './listeners.ts';
import { checkBackendUses, namedBackends } from './named-backends.ts';
import { checkBind, checkProcessPorts, finishBind, type ListenerDraft } from './ports.ts';
import { ipv6, processSettings } from './process.ts';
import { translateRoute } from './route.ts';
import { readServices, serviceBackend } from './services.ts';
import { addLlm, addMcp, type SectionScope } from './sections.ts';
import { checkTargets, readTargets } from './targets.ts';
import { addTcpRoute, addTcpRoutes } from './tcp-route.ts';

/** Makes the model of a configuration that its schema accepted. What is wrong is reported to `context`. */
export function translate(context: Context, config: LocalConfig): Model {
  context.root = config;
  checkAccessLog(context, config);
  const process = processSettings(context, config.config);
  const frontend = frontendSettings(context, ['frontendPolicies'], config.frontendPolicies);
  const services = readServices(context, config.services, config.workloads, config.config);
  context.serviceAt = (path, reference, name) => serviceBackend(context, path, reference, name, {}, services);
  const targets = readTargets(context, ['policies'], config.policies);
  const named = namedBackends(context, ['backends'], config.backends, targets);
  const listen: ListenScope = {
    frontendTls: config.frontendPolicies.tls,
    addresses: ipv6(context, config.config) ? [] : ['0.0.0.0'],
    binds: [],
    gateways: new Map(),
  };
  const scope: SectionScope = { listen, targets, named, services };
  addGateways(context, ['gateways'], config.gateways, listen);
  for (const { path, config: listener, draft } of addBinds(context, ['binds'], config.binds, listen)) {
    for (const [index, route] of (listener.routes ?? []).entries()) {
      addRoute(context, [...path, 'routes', index], route, draft, scope);
    }
    for (const [index, route] of (listener.tcpRoutes ?? []).entries()) {
      addTcpRoute(context, [...path, 'tcpRoutes', index], route, draft, scope);
    }
  }
  for (const [index, route] of config.routes.entries()) {
    const at: Path = ['routes', index];
    const listeners = attachTo(context, [...at, 'gateways'], route.gateways, listen);
    if (listeners === undefined) {
      report(context, at, 'gateways is missing: the route belongs to no gateway, and there is none named default');
    }
    for (const listener of listeners ?? []) addRoute(context, at, route, listener, scope);
  }
  addTcpRoutes(context, ['tcpRoutes'], config.tcpRoutes, scope);
  if (config.llm !== undefined) addLlm(context, ['llm'], config.llm, scope);
  if (config.mcp !== undefined) addMcp(context, ['mcp'], config.mcp, scope);

  for (const fillIn of context.whenNamed) fillIn(named);
  for (const bind of listen.binds) checkBind(context, bind);
  checkProcessPorts(context, listen.binds, process);
  checkBackendUses(context, config.backends);
  const listeners = listen.binds.flatMap((bind) => bind.listeners);
  checkTargets(context, targets, {
    listeners: listeners.map((listener) => listener.identity.name),
    routes: listeners.flatMap(({ routes, tcpRoutes }) => [...routes, ...tcpRoutes].map((route) => route.name)),
    backends: config.backends.map((backend) => backend.name),
    services: services.services,
  });
  return { process, binds: listen.binds.map((bind) => finishBind(context, bind, frontend, targets)), backends: named };
}

function addRoute(
  context: Context,
  path: Path,
  config: RouteConfig,
  listener: ListenerDraft,
  scope: SectionScope,
): void {
  const route = translateRoute(context, path, config, listener.routes.length, {
    listenerKey: listener.key,
    listener: listener.identity,
    targets: scope.targets,
    named: scope.named,
    services: scope.services,
  });
  if (route === undefined) return;
  if (listener.routes.some((other) => other.key === route.key)) {
    report(
      context,
      config.name === undefined ? path : [...path, 'name'],
      `two routes of one listener have the name ${route.namespace}/${route.name}; give them different ruleName`,
    );
  }
  listener.routes.push(route);
}

function checkAccessLog(context: Context, config: LocalConfig): void {
  const { filter, fields } = config.config.logging ?? {};
  if (config.frontendPolicies.accessLog === undefined || (filter === undefined && fields === undefined)) return;
  report(
    context,
    ['config', 'logging'],
    'filter and fields say the same as frontendPolicies.accessLog: write only that',
  );
}
