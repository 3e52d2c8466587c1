import type { UpstreamAddress } from '../../model/backend.ts';
import type { LlmFormat, LlmProvider } from '../../model/llm.ts';
import { parseHost } from './address.ts';

/** What is known of a kind of LLM provider before a file says anything. */
export interface ProviderRow {
  /** URL that format paths are put after; absent for one that is answered inside the gateway or must be given. */
  readonly baseUrl?: string;
  /** Environment variable that holds the key when the file has none; absent: it needs no key. */
  readonly keyVariable?: string;
  /** Formats that it speaks, preferred first; a path replaces base path and usual path. */
  readonly formats: LlmProvider['formats'];
}

const only = (...formats: readonly LlmFormat[]): LlmProvider['formats'] => formats.map((format) => ({ format }));

/**
 * One row for each kind of provider: the only place for addresses, formats and key variables. What a kind is at run time
 * stands in `llm/providers/`; kinds that are not built yet, in `unsupported.ts`.
 */
export const providerRows: Readonly<Record<string, ProviderRow>> = {
  openAI: {
    baseUrl: 'https://api.openai.com/v1',
    keyVariable: 'OPENAI_API_KEY',
    formats: only('completions', 'responses', 'embeddings'),
  },
  // Anthropic and Google through their OpenAI-compatible faces; both take the key as a bearer token there.
  anthropic: {
    baseUrl: 'https://api.anthropic.com/v1',
    keyVariable: 'ANTHROPIC_API_KEY',
    formats: only('completions', 'messages', 'anthropicTokenCount'),
  },
  gemini: {
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keyVariable: 'GEMINI_API_KEY',
    formats: only('completions', 'embeddings'),
  },
  demo: { formats: only('completions', 'embeddings') },
  cohere: {
    baseUrl: 'https://api.cohere.ai',
    keyVariable: 'COHERE_API_KEY',
    formats: [
      { format: 'completions', path: '/compatibility/v1/chat/completions' },
      { format: 'embeddings', path: '/compatibility/v1/embeddings' },
      { format: 'rerank', path: '/v2/rerank' },
    ],
  },
  ollama: { baseUrl: 'http://localhost:11434/v1', formats: only('completions', 'responses', 'embeddings') },
  baseten: {
    baseUrl: 'https://inference.baseten.co/v1',
    keyVariable: 'BASETEN_API_KEY',
    formats: only('completions', 'messages'),
  },
  cerebras: {
    baseUrl: 'https://api.cerebras.ai/v1',
    keyVariable: 'CEREBRAS_API_KEY',
    formats: only('completions'),
  },
  deepinfra: {
    baseUrl: 'https://api.deepinfra.com/v1/openai',
    keyVariable: 'DEEPINFRA_API_KEY',
    formats: [
      { format: 'completions' },
      { format: 'messages', path: '/anthropic/v1/messages' },
      { format: 'embeddings' },
    ],
  },
  deepseek: {
    baseUrl: 'https://api.deepseek.com/v1',
    keyVariable: 'DEEPSEEK_API_KEY',
    formats: [
      { format: 'completions' },
      { format: 'messages', path: '/anthropic/v1/messages' },
      { format: 'responses' },
    ],
  },
  groq: {
    baseUrl: 'https://api.groq.com/openai/v1',
    keyVariable: 'GROQ_API_KEY',
    formats: only('completions', 'responses'),
  },
  huggingface: {
    baseUrl: 'https://router.huggingface.co/v1',
    keyVariable: 'HF_TOKEN',
    formats: only('completions', 'responses'),
  },
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    keyVariable: 'MISTRAL_API_KEY',
    formats: only('completions', 'embeddings'),
  },
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    keyVariable: 'OPENROUTER_API_KEY',
    formats: only('completions', 'messages', 'responses', 'embeddings', 'rerank'),
  },
  togetherai: {
    baseUrl: 'https://api.together.xyz/v1',
    keyVariable: 'TOGETHER_API_KEY',
    formats: only('completions', 'embeddings', 'rerank'),
  },
  xai: {
    baseUrl: 'https://api.x.ai/v1',
    keyVariable: 'XAI_API_KEY',
    formats: only('completions', 'responses'),
  },
  fireworks: {
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    keyVariable: 'FIREWORKS_API_KEY',
    formats: only('completions', 'messages', 'responses', 'embeddings', 'rerank'),
  },
};

/** Where a provider is: address, whether TLS is spoken there, and the path before format paths. */
export interface ProviderPlace {
  readonly address?: UpstreamAddress;
  readonly tls: boolean;
  readonly pathPrefix: string;
}

/** The place of a kind's own endpoint; `/v1` on no host for a kind without one. */
export function usualPlace(row: ProviderRow): ProviderPlace {
  const target = row.baseUrl === undefined ? undefined : parseHost(row.baseUrl);
  if (target === undefined || 'problem' in target) return { tls: false, pathPrefix: '/v1' };
  return { address: target.address, tls: target.tls, pathPrefix: withoutFinalSlash(target.path) };
}

/** `/v1/` → `/v1`, `/` → ''. */
export function withoutFinalSlash(path: string): string {
  return path.replace(/\/+$/, '');
}
