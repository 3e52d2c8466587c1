import type { Backend } from '../../model/backend.ts';
import type { AiSettings } from '../../model/llm.ts';
import { mergeAiSettings } from '../../model/llm-settings.ts';
import type { BackendPolicySpecs, PolicySpecs } from '../../model/policy.ts';
import type { Route, RouteBackend } from '../../model/route.ts';
import type { RouteBackend as RouteBackendConfig } from '../schema/backends.ts';
import type { Route as RouteConfig } from '../schema/routes.ts';
import { aiBackend, aiSettings, noAiSettings, withAiSettings } from './ai-backend.ts';
import { balancePolicies, providerBalance, refuseBalancing } from './balancing.ts';
import { mergeBackendPolicies } from './backend-policies.ts';
import { guardedPolicies } from './guarded-policies.ts';
import { report, useBackend, warn, type Context, type Path } from './context.ts';
import { expression } from './expressions.ts';
import { hostnames, routeMatches } from './matches.ts';
import { mcpBackend } from './mcp-backend.ts';
import { allTargets, checkPassthrough } from './mcp-headers.ts';
import type { NamedBackends } from './named-backends.ts';
import { hostBackend, internalBackend } from './plain-backend.ts';
import { routePolicies, type LevelPolicies } from './route-policies.ts';
import { serviceBackend, type Services } from './services.ts';
import {
  listenerLevels,
  routeLevels,
  serviceTargetPolicies,
  type Levels,
  type ListenerIdentity,
  type RouteIdentity,
  type Targets,
} from './targets.ts';

/** What the routes of a listener are translated with. */
export interface RouteScope {
  readonly listenerKey: string;
  readonly listener: ListenerIdentity;
  readonly targets: Targets;
  readonly named: NamedBackends;
  readonly services: Services;
}

/** One route of a listener; `index` is its place there, which names it when the file does not. */
export function translateRoute(
  context: Context,
  path: Path,
  config: RouteConfig,
  index: number,
  scope: RouteScope,
): Route | undefined {
  const identity: RouteIdentity = {
    name: config.name ?? `route${index}`,
    namespace: config.namespace ?? 'default',
    ...(config.ruleName === undefined ? {} : { ruleName: config.ruleName }),
  };
  const rule = identity.ruleName === undefined ? '' : `/${identity.ruleName}`;
  const key = `${scope.listenerKey}/${identity.namespace}/${identity.name}${rule}`;
  const inline = routePolicies(context, [...path, 'policies'], config.policies);
  const route = buildRoute(identity, key, inline, scope, {
    hostnames: hostnames(config.hostnames),
    matches: routeMatches(context, [...path, 'matches'], config.matches),
    backends: (below) =>
      config.backends.flatMap((entry, place) => {
        const at: Path = [...path, 'backends', place];
        const name = `${key}/backend${place}`;
        const settings = aiSettings(context, [...path, 'policies', 'ai'], config.policies?.ai);
        return routeBackend(context, at, entry, name, scope, inline.backend, below, settings);
      }),
  });
  checkWeights(context, [...path, 'backends'], config.backends);
  if (config.backends.length === 0 && !answers(route.policies)) {
    warn(context, path, 'the route has no backends and no directResponse or requestRedirect: every request gets 503');
  }
  if (route.matches.length === 0) {
    warn(context, [...path, 'matches'], 'the route can never match');
    return undefined;
  }
  return route;
}

/** A route's levels of policies around `parts`; `backends` gets the backend policies below the route's own. */
export function buildRoute(
  identity: RouteIdentity,
  key: string,
  inline: LevelPolicies,
  scope: RouteScope,
  parts: Pick<Route, 'hostnames' | 'matches'> & { backends(below: Below): readonly RouteBackend[] },
): Route {
  const outer = listenerLevels(scope.targets, scope.listener);
  const own = routeLevels(scope.targets, identity);
  const levels = [...outer.route, ...own.route, inline.route].filter((specs) => Object.keys(specs).length > 0);
  return {
    key,
    name: identity.name,
    namespace: identity.namespace,
    ...(identity.ruleName === undefined ? {} : { ruleName: identity.ruleName }),
    hostnames: parts.hostnames,
    matches: parts.matches,
    policies: levels,
    backends: parts.backends({ route: own, listener: outer }),
  };
}

/** Backend policies that attach to a route and to its listener. */
export interface Below {
  readonly route: Levels;
  readonly listener: Levels;
}

/**
 * The policies of one use of a backend, merged per kind. Most specific first: at the backend of the route, at the route,
 * the backend's own, attached to the route, attached to the listener and its gateway.
 */
export function backendUsePolicies(
  entry: BackendPolicySpecs,
  route: BackendPolicySpecs,
  own: BackendPolicySpecs,
  below: Below,
): { policies?: BackendPolicySpecs } {
  const policies = mergeBackendPolicies([entry, route, own, ...below.route.backend, ...below.listener.backend]);
  return Object.keys(policies).length === 0 ? {} : { policies };
}

