/** Models of the llm section. */

import {
  azureResourceType,
  customProvider,
  providerFormatEntry,
  type AzureResourceType,
  type CustomProvider,
  type ProviderFormatEntry,
} from './ai-backend.ts';
import {
  answerModel,
  promptCaching,
  unsupportedMode,
  type AnswerModel,
  type PromptCaching,
  type UnsupportedMode,
} from './ai-policy.ts';
import { health, type Health } from './backend-policies.ts';
import { authorization, type Authorization } from './authorization.ts';
import { beyond } from './beyond.ts';
import { headerModifier, secretOrFile, type HeaderModifier, type SecretOrFile } from './common.ts';
import { tunnel, backendAuth, type Tunnel, type BackendAuth } from './connect.ts';
import { promptGuard, type PromptGuard } from './guards.ts';
import { modelFacts, type ModelFacts } from './model-facts.ts';
import { listOf, mapOf, literals, words } from './kit/collection.ts';
import { required, optional, defaulted, deprecated } from './kit/field.ts';
import { httpUrl } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { llmMedia, type LlmMedia } from './llm-media.ts';
import { llmStreams, type LlmStreams } from './llm-streams.ts';
import { text, name, cel, bool, anyObject, type CelText } from './kit/scalar.ts';
import { union } from './kit/union.ts';
import { headerMatch, type HeaderMatch } from './matches.ts';
import { backendTls, type BackendTls } from './tls.ts';

/** How to reach a provider. */
export interface LlmParams {
  readonly model?: string;
  readonly apiKey?: SecretOrFile;
  readonly awsRegion?: string;
  readonly vertexRegion?: string;
  readonly vertexProject?: string;
  readonly azureResourceName?: string;
  readonly azureResourceType?: AzureResourceType;
  readonly azureApiVersion?: string;
  readonly azureProjectName?: string;
  readonly baseUrl?: string;
  readonly hostOverride?: string;
  readonly pathOverride?: string;
  readonly pathPrefix?: string;
  readonly tokenize: boolean;
}

const llmParams: Schema<LlmParams> = object<LlmParams>('LlmParams', 'How to reach a provider.', {
  model: optional(text, 'Model to ask for, when not the one named.'),
  apiKey: optional(secretOrFile, "Key; the provider's environment variable when absent."),
  awsRegion: optional(text, 'AWS region.'),
  vertexRegion: optional(text, 'Google Cloud region.'),
  vertexProject: optional(text, 'Google Cloud project.'),
  azureResourceName: optional(text, 'Azure resource.'),
  azureResourceType: optional(azureResourceType, 'Kind of the Azure resource.'),
  azureApiVersion: optional(text, 'Version of the Azure API.'),
  azureProjectName: optional(text, 'Project of a Foundry resource.'),
  baseUrl: optional(httpUrl, 'URL to reach it at.'),
  hostOverride: deprecated(optional(text, "Host and port instead of the provider's."), 'use baseUrl'),
  pathOverride: deprecated(optional(text, "Path instead of the provider's."), 'use baseUrl'),
  pathPrefix: deprecated(optional(text, "Path before the provider's."), 'use baseUrl'),
  tokenize: defaulted(bool, false, 'Whether tokens are counted before sending.'),
});

/** The kinds of {@link ModelProviderKind}. */
interface ModelProviderKindKinds {
  readonly reference: string;
  readonly custom: CustomProvider;
}

/** A provider. */
type ModelProviderKind = OneOf<ModelProviderKindKinds>;

const modelProviderKind: Schema<ModelProviderKind> = oneOfKeys<ModelProviderKindKinds>(
  'ModelProviderKind',
  'A provider.',
  {
    reference: required(name, 'One of llm.providers.'),
    custom: required(customProvider, 'Any other, with the formats that it speaks.'),
  },
  {},
);

/** Providers that need no more than their name; `demo`, built in and deterministic, and local servers are Waygate's own. */
type ProviderName =
  | 'openai'
  | 'openAI'
  | 'gemini'
  | 'vertex'
  | 'anthropic'
  | 'bedrock'
  | 'azure'
  | 'copilot'
  | 'cohere'
  | 'ollama'
  | 'baseten'
  | 'cerebras'
  | 'deepinfra'
  | 'deepseek'
  | 'groq'
  | 'huggingface'
  | 'mistral'
  | 'openrouter'
  | 'togetherai'
  | 'xai'
  | 'fireworks'
  | 'demo'
  | 'lmstudio'
  | 'vllm'
  | 'llamacpp';

const providerName: Schema<ProviderName> = words(
  [
    'openai',
    'openAI',
    'gemini',
    'vertex',
    'anthropic',
    'bedrock',
    'azure',
    'copilot',
    'cohere',
    'ollama',
    'baseten',
    'cerebras',
    'deepinfra',
    'deepseek',
    'groq',
    'huggingface',
    'mistral',
    'openrouter',
    'togetherai',
    'xai',
    'fireworks',
  ],
  ['demo', 'lmstudio', 'vllm', 'llamacpp'],
);

/** A provider by name, by reference to `llm.providers`, or with the formats that it speaks. */
type ModelProvider = ProviderName | ModelProviderKind;

const modelProvider: Schema<ModelProvider> = union(providerName, modelProviderKind);

/** Whether clients can ask for a model. */
type ModelVisibility = 'public' | 'internal';

const modelVisibility: Schema<ModelVisibility> = literals('public', 'internal');

/** How requests that are not understood go on. */
type LlmPassthrough = 'detect' | 'opaque';

const llmPassthrough: Schema<LlmPassthrough> = literals('detect', 'opaque');

