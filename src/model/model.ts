import type { Bind } from './bind.ts';
import type { Backend } from './backend.ts';
import type { ProcessSettings } from './process.ts';

/**
 * Everything a gateway does, as plain data. Every configuration source (YAML, Kubernetes, push) becomes this; only the
 * snapshot compiler reads it. Values are JSON types, `Map` and `Uint8Array` only, so that it can be cloned to workers.
 * Absent is `undefined`. Expressions are source text: they were checked at load and are compiled by each worker.
 */
export interface Model {
  readonly process: ProcessSettings;
  readonly binds: readonly Bind[];
  /** Named backends, by the name that routes use; inline backends stand in their routes. */
  readonly backends: ReadonlyMap<string, Backend>;
}

/** CEL source text, already checked against the variables of its place. */
export type Expression = string;
