import { demoRespond } from '../demo/respond.ts';
import type { LocalResponder } from '../demo/request.ts';

/** How a kind of provider differs from one whose label is its kind and that is reached over the network. */
interface ProviderTraits {
  /** Value of `gen_ai.provider.name` (OpenTelemetry semantic conventions). */
  readonly label?: string;
  /** Answers inside the gateway. */
  readonly respond?: LocalResponder;
}

/** Shared code asks this table, never a provider's name. Addresses, formats and keys are configuration's. */
const traits: ReadonlyMap<string, ProviderTraits> = new Map([
  ['openAI', { label: 'openai' }],
  ['gemini', { label: 'gcp.gemini' }],
  ['demo', { respond: demoRespond }],
]);

/** Value of `gen_ai.provider.name` for a kind; a kind that only the file knows keeps its name. */
export function providerLabel(kind: string): string {
  return traits.get(kind)?.label ?? kind;
}

/** How a kind answers inside the gateway, or null. */
export function localResponder(kind: string): LocalResponder | null {
  return traits.get(kind)?.respond ?? null;
}
