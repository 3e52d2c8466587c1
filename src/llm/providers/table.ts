import type { CredentialLocation } from '../../model/policy.ts';
import type { LlmFormat, LlmProvider } from '../../model/llm.ts';
import { demoRespond } from '../demo/respond.ts';
import type { LocalResponder } from '../demo/request.ts';

/** What is known of a kind of provider. */
export interface ProviderRow {
  /** Value of `gen_ai.provider.name`; absent: the kind. */
  readonly label?: string;
  /** Where it is by default; absent: configuration must say, or it is answered here. */
  readonly baseUrl?: string;
  /** Formats it speaks in OpenAI's or its own shape, preferred first; `path` replaces base path and suffix. */
  readonly formats: LlmProvider['formats'];
  /** Environment variable that holds its key by convention. */
  readonly keyEnv?: string;
  /** Where its key goes; absent: `Authorization: Bearer`. */
  readonly auth?: CredentialLocation;
  /** Answers inside the gateway. */
  readonly respond?: LocalResponder;
}

const speaks = (...formats: LlmFormat[]): LlmProvider['formats'] => formats.map((format) => ({ format }));

/** One row for each kind of provider; shared code asks the row, never the name. */
export const providerTable: Readonly<Record<string, ProviderRow>> = {
  openAI: {
    label: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    formats: speaks('completions', 'responses', 'embeddings'),
    keyEnv: 'OPENAI_API_KEY',
  },
  custom: { formats: [] },
  demo: { formats: speaks('completions', 'embeddings'), respond: demoRespond },
  // The OpenAI-compatible faces; both take the key as a bearer token there.
  anthropic: {
    baseUrl: 'https://api.anthropic.com/v1',
    formats: speaks('completions', 'messages', 'anthropicTokenCount'),
    keyEnv: 'ANTHROPIC_API_KEY',
  },
  gemini: {
    label: 'gcp.gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    formats: speaks('completions', 'embeddings'),
    keyEnv: 'GEMINI_API_KEY',
  },
  cohere: {
    baseUrl: 'https://api.cohere.ai',
    formats: [
      { format: 'completions', path: '/compatibility/v1/chat/completions' },
      { format: 'embeddings', path: '/compatibility/v1/embeddings' },
      { format: 'rerank', path: '/v2/rerank' },
    ],
    keyEnv: 'COHERE_API_KEY',
  },
  ollama: { baseUrl: 'http://localhost:11434/v1', formats: speaks('completions', 'responses', 'embeddings') },
  baseten: {
    baseUrl: 'https://inference.baseten.co/v1',
    formats: speaks('completions', 'messages'),
    keyEnv: 'BASETEN_API_KEY',
  },
  cerebras: { baseUrl: 'https://api.cerebras.ai/v1', formats: speaks('completions'), keyEnv: 'CEREBRAS_API_KEY' },
  deepinfra: {
    baseUrl: 'https://api.deepinfra.com/v1/openai',
    formats: [
      { format: 'completions' },
      { format: 'messages', path: '/anthropic/v1/messages' },
      { format: 'embeddings' },
    ],
    keyEnv: 'DEEPINFRA_API_KEY',
  },
  deepseek: {
    baseUrl: 'https://api.deepseek.com/v1',
    formats: [
      { format: 'completions' },
      { format: 'messages', path: '/anthropic/v1/messages' },
      { format: 'responses' },
    ],
    keyEnv: 'DEEPSEEK_API_KEY',
  },
  groq: {
    baseUrl: 'https://api.groq.com/openai/v1',
    formats: speaks('completions', 'responses'),
    keyEnv: 'GROQ_API_KEY',
  },
  huggingface: {
    baseUrl: 'https://router.huggingface.co/v1',
    formats: speaks('completions', 'responses'),
    keyEnv: 'HF_TOKEN',
  },
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    formats: speaks('completions', 'embeddings'),
    keyEnv: 'MISTRAL_API_KEY',
  },
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    formats: speaks('completions', 'messages', 'responses', 'embeddings', 'rerank'),
    keyEnv: 'OPENROUTER_API_KEY',
  },
  togetherai: {
    baseUrl: 'https://api.together.xyz/v1',
    formats: speaks('completions', 'embeddings', 'rerank'),
    keyEnv: 'TOGETHER_API_KEY',
  },
  xai: { baseUrl: 'https://api.x.ai/v1', formats: speaks('completions', 'responses'), keyEnv: 'XAI_API_KEY' },
  fireworks: {
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    formats: speaks('completions', 'messages', 'responses', 'embeddings', 'rerank'),
    keyEnv: 'FIREWORKS_API_KEY',
  },
};