function routeBackend(
  context: Context,
  path: Path,
  config: RouteBackendConfig,
  name: string,
  { named, services, targets }: RouteScope,
  route: BackendPolicySpecs,
  below: Below,
  ai: AiSettings,
): readonly RouteBackend[] {
  const entry = usePolicies(context, path, config, named);
  if (config.mcp !== undefined) checkPassthrough(context, [...path, 'policies'], entry, allTargets);
  const use = (backend: RouteBackend['backend'], own: BackendPolicySpecs): readonly RouteBackend[] => {
    const policies = backendUsePolicies(entry, route, own, below);
    checkAgent(context, path, backend.kind === 'named' ? named.get(backend.name) : backend, policies.policies);
    return [{ weight: config.weight, backend, ...policies }];
  };
  if (config.backend !== undefined) {
    const target = useBackend(context, [...path, 'backend'], config.backend);
    const backend = named.get(target);
    if (backend === undefined) return [];
    const here = aiSettings(context, [...path, 'policies', 'ai'], config.policies?.ai);
    // An ai policy of the route or of this use holds for this use of the backend only.
    if (backend.kind === 'ai' && (here !== noAiSettings || ai !== noAiSettings)) {
      return use(withAiSettings(backend, here, ai), backend.policies);
    }
    return use({ kind: 'named', name: target }, backend.policies);
  }
  if (config.service !== undefined) {
    const attached = serviceTargetPolicies(targets, config.service);
    const backend = serviceBackend(context, [...path, 'service'], config.service, name, attached, services);
    return backend === undefined ? [] : use(backend, backend.policies);
  }
  const backend = inlineBackend(context, path, config, name, named, ai);
  return backend === undefined ? [] : use(backend, backend.policies);
}

/** Says where `a2a` changes nothing. */
function checkAgent(
  context: Context,
  path: Path,
  backend: Backend | undefined,
  { a2a }: BackendPolicySpecs = {},
): void {
  if (a2a !== true || backend === undefined || backend.kind === 'host' || backend.kind === 'service') return;
  warn(context, path, `a2a has no effect on ${backend.kind} backends: only hosts and services are agents`);
}

/** The policies of one use; those that choose among endpoints only where there are some. */
function usePolicies(
  context: Context,
  path: Path,
  config: RouteBackendConfig,
  named: NamedBackends,
): BackendPolicySpecs {
  const at: Path = [...path, 'policies'];
  const policies = guardedPolicies(context, at, config.policies);
  if (config.policies === undefined) return policies;
  const { host, service, backend, ai } = config;
  const kind = backend === undefined ? undefined : named.get(backend.replace(/^\//, ''))?.kind;
  if (host !== undefined || service !== undefined || kind === 'host') {
    return { ...policies, ...balancePolicies(context, at, config.policies) };
  }
  if (ai !== undefined || kind === 'ai') return { ...policies, ...providerBalance(context, at, config.policies) };
  const what = Object.keys(config).find((key) => key !== 'weight' && key !== 'policies');
  refuseBalancing(context, at, config.policies, `${kind ?? what} backends`);
  return policies;
}

function inlineBackend(
  context: Context,
  path: Path,
  config: RouteBackendConfig,
  name: string,
  named: NamedBackends,
  ai: AiSettings,
): Backend | undefined {
  if (config.host !== undefined) return hostBackend(context, [...path, 'host'], config.host, name, {});
  if (config.internal !== undefined) return internalBackend(context, [...path, 'internal'], config.internal, name, {});
  if (config.dynamic !== undefined) {
    const { target } = config.dynamic;
    if (target === undefined) return { kind: 'dynamic', name, policies: {} };
    const at: Path = [...path, 'dynamic', 'target'];
    return { kind: 'dynamic', name, target: expression(context, at, target, 'request'), policies: {} };
  }
  if (config.mcp !== undefined) return mcpBackend(context, [...path, 'mcp'], config.mcp, name, {}, named);
  if (config.ai !== undefined) {
    const settings = mergeAiSettings(aiSettings(context, [...path, 'policies', 'ai'], config.policies?.ai), ai);
    return aiBackend(context, [...path, 'ai'], config.ai, name, {}, settings);
  }
  if (config.invalid !== undefined) {
    return { kind: 'invalid', name, message: 'the file declares this backend invalid', policies: {} };
  }
  return undefined;
}

function checkWeights(context: Context, path: Path, backends: readonly RouteBackendConfig[]): void {
  if (backends.length > 0 && backends.every(({ weight }) => weight === 0)) {
    report(context, path, 'every weight is 0, so no backend would ever get a request');
  }
}

function answers(levels: readonly PolicySpecs[]): boolean {
  return levels.some((specs) => specs.directResponse !== undefined || specs.requestRedirect !== undefined);
}
