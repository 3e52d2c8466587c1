import type { BackendPolicySpecs, PolicySpecs } from '../../model/policy.ts';
import type { ServiceRef } from '../schema/common.ts';
import type { Conditional } from '../schema/conditional.ts';
import type { ListenerTarget, RouteTarget, TargetedPolicy } from '../schema/policies.ts';
import type { GatewayPolicies, RoutePolicies } from '../schema/route-policies.ts';
import { mergeBackendPolicies } from './backend-policies.ts';
import { guardedPolicies } from './guarded-policies.ts';
import { report, reportUnknown, type Context, type Path } from './context.ts';
import { policySpecs, routePolicies, type LevelPolicies } from './route-policies.ts';

/** The gateway that everything of a file without Kubernetes names belongs to. */
export const processGateway = { name: 'default', namespace: 'default' } as const;

/** What identifies a listener for policies attached to it. */
export interface ListenerIdentity {
  readonly name: string;
  readonly port: number;
  /** The entry of `gateways` that it comes from. */
  readonly gateway?: string;
}

/** What identifies a route for policies attached to it. */
export interface RouteIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly ruleName?: string;
}

const noLevel: LevelPolicies = { route: {}, backend: {} };

interface Attached<T> {
  readonly path: Path;
  readonly target: T;
  readonly level: LevelPolicies;
  /** Of phase gateway. */
  readonly gateway: PolicySpecs;
  matched: boolean;
}

/** The `policies` list, by what its entries attach to. */
export interface Targets {
  readonly listeners: readonly Attached<ListenerTarget>[];
  readonly routes: readonly Attached<RouteTarget>[];
  readonly backends: readonly Attached<{ readonly name: string }>[];
  readonly services: readonly Attached<{ readonly name: string; readonly port?: number }>[];
}

/** Translates the `policies` list. */
export function readTargets(context: Context, path: Path, config: readonly TargetedPolicy[]): Targets {
  const listeners: Attached<ListenerTarget>[] = [];
  const routes: Attached<RouteTarget>[] = [];
  const backends: Attached<{ readonly name: string }>[] = [];
  const services: Attached<{ readonly name: string; readonly port?: number }>[] = [];
  for (const [index, entry] of config.entries()) {
    const at: Path = [...path, index];
    const { gateway, route, backend } = entry.target;
    if (Object.keys(entry.policy).length === 0) report(context, [...at, 'policy'], 'there is no policy to attach');
    if (entry.phase === 'gateway') checkGatewayPhase(context, [...at, 'policy'], entry.policy);
    if (gateway !== undefined) {
      if (gateway.listenerName !== undefined && gateway.port !== undefined) {
        report(context, [...at, 'target', 'gateway'], 'a target names a listener or a port, not both');
      }
      const early = entry.phase === 'gateway';
      listeners.push({
        path: [...at, 'target', 'gateway'],
        target: gateway,
        level: early ? noLevel : routePolicies(context, [...at, 'policy'], entry.policy),
        gateway: early ? policySpecs(context, [...at, 'policy'], entry.policy) : {},
        matched: false,
      });
      continue;
    }
    if (entry.phase === 'gateway') {
      report(
        context,
        [...at, 'phase'],
        'policies of phase gateway run before a route is known: attach them to a gateway',
      );
    }
    if (route !== undefined) {
      const level = routePolicies(context, [...at, 'policy'], entry.policy);
      routes.push({ path: [...at, 'target', 'route'], target: route, level, gateway: {}, matched: false });
    } else if (backend !== undefined && backend !== 'invalid' && backend.backend !== undefined) {
      const level = backendLevel(context, [...at, 'policy'], entry.policy);
      backends.push({
        path: [...at, 'target', 'backend', 'backend', 'name'],
        target: { name: backend.backend.name },
        level,
        gateway: {},
        matched: false,
      });
    } else if (backend !== undefined && backend !== 'invalid' && backend.service !== undefined) {
      const { namespace, hostname, port } = backend.service;
      services.push({
        path: [...at, 'target', 'backend', 'service'],
        target: { name: `${namespace}/${hostname}`, ...(port === undefined ? {} : { port }) },
        level: backendLevel(context, [...at, 'policy'], entry.policy),
        gateway: {},
        matched: false,
      });
    }
  }
  return { listeners, routes, backends, services };
}

