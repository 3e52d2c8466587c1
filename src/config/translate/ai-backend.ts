import type { AiBackend, LlmProvider } from '../../model/llm.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { AiBackend as AiBackendConfig, AiProvider, CustomProvider } from '../schema/ai-backend.ts';
import type { AiPolicy } from '../schema/ai-policy.ts';
import { hostAt } from './address.ts';
import { backendPolicies } from './backend-policies.ts';
import { report, type Context, type Path } from './context.ts';
import { providerRows, usualPlace, withoutFinalSlash, type ProviderRow } from './providers.ts';
import { systemTls } from './tls.ts';

/** The part of an `ai` policy that an `ai` backend carries out. */
export type AiSettings = Pick<AiPolicy, 'routes' | 'modelAliases' | 'defaults' | 'overrides'>;

/** An `ai` policy that says nothing. */
export const noAiSettings: AiSettings = { routes: {}, modelAliases: {} };

/** Two levels as one: each part comes from `special` where that has it. */
export function mergeAiSettings(special: AiSettings, general: AiSettings): AiSettings {
  const defaults = special.defaults ?? general.defaults;
  const overrides = special.overrides ?? general.overrides;
  return {
    routes: Object.keys(special.routes).length > 0 ? special.routes : general.routes,
    modelAliases: Object.keys(special.modelAliases).length > 0 ? special.modelAliases : general.modelAliases,
    ...(defaults === undefined ? {} : { defaults }),
    ...(overrides === undefined ? {} : { overrides }),
  };
}

/** Groups of LLM providers; one provider alone is a group of one. */
export function aiBackend(
  context: Context,
  path: Path,
  config: AiBackendConfig,
  name: string,
  policies: BackendPolicySpecs,
  settings: AiSettings,
): AiBackend {
  const groups: (readonly LlmProvider[])[] = [];
  if ('groups' in config) {
    if (config.groups.length === 0) report(context, [...path, 'groups'], 'there must be at least one group');
    for (const [index, group] of config.groups.entries()) {
      const at: Path = [...path, 'groups', index, 'providers'];
      if (group.providers.length === 0) report(context, at, 'there must be at least one provider');
      groups.push(group.providers.flatMap((entry, place) => aiProvider(context, [...at, place], entry)));
    }
    checkNames(
      context,
      config.groups.flatMap((group, index) =>
        group.providers.map((entry, place) => ({
          name: entry.name,
          path: [...path, 'groups', index, 'providers', place, 'name'],
        })),
      ),
    );
  } else {
    groups.push(aiProvider(context, path, config));
  }
  return { kind: 'ai', name, groups, policies, ...aiFields(settings) };
}

/** A named `ai` backend as one use of it sees it: what the use says comes first, what the route says last. */
export function withAiSettings(backend: AiBackend, use: AiSettings, route: AiSettings): AiBackend {
  const own: AiSettings = {
    routes: Object.fromEntries(backend.routes),
    modelAliases: Object.fromEntries(backend.modelAliases),
    ...(backend.defaults.size === 0 ? {} : { defaults: Object.fromEntries(backend.defaults) }),
    ...(backend.overrides.size === 0 ? {} : { overrides: Object.fromEntries(backend.overrides) }),
  };
  return { ...backend, ...aiFields(mergeAiSettings(mergeAiSettings(use, own), route)) };
}

function aiFields(settings: AiSettings): Pick<AiBackend, 'routes' | 'modelAliases' | 'defaults' | 'overrides'> {
  return {
    routes: new Map(Object.entries(settings.routes)),
    modelAliases: new Map(Object.entries(settings.modelAliases)),
    defaults: new Map(Object.entries(settings.defaults ?? {})),
    overrides: new Map(Object.entries(settings.overrides ?? {})),
  };
}

function checkNames(context: Context, names: readonly { readonly name: string; readonly path: Path }[]): void {
  const seen = new Set<string>();
  for (const { name, path } of names) {
    if (seen.has(name)) report(context, path, `two providers have the name ${name}`);
    seen.add(name);
  }
}

/** One provider, or none when its kind is not built yet (which was reported before) or its place is wrong. */
function aiProvider(context: Context, path: Path, config: AiProvider): readonly LlmProvider[] {
  const { openAI, anthropic, gemini, custom } = config.provider;
  const kind = Object.keys(config.provider)[0] ?? 'custom';
  const row = custom === undefined ? providerRows[kind] : customRow(context, [...path, 'provider', 'custom'], custom);
  if (row === undefined) return [];
  const model = (openAI ?? anthropic ?? gemini ?? custom)?.model;
  let place = usualPlace(row);
  if (config.hostOverride !== undefined) {
    const at: Path = [...path, 'hostOverride'];
    const target = hostAt(context, at, config.hostOverride, { noPath: 'use pathPrefix' });
    if (target === undefined) return [];
    place = { address: target.address, tls: target.tls, pathPrefix: place.pathPrefix };
  } else if (place.address === undefined) {
    report(context, path, 'a custom provider needs hostOverride: where it is');
  }
  const own = backendPolicies(context, [...path, 'policies'], config.policies);
  return [
    {
      name: config.name,
      kind: custom === undefined ? kind : customKind(custom.providerOverride),
      ...(model === undefined ? {} : { model }),
      ...(place.address === undefined ? {} : { address: place.address }),
      pathPrefix: config.pathPrefix === undefined ? place.pathPrefix : withoutFinalSlash(config.pathPrefix),
      ...(config.pathOverride === undefined ? {} : { pathOverride: config.pathOverride }),
      formats: row.formats,
      policies: place.tls ? { backendTLS: systemTls, ...own } : own,
    },
  ];
}

/** A row for a provider that the file describes. */
export function customRow(context: Context, path: Path, config: CustomProvider | undefined): ProviderRow | undefined {
  if (config === undefined) return undefined;
  if (config.formats.length === 0) report(context, [...path, 'formats'], 'there must be at least one format');
  return {
    formats: config.formats.map(({ type, path: own }) => ({
      format: type,
      ...(own === undefined ? {} : { path: own }),
    })),
  };
}

/** The kind that telemetry and prices know a custom provider by; never one that is answered inside the gateway. */
export function customKind(override: string | undefined): string {
  return override === undefined || override === 'demo' ? 'custom' : override;
}
