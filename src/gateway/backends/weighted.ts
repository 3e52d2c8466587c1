import { random } from '../../base/random.ts';
import type { CompiledBackend } from './backend.ts';

/** Picks a backend for a request; null when every weight is 0 or there is none. */
export type BackendChooser = () => CompiledBackend | null;

/** A chooser that gives each backend its share by weight. One backend costs no random number. */
export function chooseByWeight<T = CompiledBackend>(
  backends: readonly { readonly weight: number; readonly backend: T }[],
): () => T | null {
  const live = backends.filter((entry) => entry.weight > 0);
  const only = live[0]?.backend;
  if (only === undefined) return () => null;
  if (live.length === 1) return () => only;
  const total = live.reduce((sum, entry) => sum + entry.weight, 0);
  return () => {
    let point = random() * total;
    for (const entry of live) {
      point -= entry.weight;
      if (point < 0) return entry.backend;
    }
    return only;
  };
}
