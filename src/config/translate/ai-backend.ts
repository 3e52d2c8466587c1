import type { AiBackend, AiSettings, LlmProvider } from '../../model/llm.ts';
import { mergeAiSettings } from '../../model/llm-settings.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { AiBackend as AiBackendConfig, AiProvider, CustomProvider } from '../schema/ai-backend.ts';
import type { AiPolicy } from '../schema/ai-policy.ts';
import { hostAt } from './address.ts';
import { refuseBalancing } from './balancing.ts';
import { backendPolicies } from './backend-policies.ts';
import { report, type Context, type Path } from './context.ts';
import { innerTransformations } from './inner-transformations.ts';
import { authorization } from './policies/authorization.ts';
import { cloudFields, completeParams, definedOnly, forRegion } from './provider-params.ts';
import { formatsOf, prefixBelow, providerRows, usualPlace, type CloudParams, type ProviderRow } from './providers.ts';
import { providerServing, streamLimits } from './provider-serving.ts';
import { requestSettings } from './request-settings.ts';
import { systemTls } from './tls.ts';

/** An `ai` policy that says nothing. */
export const noAiSettings: AiSettings = {
  routes: new Map(),
  modelAliases: new Map(),
  overrides: new Map(),
  defaults: new Map(),
};

/** An `ai` policy of a route or a backend; {@link noAiSettings} where there is none. */
export function aiSettings(context: Context, path: Path, config: AiPolicy | undefined): AiSettings {
  if (config === undefined) return noAiSettings;
  const {
    overrides,
    defaults,
    transformations,
    finalTransformations,
    prompts,
    promptCaching,
    unsupported,
    answerModel,
    media,
  } = config;
  return {
    routes: new Map(Object.entries(config.routes)),
    modelAliases: new Map(Object.entries(config.modelAliases)),
    ...(config.streams === undefined ? {} : { streams: streamLimits(config.streams) }),
    ...requestSettings(context, {
      ...definedOnly({ overrides, defaults, prompts, promptCaching, unsupported, answerModel, media }),
      transformations: [{ path: [...path, 'transformations'], sources: transformations ?? {} }],
      finalTransformations: [{ path: [...path, 'finalTransformations'], sources: finalTransformations ?? {} }],
    }),
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
  return { kind: 'ai', name, groups, policies, ...settings };
}

/** A named `ai` backend as one use of it sees it: what the use says comes first, what the route says last. */
export function withAiSettings(backend: AiBackend, use: AiSettings, route: AiSettings): AiBackend {
  return { ...backend, ...mergeAiSettings(mergeAiSettings(use, backend), route) };
}

function checkNames(context: Context, names: readonly { readonly name: string; readonly path: Path }[]): void {
  const seen = new Set<string>();
  for (const { name, path } of names) {
    if (seen.has(name)) report(context, path, `two providers have the name ${name}`);
    seen.add(name);
  }
}

/** One provider, or none when something is wrong with it, which is reported. */
function aiProvider(context: Context, path: Path, config: AiProvider): readonly LlmProvider[] {
  const [kind = 'custom', own] = Object.entries(config.provider)[0] ?? [];
  const { custom } = config.provider;
  const at: Path = [...path, 'provider', kind];
  const row = custom === undefined ? providerRows[kind] : customRow(context, at, custom);
  if (row === undefined) return [];
  const elsewhere = config.hostOverride !== undefined;
  const cloud = completeParams(context, at, kind, row, cloudParams(context, at, config.provider), {}, elsewhere);
  if (cloud === undefined) return [];
  const model = (own as { readonly model?: string } | undefined)?.model;
  let place = usualPlace(row, cloud);
  if (config.hostOverride !== undefined) {
    const target = hostAt(context, [...path, 'hostOverride'], config.hostOverride, { noPath: 'use pathPrefix' });
    if (target === undefined) return [];
    place = { address: target.address, tls: target.tls, pathPrefix: place.pathPrefix };
  } else if (place.address === undefined) {
    report(context, path, 'a custom provider needs hostOverride: where it is');
  }
  const changes = config.policies?.transformations;
  const policies = {
    ...backendPolicies(context, [...path, 'policies'], config.policies),
    ...innerTransformations(context, [...path, 'policies', 'transformations'], changes, 'llm'),
  };
  const { health, ...others } = config.policies ?? {};
  refuseBalancing(context, [...path, 'policies'], others, 'LLM providers');
  if (health?.check !== undefined) {
    report(context, [...path, 'policies', 'health', 'check'], 'LLM providers cannot be asked whether they are well');
  }
  const serving = providerServing(
    context,
    health === undefined ? undefined : { path: [...path, 'policies', 'health'], config: health },
    undefined,
  );
  const auth = policies.backendAuth;
  const rules = config.policies?.authorization;
  const rulesPath: Path = [...path, 'policies', 'authorization'];
  const settings = aiSettings(context, [...path, 'policies', 'ai'], config.policies?.ai);
  if (settings.routes.size > 0) {
    const here: Path = [...path, 'policies', 'ai', 'routes'];
    report(context, here, 'a path has one format for all providers: put routes at the backend or at the route');
  }
  return [
    {
      name: config.name,
      kind,
      ...(custom?.providerOverride === undefined ? {} : { label: custom.providerOverride }),
      ...(model === undefined ? {} : { model }),
      ...(place.address === undefined ? {} : { address: place.address }),
      pathPrefix: config.pathPrefix === undefined ? place.pathPrefix : prefixBelow(row, cloud, config.pathPrefix),
      ...(config.pathOverride === undefined ? {} : { pathOverride: config.pathOverride }),
      formats: config.formats === undefined ? formatsOf(row, cloud) : formatsOfFile(config.formats),
      ...(config.tokenize ? { tokenize: true as const } : {}),
      ...cloudFields(row, cloud),
      ...(settings === noAiSettings ? {} : { requests: settings }),
      ...(serving === undefined ? {} : { serving }),
      policies: {
        ...(place.tls ? { backendTLS: systemTls } : {}),
        ...policies,
        ...(auth === undefined ? {} : { backendAuth: forRegion(auth, cloud) }),
        ...(rules === undefined ? {} : { authorization: authorization(context, rulesPath, rules) }),
      },
    },
  ];
}

/** What a file says of a provider of one of the clouds. */
function cloudParams(context: Context, path: Path, { vertex, bedrock, azure }: AiProvider['provider']): CloudParams {
  if (vertex !== undefined) return definedOnly({ region: vertex.region, project: vertex.projectId });
  if (azure !== undefined) {
    return definedOnly({
      resource: azure.resourceName,
      resourceType: azure.resourceType,
      apiVersion: azure.apiVersion,
      project: azure.projectName,
    });
  }
  if (bedrock === undefined) return {};
  const { region, guardrailIdentifier: identifier, guardrailVersion: version } = bedrock;
  if ((identifier === undefined) !== (version === undefined)) {
    report(context, path, 'guardrailIdentifier and guardrailVersion go together');
  }
  return {
    region,
    ...(identifier === undefined || version === undefined ? {} : { guardrail: { identifier, version } }),
  };
}

/** A row for a provider that the file describes. */
export function customRow(context: Context, path: Path, config: CustomProvider | undefined): ProviderRow | undefined {
  if (config === undefined) return undefined;
  if (config.formats.length === 0) report(context, [...path, 'formats'], 'there must be at least one format');
  return { formats: formatsOfFile(config.formats) };
}

/** Formats as a file lists them. */
export function formatsOfFile(formats: CustomProvider['formats']): LlmProvider['formats'] {
  return formats.map(({ type, path }) => ({ format: type, ...(path === undefined ? {} : { path }) }));
}