/** What a provider's models start from. */
interface LlmProviderDefaults {
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly transformation?: Readonly<Record<string, CelText>>;
  readonly requestHeaders?: HeaderModifier;
  readonly responseHeaders?: HeaderModifier;
  readonly tls?: BackendTls;
  readonly auth?: BackendAuth;
  readonly health?: Health;
  readonly backendTunnel?: Tunnel;
  readonly promptCaching?: PromptCaching;
}

const llmProviderDefaults: Schema<LlmProviderDefaults> = object<LlmProviderDefaults>(
  'LlmProviderDefaults',
  "What a provider's models start from.",
  {
    defaults: optional(anyObject, 'Fields to set where a request has none.'),
    overrides: optional(anyObject, 'Fields to set in every request.'),
    transformation: optional(mapOf(cel), 'Fields to compute.'),
    requestHeaders: optional(headerModifier, 'Changes to request headers.'),
    responseHeaders: optional(headerModifier, 'Changes to response headers.'),
    tls: optional(backendTls, 'TLS to the provider.'),
    auth: optional(backendAuth, 'Credentials for the provider.'),
    health: optional(health, 'When the provider counts as failing.'),
    backendTunnel: optional(tunnel, 'Proxy to go through.'),
    promptCaching: optional(promptCaching, 'Where to put cache points.'),
  },
  { aliases: { backendTLS: 'tls' } },
);

/** A provider that models refer to. */
export interface LlmProvider {
  readonly name: string;
  readonly params: LlmParams;
  readonly provider: ModelProvider;
  readonly formats?: readonly ProviderFormatEntry[];
  readonly defaults?: LlmProviderDefaults;
}

export const llmProvider: Schema<LlmProvider> = object<LlmProvider>('LlmProvider', 'A provider that models refer to.', {
  name: required(name, 'Its name.'),
  params: defaulted(llmParams, {}, 'How to reach it.'),
  provider: required(modelProvider, 'Which kind.'),
  formats: beyond('llm.providers[].formats', listOf(providerFormatEntry, { min: 1 })),
  defaults: optional(llmProviderDefaults, 'What its models start from.'),
});

/** Requests by header. */
interface LlmMatch {
  readonly headers: readonly HeaderMatch[];
}

const llmMatch: Schema<LlmMatch> = object<LlmMatch>('LlmMatch', 'Requests by header.', {
  headers: defaulted(listOf(headerMatch), [], 'Header fields that must match.'),
});

/** A model that clients can ask for. */
export interface LlmModel {
  readonly id?: string;
  readonly name: string;
  readonly visibility: ModelVisibility;
  readonly params: LlmParams;
  readonly provider: ModelProvider;
  readonly passthrough?: LlmPassthrough;
  readonly authorization?: Authorization;
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly transformation?: Readonly<Record<string, CelText>>;
  readonly finalTransformation?: Readonly<Record<string, CelText>>;
  readonly requestHeaders?: HeaderModifier;
  readonly responseHeaders?: HeaderModifier;
  readonly tls?: BackendTls;
  readonly auth?: BackendAuth;
  readonly health?: Health;
  readonly backendTunnel?: Tunnel;
  readonly guardrails?: PromptGuard;
  readonly promptCaching?: PromptCaching;
  readonly matches: readonly LlmMatch[];
  readonly formats?: readonly ProviderFormatEntry[];
  readonly facts?: ModelFacts;
  readonly unsupported?: UnsupportedMode;
  readonly answerModel?: AnswerModel;
  readonly media?: LlmMedia;
  readonly streams?: LlmStreams;
}

export const llmModel: Schema<LlmModel> = object<LlmModel>(
  'LlmModel',
  'A model that clients can ask for.',
  {
    id: optional(text, 'Stable id of the entry.'),
    name: required(name, 'Name that clients ask for; * stands for anything at its start or end.'),
    visibility: defaulted(modelVisibility, 'public', 'Whether clients can ask for it.'),
    params: defaulted(llmParams, {}, 'How to reach its provider.'),
    provider: required(modelProvider, 'Its provider.'),
    passthrough: optional(llmPassthrough, 'How requests that are not understood go on.'),
    authorization: optional(authorization, 'Who may do what.'),
    defaults: optional(anyObject, 'Fields to set where a request has none.'),
    overrides: optional(anyObject, 'Fields to set in every request.'),
    transformation: optional(mapOf(cel), 'Fields to compute.'),
    finalTransformation: optional(mapOf(cel), "Fields to compute after translation to the provider's format."),
    requestHeaders: optional(headerModifier, 'Changes to request headers.'),
    responseHeaders: optional(headerModifier, 'Changes to response headers.'),
    tls: optional(backendTls, 'TLS to the provider.'),
    auth: optional(backendAuth, 'Credentials for the provider.'),
    health: optional(health, 'When the provider counts as failing.'),
    backendTunnel: optional(tunnel, 'Proxy to go through.'),
    guardrails: optional(promptGuard, 'Guards of prompts and answers.'),
    promptCaching: optional(promptCaching, 'Where to put cache points.'),
    matches: defaulted(listOf(llmMatch), [], 'Only requests that match one of these.'),
    formats: beyond('llm.models[].formats', listOf(providerFormatEntry, { min: 1 })),
    facts: beyond('llm.models[].facts', modelFacts),
    unsupported: beyond('llm.models[].unsupported', unsupportedMode),
    answerModel: beyond('llm.models[].answerModel', answerModel),
    media: beyond('llm.models[].media', llmMedia),
    streams: beyond('llm.models[].streams', llmStreams),
  },
  { aliases: { backendTLS: 'tls' } },
);
