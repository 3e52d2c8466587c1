/** What happens to LLM requests. */

import { promptGuard, type PromptGuard } from './guards.ts';
import { listOf, mapOf, literals } from './kit/collection.ts';
import { required, optional, defaulted, defaultedOrNull } from './kit/field.ts';
import { beyond } from './beyond.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { llmMedia, type LlmMedia } from './llm-media.ts';
import { llmStreams, type LlmStreams } from './llm-streams.ts';
import { text, cel, bool, integer, anyObject, type CelText } from './kit/scalar.ts';

/** A message. */
interface PromptMessage {
  readonly role: string;
  readonly content: string;
}

const promptMessage: Schema<PromptMessage> = object<PromptMessage>('PromptMessage', 'A message.', {
  role: required(text, 'Who says it.'),
  content: required(text, 'What is said.'),
});

/** Messages to add to every prompt. */
interface PromptEnrichment {
  readonly append: readonly PromptMessage[];
  readonly prepend: readonly PromptMessage[];
}

const promptEnrichment: Schema<PromptEnrichment> = object<PromptEnrichment>(
  'PromptEnrichment',
  'Messages to add to every prompt.',
  {
    append: defaulted(listOf(promptMessage), [], 'After the prompt.'),
    prepend: defaulted(listOf(promptMessage), [], 'Before the prompt.'),
  },
);

/** Cache points for providers that want them marked. */
export interface PromptCaching {
  readonly cacheSystem: boolean;
  readonly cacheMessages: boolean;
  readonly cacheTools: boolean;
  readonly minTokens: number;
  readonly cacheMessageOffset: number;
}

export const promptCaching: Schema<PromptCaching> = object<PromptCaching>(
  'PromptCaching',
  'Cache points for providers that want them marked.',
  {
    cacheSystem: defaulted(bool, true, 'After the system prompt.'),
    cacheMessages: defaulted(bool, true, 'After the messages.'),
    cacheTools: defaulted(bool, false, 'After the tools.'),
    minTokens: defaultedOrNull(integer(0), 1024, 'Only for prompts of at least this many tokens.'),
    cacheMessageOffset: defaulted(integer(0), 0, 'How many messages before the last the point stands.'),
  },
);

/** What becomes of members of a request that its provider's format cannot express. */
export type UnsupportedMode = 'reject' | 'drop';

export const unsupportedMode: Schema<UnsupportedMode> = literals('reject', 'drop');

/** Whose name of the model answers have. */
export type AnswerModel = 'provider' | 'asked';

export const answerModel: Schema<AnswerModel> = literals('provider', 'asked');

/** The format that a path speaks; the last two are providers' only, so no file may say them. */
type RouteType =
  | 'completions'
  | 'messages'
  | 'models'
  | 'passthrough'
  | 'detect'
  | 'responses'
  | 'embeddings'
  | 'realtime'
  | 'anthropicTokenCount'
  | 'generateContent'
  | 'geminiCountTokens'
  | 'rerank'
  | 'legacyCompletions'
  | 'converse'
  | 'cohereChat';

const routeType: Schema<RouteType> = literals(
  'completions',
  'messages',
  'models',
  'passthrough',
  'detect',
  'responses',
  'embeddings',
  'realtime',
  'anthropicTokenCount',
  'generateContent',
  'geminiCountTokens',
  'rerank',
  'legacyCompletions',
);

/** What happens to LLM requests. */
export interface AiPolicy {
  readonly promptGuard?: PromptGuard;
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly transformations?: Readonly<Record<string, CelText>>;
  readonly finalTransformations?: Readonly<Record<string, CelText>>;
  readonly prompts?: PromptEnrichment;
  readonly modelAliases: Readonly<Record<string, string>>;
  readonly promptCaching?: PromptCaching;
  readonly routes: Readonly<Record<string, RouteType>>;
  readonly unsupported?: UnsupportedMode;
  readonly answerModel?: AnswerModel;
  readonly streams?: LlmStreams;
  readonly media?: LlmMedia;
}

export const aiPolicy: Schema<AiPolicy> = object<AiPolicy>('AiPolicy', 'What happens to LLM requests.', {
  promptGuard: optional(promptGuard, 'Guards of prompts and answers.'),
  defaults: optional(anyObject, 'Fields to set where a request has none.'),
  overrides: optional(anyObject, 'Fields to set in every request.'),
  transformations: optional(mapOf(cel), 'Fields to compute.'),
  finalTransformations: optional(mapOf(cel), "Fields to compute after translation to the provider's format."),
  prompts: optional(promptEnrichment, 'Messages to add.'),
  modelAliases: defaulted(mapOf(text), {}, 'Other names of models.'),
  promptCaching: optional(promptCaching, 'Where to put cache points.'),
  routes: defaulted(mapOf(routeType), {}, 'Formats by path suffix; * for the rest.'),
  unsupported: beyond('routes[].policies.ai.unsupported', unsupportedMode),
  answerModel: beyond('routes[].policies.ai.answerModel', answerModel),
  streams: beyond('routes[].policies.ai.streams', llmStreams),
  media: beyond('routes[].policies.ai.media', llmMedia),
});
