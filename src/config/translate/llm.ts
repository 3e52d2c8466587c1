import type { LlmModel, LlmRequestSettings, LlmRouterBackend } from '../../model/llm.ts';
import type { ProviderServing } from '../../model/llm-routing.ts';
import type { Llm } from '../schema/llm.ts';
import type { LlmModel as ModelConfig, LlmParams } from '../schema/llm-model.ts';
import type { ModelFacts } from '../schema/model-facts.ts';
import { headerModifier } from './backend-policies.ts';
import { authorization } from './policies/authorization.ts';
import { report, reportUnknown, warn, type Context, type Path } from './context.ts';
import { headerMatches } from './matches.ts';
import { llmProvider, type NamedProvider, type ProviderSource } from './llm-provider.ts';
import { definedOnly } from './provider-params.ts';
import { providerServing } from './provider-serving.ts';
import { requestSettings } from './request-settings.ts';
import { virtualModels } from './virtual-models.ts';

/** The models of the `llm` section behind one backend. */
export function llmRouter(context: Context, path: Path, config: Llm): LlmRouterBackend {
  const providers = new Map<string, NamedProvider>();
  for (const [index, entry] of config.providers.entries()) {
    const at: Path = [...path, 'providers', index];
    if (providers.has(entry.name)) report(context, [...at, 'name'], `two providers have the name ${entry.name}`);
    if (typeof entry.provider === 'object' && entry.provider.reference !== undefined) {
      report(context, [...at, 'provider'], 'a provider cannot refer to another one');
    }
    providers.set(entry.name, { path: at, config: entry });
  }
  if (config.models.length === 0)
    warn(context, [...path, 'models'], 'there are no models: every request gets an error');
  const ids = new Set<string>();
  const models = config.models.flatMap((entry, index) => {
    const at: Path = [...path, 'models', index];
    if (entry.id !== undefined && ids.has(entry.id))
      report(context, [...at, 'id'], `two models have the id ${entry.id}`);
    const id = entry.id ?? `${entry.name}:${index}`;
    ids.add(id);
    return llmModel(context, at, entry, id, providers);
  });
  const virtual = virtualModels(context, [...path, 'virtualModels'], config.virtualModels, models);
  return {
    kind: 'llm',
    name: 'llm:router',
    models,
    ...(virtual.length === 0 ? {} : { virtualModels: virtual }),
    policies: {},
  };
}

function llmModel(
  context: Context,
  path: Path,
  config: ModelConfig,
  id: string,
  providers: ReadonlyMap<string, NamedProvider>,
): readonly LlmModel[] {
  checkPattern(context, [...path, 'name'], config.name);
  const source = sourceOf(context, path, config, providers);
  if (source === undefined) return [];
  const provider = llmProvider(context, path, config, source);
  if (provider === undefined) return [];
  const base = source.named?.config.defaults;
  const serving = modelServing(context, path, config, source);
  const matches = config.matches.flatMap((match, index) => {
    const headers = headerMatches(context, [...path, 'matches', index, 'headers'], match.headers);
    return headers === undefined ? [] : [headers];
  });
  if (config.matches.length > 0 && matches.length === 0) return [];
  const requestHeaders = config.requestHeaders ?? base?.requestHeaders;
  const responseHeaders = config.responseHeaders ?? base?.responseHeaders;
  return [
    {
      id,
      name: config.name,
      visibility: config.visibility,
      matches,
      provider: serving === undefined ? provider : { ...provider, serving },
      ...modelSettings(context, path, config, source),
      ...(config.authorization === undefined
        ? {}
        : { authorization: authorization(context, [...path, 'authorization'], config.authorization) }),
      ...(config.passthrough === undefined ? {} : { passthrough: config.passthrough }),
      ...(config.facts === undefined ? {} : { facts: abilities(config.facts) }),
      ...(requestHeaders === undefined ? {} : { requestHeaders: headerModifier(requestHeaders) }),
      ...(responseHeaders === undefined ? {} : { responseHeaders: headerModifier(responseHeaders) }),
    },
  ];
}

/** The model's own health policy comes before its provider's. */
function modelServing(
  context: Context,
  path: Path,
  { health, streams }: ModelConfig,
  { named }: ProviderSource,
): ProviderServing | undefined {
  const inherited = named?.config.defaults?.health;
  if (health !== undefined) return providerServing(context, { path: [...path, 'health'], config: health }, streams);
  if (named === undefined || inherited === undefined) return providerServing(context, undefined, streams);
  return providerServing(context, { path: [...named.path, 'defaults', 'health'], config: inherited }, streams);
}

function abilities(facts: ModelFacts): NonNullable<LlmModel['facts']> {
  const { maxOutput, thinking, efforts, budget, thinkingOff, sampling, structuredOutput, inputs } = facts;
  const range = budget === undefined ? undefined : { least: budget.least, most: budget.most };
  return definedOnly({ maxOutput, thinking, efforts, budget: range, thinkingOff, sampling, structuredOutput, inputs });
}

/** What the model and its provider say of requests; member by member, the model comes first. */
function modelSettings(
  context: Context,
  path: Path,
  config: ModelConfig,
  { named }: ProviderSource,
): LlmRequestSettings {
  const base = named?.config.defaults;
  const inherited =
    named === undefined || base?.transformation === undefined
      ? []
      : [{ path: [...named.path, 'defaults', 'transformation'], sources: base.transformation }];
  const promptCaching = config.promptCaching ?? base?.promptCaching;
  return requestSettings(context, {
    overrides: { ...base?.overrides, ...config.overrides },
    defaults: { ...base?.defaults, ...config.defaults },
    transformations: [...inherited, { path: [...path, 'transformation'], sources: config.transformation ?? {} }],
    finalTransformations: [{ path: [...path, 'finalTransformation'], sources: config.finalTransformation ?? {} }],
    ...(promptCaching === undefined ? {} : { promptCaching }),
    ...definedOnly({ unsupported: config.unsupported, answerModel: config.answerModel, media: config.media }),
  });
}

function checkPattern(context: Context, path: Path, name: string): void {
  const stars = name.split('*').length - 1;
  if (stars > 1 || (stars === 1 && !name.startsWith('*') && !name.endsWith('*'))) {
    report(context, path, `a name can have one * at its start or at its end, not ${JSON.stringify(name)}`);
  }
}

/** Fields of `params` that a model with a provider reference cannot have, since the provider has them. */
const providerOnly: readonly (keyof LlmParams)[] = ['apiKey', 'baseUrl', 'hostOverride', 'pathOverride', 'pathPrefix'];

function sourceOf(
  context: Context,
  path: Path,
  config: ModelConfig,
  providers: ReadonlyMap<string, NamedProvider>,
): ProviderSource | undefined {
  const { provider, params } = config;
  const here = { providerPath: [...path, 'provider'], paramsPath: [...path, 'params'] };
  const reference = typeof provider === 'object' ? provider.reference : undefined;
  if (reference === undefined) return { named: undefined, provider, params, ...here };
  const named = providers.get(reference);
  if (named === undefined) {
    reportUnknown(context, [...path, 'provider', 'reference'], 'provider', reference, providers.keys());
    return undefined;
  }
  for (const field of providerOnly) {
    if (params[field] === undefined) continue;
    report(
      context,
      [...path, 'params', field],
      `${field} belongs to the provider ${reference}; here only model can stand`,
    );
  }
  const model = params.model ?? named.config.params.model;
  return {
    named,
    provider: named.config.provider,
    providerPath: [...named.path, 'provider'],
    params: { ...named.config.params, ...(model === undefined ? {} : { model }) },
    paramsPath: [...named.path, 'params'],
  };
}
