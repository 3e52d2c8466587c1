import type { LlmProvider } from '../../model/llm.ts';
import type { CredentialLocation } from '../../model/policy.ts';
import { demoRespond } from '../demo/respond.ts';
import type { LocalResponder } from '../demo/request.ts';
import { dialects } from '../formats/completions/dialects.ts';
import type { ProviderTraits } from './adapter.ts';
import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { bedrock } from './bedrock.ts';
import { cohere } from './cohere.ts';
import { copilot } from './copilot.ts';
import { gemini } from './gemini.ts';
import { vertex } from './vertex.ts';

/** Kinds that are best known by an API like OpenAI's: only their names and their chat differ. */
const compatible: Readonly<Record<string, ProviderTraits>> = {
  cohere,
  mistral: { label: 'mistral_ai' },
  groq: { repairs: ['usageInXGroq'] },
  togetherai: { repairs: ['eosFinish', 'usageWithoutChoices'] },
  fireworks: { repairs: ['eosFinish', 'usageWithoutChoices'] },
  ollama: { repairs: ['repeatedRole'] },
  lmstudio: {},
  vllm: {},
  llamacpp: { repairs: ['repeatedRole'] },
  openrouter: {},
  deepseek: {},
  xai: { label: 'x_ai' },
  deepinfra: {},
  cerebras: {},
  huggingface: {},
  baseten: {},
};

const platforms: Readonly<Record<string, ProviderTraits>> = {
  openAI: { label: 'openai', strictMessages: true },
  anthropic,
  gemini,
  vertex,
  bedrock,
  azure,
  copilot,
  demo: { respond: demoRespond },
};

/** Shared code asks this table, never a provider's name. Addresses, formats and key variables are configuration's. */
const traits: ReadonlyMap<string, ProviderTraits> = new Map([
  ...Object.entries(platforms),
  ...Object.entries(compatible).map(([kind, own]): [string, ProviderTraits] => {
    const dialect = dialects.get(kind);
    return [kind, { ...own, chatFirst: true, ...(dialect === undefined ? {} : { dialect }) }];
  }),
]);

const unknownKind: ProviderTraits = {};

/** What is special about a kind of provider; nothing about one that only the file knows. */
export function providerTraits(kind: string): ProviderTraits {
  return traits.get(kind) ?? unknownKind;
}

/** Value of `gen_ai.provider.name`: as the file says, else what the kind is called. */
export function providerLabel({ kind, label }: Pick<LlmProvider, 'kind' | 'label'>): string {
  return label ?? traits.get(kind)?.label ?? kind;
}

/** How a kind answers inside the gateway, or null. */
export function localResponder(kind: string): LocalResponder | null {
  return traits.get(kind)?.respond ?? null;
}

/** Where a key stands for a kind, where the file does not say it; undefined: `Authorization: Bearer`. */
export function usualKeyLocation(kind: string, key: string): CredentialLocation | undefined {
  return traits.get(kind)?.keyLocation?.(key);
}
