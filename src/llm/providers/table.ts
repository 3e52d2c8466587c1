import { providerRows } from '../../config/translate/providers.ts';
import { demoRespond } from '../demo/respond.ts';
import type { LocalResponder } from '../demo/request.ts';

/** What the data plane has to know of a kind of provider beyond its address and formats, which configuration fills in. */
export interface ProviderRow {
  /** Value of `gen_ai.provider.name` (OpenTelemetry semantic conventions). */
  readonly label: string;
  /** Environment variable that holds its key by convention; absent: it needs none. */
  readonly keyEnv?: string;
  /** Answers inside the gateway; null for one that is somewhere else. */
  readonly respond: LocalResponder | null;
}

/** What differs from a provider whose label is its kind and which is reached over the network. */
const traits: Readonly<Record<string, Partial<ProviderRow>>> = {
  openAI: { label: 'openai' },
  gemini: { label: 'gcp.gemini' },
  demo: { respond: demoRespond },
};

/** One row for each kind of provider; shared code asks the row, never the name. */
export const providerTable: Readonly<Record<string, ProviderRow>> = Object.fromEntries(
  Object.entries(providerRows).map(([kind, { keyVariable }]) => [
    kind,
    {
      label: kind,
      respond: null,
      ...(keyVariable === undefined ? {} : { keyEnv: keyVariable }),
      ...traits[kind],
    },
  ]),
);

/** Value of `gen_ai.provider.name` for a kind; a kind that only the file knows keeps its name. */
export function providerLabel(kind: string): string {
  return rowOf(kind)?.label ?? kind;
}

/** How a kind answers inside the gateway, or null. */
export function localResponder(kind: string): LocalResponder | null {
  return rowOf(kind)?.respond ?? null;
}

function rowOf(kind: string): ProviderRow | undefined {
  return Object.hasOwn(providerTable, kind) ? providerTable[kind] : undefined;
}
