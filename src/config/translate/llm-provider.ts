import type { LlmProvider } from '../../model/llm.ts';
import type { BackendAuthSpec, BackendPolicySpecs } from '../../model/policy.ts';
import type { LlmModel as ModelConfig, LlmParams, LlmProvider as ProviderConfig } from '../schema/llm-model.ts';
import { customRow, formatsOfFile } from './ai-backend.ts';
import { hostAt } from './address.ts';
import { backendAuth, tunnelField } from './backend-policies.ts';
import { secret } from './secret.ts';
import { report, warn, type Context, type Path } from './context.ts';
import { cloudFields, completeParams, definedOnly, forRegion, type ParamNames } from './provider-params.ts';
import {
  formatsOf,
  prefixBelow,
  providerRows,
  usualPlace,
  type CloudParams,
  type ProviderPlace,
  type ProviderRow,
} from './providers.ts';
import { backendTls, systemTls } from './tls.ts';

/** An entry of `llm.providers`. */
export interface NamedProvider {
  readonly path: Path;
  readonly config: ProviderConfig;
}

/** A model with what its `llm.providers` entry gives it. */
export interface ProviderSource {
  /** The entry of `llm.providers`, or undefined when the model describes its provider itself. */
  readonly named: NamedProvider | undefined;
  readonly provider: ProviderConfig['provider'];
  readonly providerPath: Path;
  readonly params: LlmParams;
  readonly paramsPath: Path;
}

/** How `params` calls what the clouds want to know. */
const names: ParamNames = {
  region: 'params.awsRegion',
  project: 'params.vertexProject',
  resource: 'params.azureResourceName',
  resourceType: 'params.azureResourceType',
};

/** The provider of a model of the `llm` section, or undefined when something is wrong, which is reported. */
export function llmProvider(
  context: Context,
  path: Path,
  config: ModelConfig,
  source: ProviderSource,
): LlmProvider | undefined {
  const { params, provider } = source;
  const custom = typeof provider === 'object' ? provider.custom : undefined;
  const kind = typeof provider === 'string' ? (provider === 'openai' ? 'openAI' : provider) : 'custom';
  const row =
    custom === undefined ? providerRows[kind] : customRow(context, [...source.providerPath, 'custom'], custom);
  if (row === undefined) return undefined;
  const elsewhere = params.baseUrl !== undefined || params.hostOverride !== undefined;
  const cloud = completeParams(context, source.providerPath, kind, row, cloudParams(kind, params), names, elsewhere);
  if (cloud === undefined) return undefined;
  const place = placeOf(context, source, row, cloud);
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
  const tunnelAt: Path =
    config.backendTunnel === undefined && source.named !== undefined ? [...source.named.path, 'defaults'] : path;
  const policies: BackendPolicySpecs = {
    ...(place.tls ? { backendTLS: systemTls } : {}),
    ...(tls === undefined ? {} : { backendTLS: backendTls(context, tlsPath, tls) }),
    ...(auth === undefined ? {} : { backendAuth: forRegion(auth, cloud) }),
    ...tunnelField(context, tunnelAt, config.backendTunnel ?? source.named?.config.defaults?.backendTunnel),
  };
  const formats = config.formats ?? source.named?.config.formats;
  return {
    name: source.named?.config.name ?? kind,
    kind,
    ...(custom?.providerOverride === undefined ? {} : { label: custom.providerOverride }),
    ...(model === undefined ? {} : { model }),
    ...(place.address === undefined ? {} : { address: place.address }),
    pathPrefix: place.pathPrefix,
    ...(params.pathOverride === undefined ? {} : { pathOverride: params.pathOverride }),
    formats: formats === undefined ? formatsOf(row, cloud) : formatsOfFile(formats),
    ...(params.tokenize ? { tokenize: true as const } : {}),
    ...cloudFields(row, cloud),
    policies,
  };
}

/** What of `params` concerns this kind. */
function cloudParams(kind: string, params: LlmParams): CloudParams {
  switch (kind) {
    case 'bedrock':
      return definedOnly({ region: params.awsRegion });
    case 'vertex':
      return definedOnly({ region: params.vertexRegion, project: params.vertexProject });
    case 'azure':
      return definedOnly({
        resource: params.azureResourceName,
        resourceType: params.azureResourceType,
        apiVersion: params.azureApiVersion,
        project: params.azureProjectName,
      });
    default:
      return {};
  }
}

function placeOf(
  context: Context,
  source: ProviderSource,
  row: ProviderRow,
  cloud: CloudParams,
): ProviderPlace | undefined {
  const { params, paramsPath } = source;
  let place = usualPlace(row, cloud);
  if (params.baseUrl !== undefined) {
    const target = hostAt(context, [...paramsPath, 'baseUrl'], params.baseUrl);
    if (target === undefined) return undefined;
    const pathPrefix = target.path === '' ? place.pathPrefix : prefixBelow(row, cloud, target.path);
    place = { address: target.address, tls: target.tls, pathPrefix };
  }
  if (params.hostOverride !== undefined) {
    const target = hostAt(context, [...paramsPath, 'hostOverride'], params.hostOverride, { noPath: 'use baseUrl' });
    if (target === undefined) return undefined;
    place = { ...place, address: target.address, tls: params.baseUrl === undefined ? target.tls : place.tls };
  }
  if (params.pathPrefix === undefined) return place;
  return { ...place, pathPrefix: prefixBelow(row, cloud, params.pathPrefix) };
}

/** The key of the file, else `auth`, else the key in the provider's environment variable. */
function providerAuth(
  context: Context,
  path: Path,
  config: ModelConfig,
  source: ProviderSource,
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
  if (!elsewhere && row.auth === undefined) {
    warn(context, source.providerPath, `no key: set params.apiKey or the environment variable ${row.keyVariable}`);
  }
  return undefined;
}
