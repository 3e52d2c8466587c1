import type { Limit, Limits } from './limit.ts';

/** A limit of the members of several definitions that are one in the vendor's own schema. */
function each(definitions: readonly string[], members: Limits): Limits {
  const entries = definitions.flatMap((name) => {
    return Object.entries(members).map(([member, limit]): [string, Limit] => [`${name}/${member}`, limit]);
  });
  return Object.fromEntries(entries);
}

const positive: Limit = { type: 'number', integer: true, min: 1 };
const oneOrMore: Limit = { type: 'array', min: 1 };
/** Blocks of nothing but white space are answered with 400. */
const notBlank: Limit = { type: 'string', pattern: '\\S' };
const share: Limit = { type: 'number', min: 0, max: 1 };

/**
 * https://platform.claude.com/docs/en/api/messages and the comments of `@anthropic-ai/sdk`. The SDK types version
 * 2026-10-21, which has no sampling; the gateway asks for 2023-06-01, in which models before Claude 4.7 take it.
 */
export const anthropicLimits: Limits = {
  ...each(['MessageCreateParamsNonStreaming', 'MessageCreateParamsStreaming'], {
    '+temperature': share,
    '+top_p': share,
    '+top_k': { type: 'number', integer: true, min: 0 },
    max_tokens: positive,
    messages: oneOrMore,
    'stop_sequences[]': notBlank,
  }),
  'MessageCountTokensParams/messages': oneOrMore,
  'TextBlockParam/text': notBlank,
  'Tool/name': { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,128}$' },
  'ToolChoiceTool/name': { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,128}$' },
  'ToolUseBlockParam/name': { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,128}$' },
  'ToolUseBlockParam/id': { type: 'string', pattern: '^[a-zA-Z0-9_-]+$' },
  'ToolResultBlockParam/tool_use_id': { type: 'string', pattern: '^[a-zA-Z0-9_-]+$' },
  'ThinkingConfigEnabled/budget_tokens': { type: 'number', integer: true, min: 1024 },
  'ThinkingBlockParam/signature': { type: 'string', min: 1 },
  'Base64ImageSource/data': { type: 'string', base64: true, min: 1 },
  'Base64PDFSource/data': { type: 'string', base64: true, min: 1 },
  'Metadata/user_id': { type: 'string', max: 512 },
};

const functionName: Limit = { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,64}$' };
const openaiSampling: Limits = {
  temperature: { type: 'number', min: 0, max: 2 },
  top_p: share,
  top_logprobs: { type: 'number', integer: true, min: 0, max: 20 },
};

/** https://platform.openai.com/docs/api-reference and the comments of `openai`. */
export const openaiLimits: Limits = {
  ...each(['ChatCompletionCreateParamsNonStreaming', 'ChatCompletionCreateParamsStreaming'], {
    ...openaiSampling,
    messages: oneOrMore,
    max_completion_tokens: positive,
    n: { type: 'number', integer: true, min: 1, max: 128 },
    frequency_penalty: { type: 'number', min: -2, max: 2 },
    presence_penalty: { type: 'number', min: -2, max: 2 },
    stop: { type: 'array', min: 1, max: 4 },
    tools: { type: 'array', min: 1, max: 128 },
  }),
  ...each(['ResponseCreateParamsNonStreaming', 'ResponseCreateParamsStreaming'], {
    ...openaiSampling,
    // https://github.com/earendil-works/pi/issues/6265
    max_output_tokens: { type: 'number', integer: true, min: 16 },
    // https://github.com/pydantic/pydantic-ai/pull/3470
    input: oneOrMore,
  }),
  'FunctionDefinition/name': functionName,
  'FunctionTool/name': { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,128}$' },
  'ResponseFormatJSONSchema.JSONSchema/name': functionName,
  'ResponseFormatTextJSONSchemaConfig/name': functionName,
  'ChatCompletionAssistantMessageParam/tool_calls': oneOrMore,
  'EmbeddingCreateParams/dimensions': positive,
};

/** What servers with an API like OpenAI's take besides, each as its own documentation says (`completions/dialects.ts`). */
export const compatibleLimits: Limits = {
  ...openaiLimits,
  ...each(['ChatCompletionCreateParamsNonStreaming', 'ChatCompletionCreateParamsStreaming'], {
    '+top_k': { type: 'number', integer: true },
    '+random_seed': { type: 'number', integer: true },
    tool_choice: { type: 'string', enum: ['auto', 'none', 'required', 'any'] },
  }),
  'ChatCompletionAssistantMessageParam/+prefix': { type: 'boolean' },
};

