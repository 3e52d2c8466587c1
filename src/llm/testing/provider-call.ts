import type { LlmFormat, LlmProvider } from '../../model/llm.ts';
import type { ProviderCall } from '../providers/adapter.ts';

const formats: readonly LlmFormat[] = [
  'completions',
  'messages',
  'responses',
  'generateContent',
  'converse',
  'embeddings',
];

/** A translated call of a provider that speaks everything; `settings` are the provider's own. */
export function providerCall(
  kind: string,
  call: Partial<ProviderCall> = {},
  settings: Partial<Pick<LlmProvider, 'pathPrefix' | 'settings'>> = {},
): ProviderCall {
  const spoken = formats.map((format) => ({ format }));
  const provider: LlmProvider = { name: 'p', kind, pathPrefix: '', formats: spoken, policies: {}, ...settings };
  return {
    provider,
    formats: spoken,
    type: 'messages',
    model: null,
    stream: false,
    translated: true,
    path: '/v1/messages',
    query: '',
    ...call,
  };
}
