import { keyOf } from '../../../../llm/operations/responses-store/response-id.ts';
import type { Attempt } from '../attempt.ts';

/** Who keeps the responses that it made. */
export interface Affinity {
  /** One entry of each provider that speaks Responses itself. */
  readonly keepers: readonly Attempt[];
  /** The key of a provider in ids; null for one that keeps nothing. */
  keyOf(identity: string): string | null;
  isKeeper(identity: string): boolean;
  /** Who has this key, or null. */
  byKey(key: string): Attempt | null;
}

/** Finds the providers that keep responses, and gives each a key that outlives restarts and new secrets. */
export function compileAffinity(attempts: readonly Attempt[]): Affinity {
  const keepers = [...new Map(attempts.filter(keeps).map((attempt) => [attempt.identity, attempt])).values()];
  const named = Map.groupBy(keepers, place);
  const keys = new Map<string, string>();
  for (const [name, same] of named) {
    for (const { identity } of same) {
      // Two accounts at one place can only be told apart by their credentials.
      keys.set(identity, keyOf(same.length === 1 ? name : identity));
    }
  }
  const byKey = new Map(keepers.map((attempt) => [keys.get(attempt.identity) ?? '', attempt]));
  return {
    keepers,
    keyOf: (identity) => keys.get(identity) ?? null,
    isKeeper: (identity) => keys.has(identity),
    byKey: (key) => byKey.get(key) ?? null,
  };
}

function keeps({ provider, upstream }: Attempt): boolean {
  return upstream !== null && provider.formats.some(({ format }) => format === 'responses');
}

function place({ provider: { name, kind, address, pathPrefix } }: Attempt): string {
  return JSON.stringify([name, kind, address, pathPrefix]);
}