/** The comments of `cohere-ai`'s `V2ChatRequest` and https://docs.cohere.com/reference/chat. */
export const cohereLimits: Limits = {
  'CohereChatRequest/messages': oneOrMore,
  'CohereChatRequest/stop_sequences': { type: 'array', max: 5 },
  'CohereChatRequest/temperature': { type: 'number', min: 0 },
  'CohereChatRequest/k': { type: 'number', integer: true, min: 0, max: 500 },
  'CohereChatRequest/p': { type: 'number', min: 0.01, max: 0.99 },
  'CohereChatRequest/frequency_penalty': share,
  'CohereChatRequest/presence_penalty': share,
  'CohereChatRequest/max_tokens': { type: 'number', integer: true, min: 0 },
  'CohereChatRequest/seed': { type: 'number', integer: true, min: 0 },
  'ToolCallV2.Raw': { type: 'object', required: ['id', 'type', 'function'] },
  'ToolV2.Raw': { type: 'object', required: ['type', 'function'] },
  'V2RerankRequest.Raw/top_n': positive,
  'V2EmbedRequest.Raw/texts': { type: 'array', max: 96 },
};

const googleDeclaration: Limits = {
  FunctionDeclaration: {
    type: 'object',
    atMostOne: [
      ['parameters', 'parametersJsonSchema'],
      ['response', 'responseJsonSchema'],
    ],
  },
  'FunctionDeclaration/name': { type: 'string', pattern: '^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$' },
  'Content/role': { type: 'string', enum: ['user', 'model'] },
  'Content/parts': oneOrMore,
  'GenerateContentRequest/contents': oneOrMore,
};
const googleGeneration: Limits = {
  temperature: { type: 'number', min: 0, max: 2 },
  topP: share,
  candidateCount: positive,
  maxOutputTokens: positive,
  stopSequences: { type: 'array', max: 5 },
  logprobs: { type: 'number', integer: true, min: 0, max: 20 },
};
const partData = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse', 'executableCode'];

/**
 * The comments of the discovery documents, and the `oneof`s of the protocol buffers behind them, which neither the
 * documents nor the SDK tell (https://ai.google.dev/api/caching#Part, https://ai.google.dev/api/generate-content).
 */
export const vertexLimits: Limits = {
  ...googleDeclaration,
  ...each(['GenerationConfig'], googleGeneration),
  GenerationConfig: { type: 'object', atMostOne: [['responseSchema', 'responseJsonSchema']] },
  GenerationConfigThinkingConfig: { type: 'object', atMostOne: [['thinkingBudget', 'thinkingLevel']] },
  Part: { type: 'object', one: [[...partData, 'codeExecutionResult']] },
};

const int64: Limit = { type: 'string', pattern: '^-?[0-9]+$' };
export const geminiLimits: Limits = {
  ...googleDeclaration,
  ...each(['GeminiGenerationConfig'], googleGeneration),
  ...each(['Schema'], { maxItems: int64, minItems: int64, maxLength: int64, minLength: int64 }),
  GeminiGenerationConfig: { type: 'object', atMostOne: [['responseSchema', 'responseJsonSchema']] },
  ThinkingConfig: { type: 'object', atMostOne: [['thinkingBudget', 'thinkingLevel']] },
  Part: { type: 'object', one: [[...partData, 'codeExecutionResult', 'toolCall', 'toolResponse']] },
  'Part/thoughtSignature': { type: 'string', base64: true },
  'Blob_2/data': { type: 'string', base64: true },
};

/** AWS tells its limits in its model; these are what its documentation of Converse adds. */
export const bedrockLimits: Limits = {
  'bedrock-runtime.ConverseRequest/messages': oneOrMore,
  'bedrock-runtime.ConverseStreamRequest/messages': oneOrMore,
  'bedrock-runtime.Message/content': oneOrMore,
  'bedrock-runtime.ContentBlock/text': notBlank,
  'bedrock-runtime.DocumentBlock/name': { type: 'string', pattern: '^(?!.*\\s\\s)[a-zA-Z0-9\\s()[\\]-]+$' },
};
