import type { ChatDialect } from '../../pivot/dialect.ts';

/** Servers that still call the limit `max_tokens`, and ignore OpenAI's newer name. */
const olderLimit = { max_completion_tokens: 'max_tokens' } as const;

const table: Readonly<Record<string, ChatDialect>> = {
  // docs.mistral.ai/api: unknown members are refused (422); error 3230 for a user after a tool, 3280 for ids of calls.
  mistral: {
    name: 'Mistral',
    names: { ...olderLimit, seed: 'random_seed' },
    lacks: { user: 'hint', reasoning_effort: 'hint' },
    usageAlways: true,
    required: 'any',
    callIdLength: 9,
    answersTools: true,
    prefix: true,
  },
  // api-docs.deepseek.com: response_format is text or json_object.
  deepseek: { name: 'DeepSeek', names: olderLimit, lacks: { user: 'hint' }, looseJson: true },
  // inference-docs.cerebras.ai: penalties are answered with 400.
  cerebras: {
    name: 'Cerebras',
    carefulEffort: true,
    lacks: { frequency_penalty: 'meaning', presence_penalty: 'meaning' },
  },
  // console.groq.com/docs/reasoning: 400 for models that do not reason.
  groq: { name: 'Groq', carefulEffort: true },
  // docs.x.ai: Grok 4 answers 400 to it.
  xai: { name: 'xAI', carefulEffort: true },
  togetherai: { name: 'Together AI', names: olderLimit, topK: true, lacks: { user: 'hint' } },
  fireworks: { name: 'Fireworks', names: olderLimit, topK: true },
  deepinfra: { name: 'DeepInfra', names: olderLimit, topK: true },
  huggingface: { name: 'Hugging Face', names: olderLimit },
  baseten: { name: 'Baseten', names: olderLimit, topK: true },
  openrouter: { name: 'OpenRouter', names: olderLimit, topK: true },
  // docs.ollama.com/api/openai-compatibility: these members are not read.
  ollama: {
    name: 'Ollama',
    names: olderLimit,
    choosesTools: true,
    carefulEffort: true,
    lacks: { user: 'hint', parallel_tool_calls: 'hint' },
  },
  lmstudio: { name: 'LM Studio', names: olderLimit, topK: true, lacks: { user: 'hint' } },
  vllm: { name: 'vLLM', topK: true },
  llamacpp: { name: 'llama.cpp', names: olderLimit, topK: true, lacks: { user: 'hint' } },
};

/** OpenAI-compatible APIs that differ from OpenAI's, by kind of provider. Kinds that do not stand here take the same. */
export const dialects: ReadonlyMap<string, ChatDialect> = new Map(Object.entries(table));
