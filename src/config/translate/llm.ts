import type { LlmModel, LlmProvider, LlmRouterBackend } from '../../model/llm.ts';
import type { BackendAuthSpec, BackendPolicySpecs } from '../../model/policy.ts';
import type { Llm } from '../schema/llm.ts';
import type { LlmModel as ModelConfig, LlmParams, LlmProvider as ProviderConfig } from '../schema/llm-model.ts';
import { customKind, customRow } from './ai-backend.ts';
import { hostAt } from './address.ts';
import { backendAuth, headerModifier, secret } from './backend-policies.ts';
import { report, reportUnknown, warn, type Context, type Path } from './context.ts';
import { headerMatches } from './matches.ts';
import { providerRows, usualPlace, withoutFinalSlash, type ProviderPlace, type ProviderRow } from './providers.ts';
import { stripPrefixOf } from './strip-prefix.ts';
import { backendTls, systemTls } from './tls.ts';

/** The models of the `llm` section behind one backend. */
export function llmRouter(context: Context, path: Path, config: Llm): LlmRouterBackend {
  const providers = new Map<string, Named>();
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
  return { kind: 'llm', name: 'llm:router', models, policies: {} };
}

interface Named {
  readonly path: Path;
  readonly config: ProviderConfig;
}

/** A model with what its `llm.providers` entry gives it. */
interface Source {
  /** The entry of `llm.providers`, or undefined when the model describes its provider itself. */
  readonly named: Named | undefined;
  readonly provider: ProviderConfig['provider'];
  readonly providerPath: Path;
  readonly params: LlmParams;
  readonly paramsPath: Path;
}

function llmModel(
  context: Context,
  path: Path,
  config: ModelConfig,
  id: string,
  providers: ReadonlyMap<string, Named>,
): readonly LlmModel[] {
  checkPattern(context, [...path, 'name'], config.name);
  const source = sourceOf(context, path, config, providers);
  if (source === undefined) return [];
  const provider = llmProvider(context, path, config, source);
  if (provider === undefined) return [];
  const base = source.named?.config.defaults;
  const matches = config.matches.flatMap((match, index) => {
    const headers = headerMatches(context, [...path, 'matches', index, 'headers'], match.headers);
    return headers === undefined ? [] : [headers];
  });
  if (config.matches.length > 0 && matches.length === 0) return [];
  const requestHeaders = config.requestHeaders ?? base?.requestHeaders;
  const responseHeaders = config.responseHeaders ?? base?.responseHeaders;
  const stripPrefix = stripPrefixOf(config.transformation);
  return [
    {
      id,
      name: config.name,
      visibility: config.visibility,
      matches,
      provider,
      ...(stripPrefix === undefined ? {} : { stripPrefix }),
      defaults: new Map(Object.entries({ ...base?.defaults, ...config.defaults })),
      overrides: new Map(Object.entries({ ...base?.overrides, ...config.overrides })),
      ...(requestHeaders === undefined ? {} : { requestHeaders: headerModifier(requestHeaders) }),
      ...(responseHeaders === undefined ? {} : { responseHeaders: headerModifier(responseHeaders) }),
    },
  ];
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
  providers: ReadonlyMap<string, Named>,
): Source | undefined {
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

function llmProvider(context: Context, path: Path, config: ModelConfig, source: Source): LlmProvider | undefined {
  const { params, provider } = source;
  const custom = typeof provider === 'object' ? provider.custom : undefined;
  const kind = typeof provider === 'string' ? (provider === 'openai' ? 'openAI' : provider) : 'custom';
  // Other kinds are not built yet and were reported before.
  const row =
    custom === undefined ? providerRows[kind] : customRow(context, [...source.providerPath, 'custom'], custom);
  if (row === undefined) return undefined;
  const place = placeOf(context, source, row);
  if (place === undefined) return undefined;
  if (place.address === undefined && kind !== 'demo') {
    report(context, source.providerPath, 'a custom provider needs params.baseUrl: where it is');
    return undefined;
  }
  const model = params.model ?? custom?.model;
  const auth = providerAuth(context, path, config, source, row);
  const tls = config.tls ?? source.named?.config.defaults?.tls;
  const tlsPath: Path =
    config.tls === undefined && source.named !== undefined
      ? [...source.named.path, 'defaults', 'tls']
      : [...path, 'tls'];
  const policies: BackendPolicySpecs = {
    ...(place.tls ? { backendTLS: systemTls } : {}),
    ...(tls === undefined ? {} : { backendTLS: backendTls(context, tlsPath, tls) }),
    ...(auth === undefined ? {} : { backendAuth: auth }),
  };
  return {
    name: source.named?.config.name ?? kind,
    kind: custom === undefined ? kind : customKind(custom.providerOverride),
    ...(model === undefined ? {} : { model }),
    ...(place.address === undefined ? {} : { address: place.address }),
    pathPrefix: place.pathPrefix,
    ...(params.pathOverride === undefined ? {} : { pathOverride: params.pathOverride }),
    formats: row.formats,
    policies,
  };
}

function placeOf(context: Context, source: Source, row: ProviderRow): ProviderPlace | undefined {
  const { params, paramsPath } = source;
  let place = usualPlace(row);
  if (params.baseUrl !== undefined) {
    const target = hostAt(context, [...paramsPath, 'baseUrl'], params.baseUrl);
    if (target === undefined) return undefined;
    place = {
      address: target.address,
      tls: target.tls,
      pathPrefix: withoutFinalSlash(target.path) || place.pathPrefix,
    };
  }
  if (params.hostOverride !== undefined) {
    const target = hostAt(context, [...paramsPath, 'hostOverride'], params.hostOverride, { noPath: 'use baseUrl' });
    if (target === undefined) return undefined;
    place = { ...place, address: target.address, tls: params.baseUrl === undefined ? target.tls : place.tls };
  }
  return params.pathPrefix === undefined ? place : { ...place, pathPrefix: withoutFinalSlash(params.pathPrefix) };
}

/** The key of the file, else `auth`, else the key in the provider's environment variable. */
function providerAuth(
  context: Context,
  path: Path,
  config: ModelConfig,
  source: Source,
  row: ProviderRow,
): BackendAuthSpec | undefined {
  const { apiKey } = source.params;
  if (apiKey !== undefined) {
    const value = secret(context, [...source.paramsPath, 'apiKey'], apiKey);
    return value === undefined ? undefined : { kind: 'key', value };
  }
  if (config.auth !== undefined) return backendAuth(context, [...path, 'auth'], config.auth);
  const inherited = source.named?.config.defaults?.auth;
  if (source.named !== undefined && inherited !== undefined) {
    return backendAuth(context, [...source.named.path, 'defaults', 'auth'], inherited);
  }
  const elsewhere = source.params.baseUrl !== undefined || source.params.hostOverride !== undefined;
  if (row.keyVariable === undefined) return undefined;
  const value = context.env[row.keyVariable];
  if (value !== undefined && value !== '') return { kind: 'key', value };
  if (!elsewhere) {
    warn(context, source.providerPath, `no key: set params.apiKey or the environment variable ${row.keyVariable}`);
  }
  return undefined;
}
