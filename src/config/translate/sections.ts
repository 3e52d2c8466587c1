import type { RouteBackend, RouteMatch } from '../../model/route.ts';
import type { Llm } from '../schema/llm.ts';
import type { McpSection } from '../schema/mcp.ts';
import type { RoutePolicies } from '../schema/route-policies.ts';
import { report, type Context, type Path } from './context.ts';
import { attachTo, draftListener, type ListenScope } from './listeners.ts';
import { llmRouter } from './llm.ts';
import { mcpBackend } from './mcp-backend.ts';
import { allTargets, checkPassthrough } from './mcp-headers.ts';
import type { NamedBackends } from './named-backends.ts';
import { addBind, bindKey, type ListenerDraft } from './ports.ts';
import { backendUsePolicies, buildRoute } from './route.ts';
import { policySpecs, routePolicies, type LevelPolicies } from './route-policies.ts';
import type { Services } from './services.ts';
import type { RouteIdentity, Targets } from './targets.ts';

const llmPort = 4000;
const mcpPort = 3000;
const everything: readonly RouteMatch[] = [{ path: { kind: 'prefix', value: '/' }, headers: [], query: [] }];
const mcpPaths: readonly RouteMatch[] = [{ path: { kind: 'prefix', value: '/mcp' }, headers: [], query: [] }];

/** Where clients of mcpAuthentication look for metadata. */
const oauthPaths: readonly RouteMatch[] = ['oauth-protected-resource', 'oauth-authorization-server'].map((name) => ({
  path: { kind: 'prefix', value: `/.well-known/${name}` },
  headers: [],
  query: [],
}));

/** How the one route of a section is called. */
interface SectionRoute {
  readonly key: string;
  readonly identity: RouteIdentity;
}

const llmRoute: SectionRoute = { key: 'llm:request', identity: { name: 'llm:request', namespace: 'internal' } };
const mcpRoute: SectionRoute = { key: 'mcp:default', identity: { name: 'default', namespace: 'internal' } };

/** What the routes of the sections are made with. */
export interface SectionScope {
  readonly listen: ListenScope;
  readonly targets: Targets;
  readonly named: NamedBackends;
  readonly services: Services;
}

/** The `llm` section: on a port of its own, or on gateways, where it gets what no other route takes. */
export function addLlm(context: Context, path: Path, config: Llm, scope: SectionScope): void {
  const router = llmRouter(context, path, config);
  const inline = { route: policySpecs(context, [...path, 'policies'], llmRoutePolicies(config)), backend: {} };
  const own = config.port !== undefined || config.tls !== undefined;
  if (own && config.gateways.length > 0) {
    report(context, [...path, 'gateways'], 'llm listens on its own port or attaches to gateways: write one of the two');
  }
  const attached = own ? undefined : attachTo(context, [...path, 'gateways'], config.gateways, scope.listen);
  const listeners = attached ?? ownListener(context, path, 'llm', config.port ?? llmPort, config, scope);
  for (const listener of listeners) {
    addRoute(listener, scope, llmRoute, everything, inline, { weight: 1, backend: router });
  }
}

/** Of the section's policies, those that routes have too; no limits are no policy. */
function llmRoutePolicies({ policies }: Llm): RoutePolicies {
  if (policies === undefined) return {};
  const { guardrails: _, localRateLimit, ...others } = policies;
  return { ...others, ...(localRateLimit.length === 0 ? {} : { localRateLimit }) };
}

/** The `mcp` section: on a port of its own, or on gateways, where it gets `/mcp` and the paths of its virtual servers. */
export function addMcp(context: Context, path: Path, config: McpSection, scope: SectionScope): void {
  const backend = mcpBackend(context, path, config, 'mcp', {}, scope.named);
  const inline = routePolicies(context, [...path, 'policies'], config.policies);
  checkPassthrough(context, [...path, 'policies'], inline.backend, allTargets);
  if (config.port !== undefined && config.gateways.length > 0) {
    report(context, [...path, 'gateways'], 'mcp listens on its own port or attaches to gateways: write one of the two');
  }
  const attached =
    config.port === undefined ? attachTo(context, [...path, 'gateways'], config.gateways, scope.listen) : undefined;
  const listeners = attached ?? ownListener(context, path, 'mcp', config.port ?? mcpPort, {}, scope);
  const further = backend.virtualServers.map((server): RouteMatch => ({
    path: { kind: 'prefix', value: server.path },
    headers: [],
    query: [],
  }));
  const oauth = config.policies?.mcpAuthentication === undefined ? [] : oauthPaths;
  const matches = attached === undefined ? everything : [...mcpPaths, ...further, ...oauth];
  for (const listener of listeners) {
    addRoute(listener, scope, mcpRoute, matches, inline, { weight: 1, backend });
  }
}

function ownListener(
  context: Context,
  path: Path,
  name: 'llm' | 'mcp',
  port: number,
  config: Pick<Llm, 'tls'>,
  scope: SectionScope,
): readonly ListenerDraft[] {
  const { addresses, binds } = scope.listen;
  const key = bindKey(port, addresses);
  const bind = addBind(
    context,
    binds,
    { path, key: port === 0 ? `${key}/${name}` : key, port, addresses, mode: 'standard', listeners: [] },
    false,
  );
  const protocol = config.tls === undefined ? 'HTTP' : 'HTTPS';
  const listener = draftListener(context, path, protocol, config, scope.listen, {
    key: name,
    identity: { name, port },
    early: { gateway: {}, listener: {} },
  });
  if (listener === undefined) return [];
  bind.listeners.push(listener);
  return [listener];
}

function addRoute(
  listener: ListenerDraft,
  scope: SectionScope,
  { key, identity }: SectionRoute,
  matches: readonly RouteMatch[],
  inline: LevelPolicies,
  entry: RouteBackend,
): void {
  const { targets, named, services } = scope;
  const routeScope = { listenerKey: listener.key, listener: listener.identity, targets, named, services };
  listener.routes.push(
    buildRoute(identity, `${listener.key}/${key}`, inline, routeScope, {
      hostnames: [],
      matches,
      backends: (below) => [{ ...entry, ...backendUsePolicies({}, inline.backend, {}, below) }],
    }),
  );
}
