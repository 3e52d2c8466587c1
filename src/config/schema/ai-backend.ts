/** LLM providers. */

import { backendPolicies, type BackendPolicies } from './backend-policies.ts';
import { beyond, presetNames, row, type PresetName } from './beyond.ts';
import { listOf, literals } from './kit/collection.ts';
import { required, optional, defaulted, own, type Field } from './kit/field.ts';
import { hostPort } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text, bool } from './kit/scalar.ts';
import { union } from './kit/union.ts';

/** How something is moderated. */
interface OpenAiModerationRule {
  readonly mode: 'score' | 'block';
}

const openAiModerationRule: Schema<OpenAiModerationRule> = object<OpenAiModerationRule>(
  'OpenAiModerationRule',
  'How something is moderated.',
  {
    mode: required(literals('score', 'block'), 'Only score it, or block it.'),
  },
);

/** What is moderated. */
interface OpenAiModerationPolicy {
  readonly input?: OpenAiModerationRule;
  readonly output?: OpenAiModerationRule;
}

const openAiModerationPolicy: Schema<OpenAiModerationPolicy> = object<OpenAiModerationPolicy>(
  'OpenAiModerationPolicy',
  'What is moderated.',
  {
    input: optional(openAiModerationRule, 'The prompt.'),
    output: optional(openAiModerationRule, 'The answer.'),
  },
);

/** OpenAI's own moderation of a request. */
interface OpenAiModeration {
  readonly model: string;
  readonly policy?: OpenAiModerationPolicy;
}

const openAiModeration: Schema<OpenAiModeration> = object<OpenAiModeration>(
  'OpenAiModeration',
  "OpenAI's own moderation of a request.",
  {
    model: defaulted(text, 'omni-moderation-latest', 'Moderation model.'),
    policy: optional(openAiModerationPolicy, 'What is moderated.'),
  },
);

/** OpenAI. */
interface OpenAiProvider {
  readonly model?: string;
  readonly moderation?: OpenAiModeration;
}

const openAiProvider: Schema<OpenAiProvider> = object<OpenAiProvider>('OpenAiProvider', 'OpenAI.', {
  model: optional(text, "Model instead of the request's."),
  moderation: optional(openAiModeration, 'Moderation of requests and answers.'),
});

/** Google Gemini. */
interface GeminiProvider {
  readonly model?: string;
}

const geminiProvider: Schema<GeminiProvider> = object<GeminiProvider>('GeminiProvider', 'Google Gemini.', {
  model: optional(text, "Model instead of the request's."),
});

/** Google Vertex AI. */
interface VertexProvider {
  readonly model?: string;
  readonly region?: string;
  readonly projectId: string;
}

const vertexProvider: Schema<VertexProvider> = object<VertexProvider>('VertexProvider', 'Google Vertex AI.', {
  model: optional(text, "Model instead of the request's."),
  region: optional(text, 'Region, global when absent.'),
  projectId: required(text, 'Google Cloud project.'),
});

/** Anthropic. */
interface AnthropicProvider {
  readonly model?: string;
}

const anthropicProvider: Schema<AnthropicProvider> = object<AnthropicProvider>('AnthropicProvider', 'Anthropic.', {
  model: optional(text, "Model instead of the request's."),
});

/** Amazon Bedrock. */
interface BedrockProvider {
  readonly model?: string;
  readonly region: string;
  readonly guardrailIdentifier?: string;
  readonly guardrailVersion?: string;
}

const bedrockProvider: Schema<BedrockProvider> = object<BedrockProvider>('BedrockProvider', 'Amazon Bedrock.', {
  model: optional(text, "Model instead of the request's."),
  region: required(text, 'AWS region.'),
  guardrailIdentifier: optional(text, 'Guardrail to apply.'),
  guardrailVersion: optional(text, 'Its version.'),
});

/** Kinds of Azure resources. */
export type AzureResourceType = 'openAI' | 'foundry' | 'aiServices';

export const azureResourceType: Schema<AzureResourceType> = literals('openAI', 'foundry', 'aiServices');

/** A format that a provider can speak. */
type ProviderFormat =
  | 'completions'
  | 'messages'
  | 'responses'
  | 'embeddings'
  | 'anthropicTokenCount'
  | 'generateContent'
  | 'geminiCountTokens'
  | 'realtime'
  | 'rerank'
  | 'legacyCompletions';

const providerFormat: Schema<ProviderFormat> = literals(
  'completions',
  'messages',
  'responses',
  'embeddings',
  'anthropicTokenCount',
  'generateContent',
  'geminiCountTokens',
  'realtime',
  'rerank',
  'legacyCompletions',
);

/** Azure OpenAI or Foundry. */
interface AzureProvider {
  readonly model?: string;
  readonly resourceName: string;
  readonly resourceType: AzureResourceType;
  readonly apiVersion?: string;
  readonly projectName?: string;
}

const azureProvider: Schema<AzureProvider> = object<AzureProvider>('AzureProvider', 'Azure OpenAI or Foundry.', {
  model: optional(text, "Model instead of the request's."),
  resourceName: required(text, 'Name of the resource.'),
  resourceType: required(azureResourceType, 'Kind of the resource.'),
  apiVersion: optional(text, 'Version of its API.'),
  projectName: optional(text, 'Project of a Foundry resource.'),
});

