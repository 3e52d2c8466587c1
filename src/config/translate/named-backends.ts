import type { Backend } from '../../model/backend.ts';
import type { NamedBackend } from '../schema/backends.ts';
import { aiBackend, aiSettings } from './ai-backend.ts';
import { balancePolicies, providerBalance, refuseBalancing, type BalancePolicies } from './balancing.ts';
import { mergeBackendPolicies } from './backend-policies.ts';
import { guardedPolicies } from './guarded-policies.ts';
import { report, reportUnknown, type Context, type Path } from './context.ts';
import { hostBackend, internalBackend } from './plain-backend.ts';
import { mcpBackend } from './mcp-backend.ts';
import { allTargets, checkPassthrough } from './mcp-headers.ts';
import { backendTargetPolicies, type Targets } from './targets.ts';

/** The `backends` list by name. */
export type NamedBackends = ReadonlyMap<string, Backend>;

/** Translates the `backends` list. Host backends come first, because MCP targets may name them. */
export function namedBackends(
  context: Context,
  path: Path,
  config: readonly NamedBackend[],
  targets: Targets,
): NamedBackends {
  const backends = new Map<string, Backend>();
  const order = [...config.entries()].toSorted(
    ([, a], [, b]) => Number(a.host === undefined) - Number(b.host === undefined),
  );
  const seen = new Set<string>();
  for (const [index, entry] of order) {
    const at: Path = [...path, index];
    if (seen.has(entry.name)) report(context, [...at, 'name'], `two backends have the name ${entry.name}`);
    seen.add(entry.name);
    const backend = namedBackend(context, at, entry, targets, backends);
    if (backend !== undefined) backends.set(entry.name, backend);
  }
  return new Map(config.flatMap(({ name }) => [...entryOf(backends, name)]));
}

function entryOf(backends: NamedBackends, name: string): readonly (readonly [string, Backend])[] {
  const backend = backends.get(name);
  return backend === undefined ? [] : [[name, backend]];
}

function namedBackend(
  context: Context,
  path: Path,
  config: NamedBackend,
  targets: Targets,
  named: NamedBackends,
): Backend | undefined {
  const at: Path = [...path, 'policies'];
  const own = guardedPolicies(context, at, config.policies);
  const balance = balanceOf(context, at, config);
  const policies = mergeBackendPolicies([{ ...own, ...balance }, backendTargetPolicies(targets, config.name)]);
  if (config.host !== undefined) return hostBackend(context, [...path, 'host'], config.host, config.name, policies);
  if (config.internal !== undefined) {
    return internalBackend(context, [...path, 'internal'], config.internal, config.name, policies);
  }
  if (config.mcp !== undefined) {
    checkPassthrough(context, [...path, 'policies'], policies, allTargets);
    return mcpBackend(context, [...path, 'mcp'], config.mcp, config.name, policies, named);
  }
  if (config.ai !== undefined) {
    const settings = aiSettings(context, [...path, 'policies', 'ai'], config.policies?.ai);
    return aiBackend(context, [...path, 'ai'], config.ai, config.name, policies, settings);
  }
  return undefined;
}

function balanceOf(context: Context, path: Path, config: NamedBackend): BalancePolicies {
  const { host, ai, policies } = config;
  if (host !== undefined) return policies === undefined ? {} : balancePolicies(context, path, policies);
  if (ai !== undefined) return providerBalance(context, path, policies);
  const kind = Object.keys(config).find((key) => key !== 'name' && key !== 'policies');
  refuseBalancing(context, path, policies, `${kind} backends`);
  return {};
}

/** Reports the places that name a backend which is not there or of the wrong kind. */
export function checkBackendUses(context: Context, config: readonly NamedBackend[]): void {
  const names = config.map(({ name }) => name);
  for (const { path, name, mustBe } of context.backendUses) {
    const entry = config.find((candidate) => candidate.name === name);
    if (entry === undefined) reportUnknown(context, path, 'backend', name, names);
    else if (mustBe === 'host' && entry.host === undefined) {
      report(context, path, `the backend ${JSON.stringify(name)} must be one with host here`);
    }
  }
}
