import type { KeySet } from './key-set.ts';

/** Where an issuer's keys come from. */
export interface KeySource {
  /** The keys as known now, the same object until they change. Throws or rejects with `authenticationUnavailable`. */
  current(): KeySet | Promise<KeySet>;
  /** Keys asked for again because a token names one that is not known; null where that may not be done now. */
  renewed(): Promise<KeySet> | null;
}

/** Keys that the configuration holds; a changed file makes a new snapshot. */
export function fixedKeys(keys: KeySet): KeySource {
  return { current: () => keys, renewed: () => null };
}
