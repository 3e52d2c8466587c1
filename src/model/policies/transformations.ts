import type { Expression } from '../model.ts';

/** Changes computed by CEL, in the order of these fields (agentgateway §1.3). Names are lower case, `:path` and such included. */
export interface TransformSpec {
  /** Values that later expressions see as `metadata`. */
  readonly metadata: ReadonlyMap<string, Expression>;
  /** Computes all fields anew, as a map of text or lists of text. */
  readonly replace?: Expression;
  readonly add: ReadonlyMap<string, Expression>;
  readonly set: ReadonlyMap<string, Expression>;
  readonly remove: readonly string[];
  readonly body?: Expression;
}

/** What becomes of requests and of their responses. */
export interface TransformationsSpec {
  readonly request?: TransformSpec;
  readonly response?: TransformSpec;
}
