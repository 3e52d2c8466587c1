import type { Rule } from './check.ts';

/** A body that an API takes, and changes of one value each that it does not take. */
export interface Example {
  readonly body: unknown;
  readonly planted: readonly (readonly [rule: Rule, path: string, value: unknown])[];
}