/** Route levels for one place, least specific first, and backend policies of the same attachments, most specific first. */
export interface Levels {
  readonly route: readonly PolicySpecs[];
  readonly backend: readonly BackendPolicySpecs[];
}

/** What attaches to a listener: to its gateway first, then to itself. */
export function listenerLevels(targets: Targets, listener: ListenerIdentity): Levels {
  const general = targets.listeners.filter(({ target }) => fits(target, listener) && isGeneral(target));
  const special = targets.listeners.filter(({ target }) => fits(target, listener) && !isGeneral(target));
  return levels([general, special]);
}

/**
 * The levels of policies that run before a route is looked for, least specific first: attached to the gateway, written in
 * it, attached to the listener, written in it.
 */
export function gatewayPhaseLevels(
  targets: Targets,
  listener: ListenerIdentity,
  inline: { readonly gateway: PolicySpecs; readonly listener: PolicySpecs },
): readonly PolicySpecs[] {
  const fitting = targets.listeners.filter(({ target }) => fits(target, listener));
  const attached = (general: boolean): readonly PolicySpecs[] =>
    fitting.filter(({ target }) => isGeneral(target) === general).map(({ gateway }) => gateway);
  const all = [...attached(true), inline.gateway, ...attached(false), inline.listener];
  return all.filter((specs) => Object.keys(specs).length > 0);
}

/** What attaches to a route: to it as a whole first, then to its rule. @param kinds What a target may call it. */
export function routeLevels(targets: Targets, route: RouteIdentity, kinds: readonly string[] = ['HTTPRoute']): Levels {
  const same = targets.routes.filter(
    ({ target }) =>
      target.name === route.name &&
      target.namespace === route.namespace &&
      (target.kind === undefined || kinds.includes(target.kind)),
  );
  return levels([
    same.filter(({ target }) => target.ruleName === undefined),
    same.filter(({ target }) => target.ruleName !== undefined && target.ruleName === route.ruleName),
  ]);
}

/** What attaches to a named backend. */
export function backendTargetPolicies(targets: Targets, name: string): BackendPolicySpecs {
  return levels([targets.backends.filter(({ target }) => target.name === name)]).backend[0] ?? {};
}

/** What attaches to a service: to it as a whole first, then to the port. */
export function serviceTargetPolicies(targets: Targets, { name, port }: ServiceRef): BackendPolicySpecs {
  const same = targets.services.filter(({ target }) => target.name === name);
  const { backend } = levels([
    same.filter(({ target }) => target.port === undefined),
    same.filter(({ target }) => target.port === port),
  ]);
  return mergeBackendPolicies(backend);
}

/** Reports the attachments that nothing in the file has the name of. */
export function checkTargets(
  context: Context,
  targets: Targets,
  known: {
    readonly listeners: readonly string[];
    readonly routes: readonly string[];
    readonly backends: readonly string[];
    readonly services: ReadonlyMap<string, unknown>;
  },
): void {
  for (const { path, target, matched } of targets.listeners) {
    if (matched) continue;
    if (target.listenerName === undefined) {
      report(context, path, `no listener belongs to gateway ${target.gatewayNamespace}/${target.gatewayName}`);
    } else {
      reportUnknown(context, [...path, 'listenerName'], 'listener', target.listenerName, known.listeners);
    }
  }
  for (const { path, target, matched } of targets.routes) {
    if (!matched) reportUnknown(context, [...path, 'name'], 'route', target.name, known.routes);
  }
  for (const { path, target, matched } of targets.backends) {
    if (!matched) reportUnknown(context, path, 'backend', target.name, known.backends);
  }
  for (const { path, target, matched } of targets.services) {
    if (matched || known.services.has(target.name)) continue;
    reportUnknown(context, [...path, 'hostname'], 'service', target.name, known.services.keys());
  }
}

