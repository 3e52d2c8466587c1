import { cellsPerSeries } from './events.ts';
import type { FamilyDefinition, MetricEvent } from './events.ts';

/** The numbers of a series at one moment: one, or a histogram's counts per bucket, the count above all, the sum. */
export interface SeriesSnapshot {
  readonly values: readonly string[];
  readonly cells: Float64Array;
}

/** A family and its series, ordered by label values. */
export interface FamilySnapshot {
  readonly definition: FamilyDefinition;
  readonly series: readonly SeriesSnapshot[];
}

/** One thread's registry, as the view sees it. */
export interface MetricsSource {
  /** Takes an event of the registry's `onSeries`, in order. */
  accept(event: MetricEvent): void;
  /**
   * The thread is gone: what it counted stays in the totals, its gauges count no more. Call it only when it cannot write
   * any more; events that were still under way may follow.
   */
  retire(): void;
}

interface Part {
  readonly source: MetricsSource;
  readonly cells: Float64Array;
}

interface Series {
  readonly values: readonly string[];
  /** Totals of threads that are gone. */
  readonly past: Float64Array;
  parts: Part[];
}

interface FamilyState {
  readonly definition: FamilyDefinition;
  readonly series: Map<string, Series>;
}

/** Adds up the metrics of all threads; lives in the main thread. */
export class MetricsView {
  readonly #families = new Map<string, FamilyState>();

  /** A new thread's registry. */
  source(): MetricsSource {
    const slabs = new Map<number, SharedArrayBuffer>();
    const families = new Map<number, FamilyState>();
    let retired = false;
    const source: MetricsSource = {
      accept: (event) => {
        if (event.kind === 'slab') slabs.set(event.slab, event.buffer);
        else if (event.kind === 'family') families.set(event.family, this.#family(event.definition));
        else {
          const family = families.get(event.family);
          const slab = slabs.get(event.slab);
          if (family === undefined || slab === undefined) throw new Error('a metric series came before its family');
          const cells = new Float64Array(slab, event.cell * 8, cellsPerSeries(family.definition));
          if (!retired) seriesOf(family, event.values).parts.push({ source, cells });
          else if (family.definition.kind !== 'gauge') addUp(seriesOf(family, event.values).past, cells);
        }
      },
      retire: () => {
        retired = true;
        for (const family of new Set(families.values())) retireFrom(family, source);
      },
    };
    return source;
  }

  /** All families that have series, by name. */
  snapshot(): readonly FamilySnapshot[] {
    return [...this.#families.values()]
      .filter((family) => family.series.size > 0)
      .sort((a, b) => compare(a.definition.name, b.definition.name))
      .map((family) => ({
        definition: family.definition,
        series: [...family.series.values()].sort((a, b) => compareAll(a.values, b.values)).map(total),
      }));
  }

  #family(definition: FamilyDefinition): FamilyState {
    let state = this.#families.get(definition.name);
    if (state === undefined) {
      this.#families.set(definition.name, (state = { definition, series: new Map() }));
    } else if (JSON.stringify(state.definition) !== JSON.stringify(definition)) {
      throw new Error(`threads disagree on metric ${definition.name}`);
    }
    return state;
  }
}

function seriesOf(family: FamilyState, values: readonly string[]): Series {
  const key = JSON.stringify(values);
  let series = family.series.get(key);
  if (series === undefined) {
    series = { values, past: new Float64Array(cellsPerSeries(family.definition)), parts: [] };
    family.series.set(key, series);
  }
  return series;
}

function retireFrom(family: FamilyState, source: MetricsSource): void {
  const gauge = family.definition.kind === 'gauge';
  for (const [key, series] of family.series) {
    if (!gauge) for (const part of series.parts) if (part.source === source) addUp(series.past, part.cells);
    series.parts = series.parts.filter((part) => part.source !== source);
    // A gauge that no live thread has says nothing; a counter must stay.
    if (gauge && series.parts.length === 0) family.series.delete(key);
  }
}

function total(series: Series): SeriesSnapshot {
  const cells = series.past.slice();
  for (const part of series.parts) addUp(cells, part.cells);
  return { values: series.values, cells };
}

function addUp(into: Float64Array, cells: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i]! += cells[i]!;
}

function compareAll(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compare(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** By code unit: the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
