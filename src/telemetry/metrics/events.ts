/** What a registry tells its reader: plain data that a message port can carry; the numbers stay in shared memory. */

/** How the values of a family add up and are printed. */
export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** A family as registered. */
export interface FamilyDefinition {
  /** Full name without `_total`. */
  readonly name: string;
  readonly kind: MetricKind;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** Upper bounds, ascending, without +Inf; empty unless a histogram. */
  readonly buckets: readonly number[];
}

/**
 * In the order of their making: a family before its series, a slab before the series in it. `cell` is the index of the
 * series' first number in slab `slab`.
 */
export type MetricEvent =
  | { readonly kind: 'family'; readonly family: number; readonly definition: FamilyDefinition }
  | { readonly kind: 'slab'; readonly slab: number; readonly buffer: SharedArrayBuffer }
  | {
      readonly kind: 'series';
      readonly family: number;
      readonly values: readonly string[];
      readonly slab: number;
      readonly cell: number;
    };

/** Numbers that a series of this family takes: one, or a histogram's buckets, +Inf and sum. */
export function cellsPerSeries(definition: FamilyDefinition): number {
  return definition.kind === 'histogram' ? definition.buckets.length + 2 : 1;
}