function fits(target: ListenerTarget, listener: ListenerIdentity): boolean {
  const whole = target.gatewayName === processGateway.name && target.gatewayNamespace === processGateway.namespace;
  if (!whole && target.gatewayName !== listener.gateway) return false;
  if (target.port !== undefined && target.port !== listener.port) return false;
  if (target.listenerName === undefined) return true;
  return target.listenerName === listener.name || `${listener.gateway}/${target.listenerName}` === listener.name;
}

function isGeneral(target: ListenerTarget): boolean {
  return target.listenerName === undefined && target.port === undefined;
}

function levels(groups: readonly (readonly Attached<unknown>[])[]): Levels {
  for (const group of groups) for (const attached of group) attached.matched = true;
  const used = groups.filter((group) => group.length > 0);
  return {
    route: used
      .flat()
      .map(({ level }) => level.route)
      .filter((specs) => Object.keys(specs).length > 0),
    backend: used
      .map((group) => mergeBackendPolicies(group.map(({ level }) => level.backend).toReversed()))
      .toReversed(),
  };
}

const bothLevels = [
  'a2a',
  'requestHeaderModifier',
  'responseHeaderModifier',
  'requestRedirect',
  'authorization',
  'mcpAuthorization',
  'extAuthz',
  'transformations',
] as const;
const backendKinds = ['backendTLS', 'backendAuth', 'backendTunnel'] as const;

/** For a backend, what a route and a backend can both have is meant for the backend. */
function backendLevel(context: Context, path: Path, policy: RoutePolicies): LevelPolicies {
  const allowed: readonly string[] = [...bothLevels, ...backendKinds];
  for (const kind of Object.keys(policy)) {
    if (!allowed.includes(kind)) report(context, [...path, kind], `${kind} cannot be attached to a backend`);
  }
  const { requestHeaderModifier, responseHeaderModifier, requestRedirect, backendTLS, backendAuth, backendTunnel } =
    policy;
  const { a2a, authorization, mcpAuthorization } = policy;
  const extAuthz = withoutVariants(context, [...path, 'extAuthz'], policy.extAuthz);
  const transformations = withoutVariants(context, [...path, 'transformations'], policy.transformations);
  const specs = guardedPolicies(context, path, {
    ...(requestHeaderModifier === undefined ? {} : { requestHeaderModifier }),
    ...(responseHeaderModifier === undefined ? {} : { responseHeaderModifier }),
    ...(requestRedirect === undefined ? {} : { requestRedirect }),
    ...(backendTLS === undefined ? {} : { backendTLS }),
    ...(backendAuth === undefined ? {} : { backendAuth }),
    ...(backendTunnel === undefined ? {} : { backendTunnel }),
    ...(a2a === undefined ? {} : { a2a }),
    ...(authorization === undefined ? {} : { authorization }),
    ...(mcpAuthorization === undefined ? {} : { mcpAuthorization }),
    ...(extAuthz === undefined ? {} : { extAuthz }),
    ...(transformations === undefined ? {} : { transformations }),
  });
  return { route: {}, backend: specs };
}

function withoutVariants<C extends object>(
  context: Context,
  path: Path,
  config: C | Conditional<C> | undefined,
): C | undefined {
  if (config === undefined || !('conditional' in config)) return config;
  report(context, path, `at a backend ${String(path.at(-1))} has no variants: attach it to the route`);
  return undefined;
}

/** What may stand in a gateway may have phase gateway. */
const gatewayPhaseKinds: Readonly<Record<keyof GatewayPolicies, true>> = {
  cors: true,
  oidc: true,
  jwtAuth: true,
  introspection: true,
  basicAuth: true,
  apiKey: true,
  extAuthz: true,
  authorization: true,
  extProc: true,
  transformations: true,
};

function checkGatewayPhase(context: Context, path: Path, policy: RoutePolicies): void {
  for (const kind of Object.keys(policy)) {
    if (!Object.hasOwn(gatewayPhaseKinds, kind)) {
      report(context, [...path, kind], `${kind} needs a route: it cannot have phase gateway`);
    }
  }
}
