/**
 * The bodies that the gateway writes, as the vendors' own SDKs type them. Only read by the type checker, for
 * `sdk-types.ts`: each exported interface becomes a file of schemas, each of its members the schema of a body.
 */
import type { MessageCountTokensParams, MessageCreateParams } from '@anthropic-ai/sdk/resources/messages';
import type {
  Content,
  EmbedContentConfig,
  GenerateContentConfig,
  GenerationConfig,
  SafetySetting,
  ThinkingConfig,
  Tool,
  ToolConfig,
} from '@google/genai';
import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import type { CompletionCreateParams } from 'openai/resources/completions';
import type { EmbeddingCreateParams } from 'openai/resources/embeddings';
import type { ResponseCreateParams } from 'openai/resources/responses/responses';
import type { V2ChatRequest } from '../../node_modules/cohere-ai/serialization/resources/v2/client/requests/V2ChatRequest.js';
import type { V2EmbedRequest } from '../../node_modules/cohere-ai/serialization/resources/v2/client/requests/V2EmbedRequest.js';
import type { V2RerankRequest } from '../../node_modules/cohere-ai/serialization/resources/v2/client/requests/V2RerankRequest.js';

export interface Anthropic {
  readonly messages: MessageCreateParams;
  readonly countTokens: MessageCountTokensParams;
}

export interface Openai {
  readonly chatCompletions: ChatCompletionCreateParams;
  readonly completions: CompletionCreateParams;
  readonly responses: ResponseCreateParams;
  readonly embeddings: EmbeddingCreateParams;
}

export interface Cohere {
  readonly chat: CohereChatRequest;
  readonly embed: V2EmbedRequest.Raw;
  readonly rerank: V2RerankRequest.Raw;
}

/** The SDK adds `stream` itself. */
interface CohereChatRequest extends V2ChatRequest.Raw {
  readonly stream?: boolean;
}

/**
 * The SDK's own parameters are not the wire's: its converters move members of `config` to the top of the body and into
 * `generationConfig`, as written here.
 */
export interface Gemini {
  readonly generateContent: GenerateContentRequest;
  readonly countTokens: CountTokensRequest;
  readonly embedContent: EmbedContentRequest;
  readonly batchEmbedContents: { readonly requests: readonly EmbedContentRequest[] };
}

interface GenerateContentRequest extends Pick<GenerateContentConfig, 'cachedContent' | 'labels' | 'serviceTier'> {
  readonly model?: string;
  readonly contents: readonly Content[];
  readonly systemInstruction?: Content;
  readonly tools?: readonly Tool[];
  readonly toolConfig?: ToolConfig;
  readonly safetySettings?: readonly SafetySetting[];
  readonly generationConfig?: GeminiGenerationConfig;
}

interface GeminiGenerationConfig
  extends GenerationConfig, Pick<GenerateContentConfig, 'imageConfig' | 'enableEnhancedCivicAnswers'> {
  readonly thinkingConfig?: ThinkingConfig;
}

interface CountTokensRequest {
  readonly contents?: readonly Content[];
  readonly generateContentRequest?: GenerateContentRequest;
}

interface EmbedContentRequest extends Pick<EmbedContentConfig, 'taskType' | 'title' | 'outputDimensionality'> {
  readonly model?: string;
  readonly content: Content;
}
