import type { LlmFormat, LlmRouteType } from '../../model/llm.ts';

interface Operation {
  /** `gen_ai.operation.name` (OpenTelemetry semantic conventions where they have one). */
  readonly name: string;
  /** After the provider's path prefix; null where the model stands in the path. */
  readonly suffix: string | null;
}

/** What each format is called and where OpenAI-compatible upstreams and its own vendor serve it. */
export const operations: Readonly<Record<LlmFormat, Operation>> = {
  completions: { name: 'chat', suffix: '/chat/completions' },
  messages: { name: 'chat', suffix: '/messages' },
  responses: { name: 'chat', suffix: '/responses' },
  embeddings: { name: 'embeddings', suffix: '/embeddings' },
  anthropicTokenCount: { name: 'count_tokens', suffix: '/messages/count_tokens' },
  generateContent: { name: 'generate_content', suffix: null },
  geminiCountTokens: { name: 'count_tokens', suffix: null },
  realtime: { name: 'realtime', suffix: '/realtime' },
  rerank: { name: 'rerank', suffix: '/rerank' },
  legacyCompletions: { name: 'text_completion', suffix: '/completions' },
  converse: { name: 'chat', suffix: null },
  cohereChat: { name: 'chat', suffix: '/chat' },
};

/** True for a route type that names a format; the others are handled by what they are, not by what they carry. */
export function isFormat(type: LlmRouteType): type is LlmFormat {
  return Object.hasOwn(operations, type);
}

/** `gen_ai.operation.name` of any route type. */
export function operationName(type: LlmRouteType): string {
  return isFormat(type) ? operations[type].name : type;
}