/** GitHub Copilot. */
interface CopilotProvider {
  readonly model?: string;
}

const copilotProvider: Schema<CopilotProvider> = object<CopilotProvider>('CopilotProvider', 'GitHub Copilot.', {
  model: optional(text, "Model instead of the request's."),
});

/** A format of a provider. */
export interface ProviderFormatEntry {
  readonly type: ProviderFormat;
  readonly path?: string;
}

export const providerFormatEntry: Schema<ProviderFormatEntry> = object<ProviderFormatEntry>(
  'ProviderFormatEntry',
  'A format of a provider.',
  {
    type: required(providerFormat, 'The format.'),
    path: optional(text, 'Its path, when not the usual one.'),
  },
);

/** Any provider that speaks known formats. */
export interface CustomProvider {
  readonly model?: string;
  readonly providerOverride?: string;
  readonly formats: readonly ProviderFormatEntry[];
}

export const customProvider: Schema<CustomProvider> = object<CustomProvider>(
  'CustomProvider',
  'Any provider that speaks known formats.',
  {
    model: optional(text, "Model instead of the request's."),
    providerOverride: optional(text, 'Provider name in telemetry and prices.'),
    formats: required(listOf(providerFormatEntry), 'The formats that it speaks.'),
  },
);

/** A provider of which only its name has to be known. */
interface PresetProvider {
  readonly model?: string;
}

const presetProvider: Schema<PresetProvider> = object<PresetProvider>(
  'PresetProvider',
  'A provider of which only its name has to be known.',
  { model: optional(text, "Model instead of the request's.") },
);

/** The kinds of {@link AiProviderKind}. */
interface AiProviderKindKinds extends Readonly<Record<PresetName, PresetProvider>> {
  readonly openAI: OpenAiProvider;
  readonly gemini: GeminiProvider;
  readonly vertex: VertexProvider;
  readonly anthropic: AnthropicProvider;
  readonly bedrock: BedrockProvider;
  readonly azure: AzureProvider;
  readonly copilot: CopilotProvider;
  readonly custom: CustomProvider;
}

const presets = Object.fromEntries(
  presetNames.map((name) => [name, own(required(presetProvider, row(`backends[].ai.provider.${name}`).meaning))]),
) as Readonly<Record<PresetName, Field<PresetProvider, 'required'>>>;

/** A kind of LLM provider. */
type AiProviderKind = OneOf<AiProviderKindKinds>;

const aiProviderKind: Schema<AiProviderKind> = oneOfKeys<AiProviderKindKinds>(
  'AiProviderKind',
  'A kind of LLM provider.',
  {
    openAI: required(openAiProvider, 'OpenAI.'),
    gemini: required(geminiProvider, 'Google Gemini.'),
    vertex: required(vertexProvider, 'Google Vertex AI.'),
    anthropic: required(anthropicProvider, 'Anthropic.'),
    bedrock: required(bedrockProvider, 'Amazon Bedrock.'),
    azure: required(azureProvider, 'Azure OpenAI or Foundry.'),
    copilot: required(copilotProvider, 'GitHub Copilot.'),
    custom: required(customProvider, 'Any other, with the formats that it speaks.'),
    ...presets,
  },
  {},
);

/** An LLM provider. */
export interface AiProvider {
  readonly name: string;
  readonly provider: AiProviderKind;
  readonly hostOverride?: string;
  readonly pathOverride?: string;
  readonly pathPrefix?: string;
  readonly formats?: readonly ProviderFormatEntry[];
  readonly tokenize: boolean;
  readonly policies?: BackendPolicies;
}

const aiProvider: Schema<AiProvider> = object<AiProvider>('AiProvider', 'An LLM provider.', {
  name: required(text, 'Its name.'),
  provider: required(aiProviderKind, 'Which kind.'),
  hostOverride: optional(hostPort, "Host and port instead of the provider's."),
  pathOverride: optional(text, "Path instead of the provider's."),
  pathPrefix: optional(text, "Path before the provider's."),
  formats: beyond('backends[].ai.formats', listOf(providerFormatEntry, { min: 1 })),
  tokenize: defaulted(bool, false, 'Whether tokens are counted before sending.'),
  policies: optional(backendPolicies, 'Policies of the requests to it.'),
});

/** Providers of one priority. */
interface AiGroup {
  readonly providers: readonly AiProvider[];
}

const aiGroup: Schema<AiGroup> = object<AiGroup>('AiGroup', 'Providers of one priority.', {
  providers: required(listOf(aiProvider), 'The providers.'),
});

/** Providers in order of priority. */
interface AiGroups {
  readonly groups: readonly AiGroup[];
}

const aiGroups: Schema<AiGroups> = object<AiGroups>('AiGroups', 'Providers in order of priority.', {
  groups: required(listOf(aiGroup), 'The groups, first to last.'),
});

/** One provider, or groups of them in order of priority. */
export type AiBackend = AiProvider | AiGroups;

export const aiBackend: Schema<AiBackend> = union(aiProvider, aiGroups);
