import { cellsPerSeries } from './events.ts';
import type { FamilyDefinition, MetricEvent } from './events.ts';
import { Family } from './family.ts';
import type { CounterFamily, GaugeFamily, HistogramFamily, SeriesSource } from './family.ts';
import { Counter, Gauge, Histogram } from './series.ts';
import { Slabs } from './slabs.ts';
import type { Place } from './slabs.ts';

/** Choices of a registry. */
export interface RegistryOptions {
  /** Metrics that are neither kept nor shown: names with or without prefix and `_total`. */
  readonly remove?: readonly string[];
  /** Series per family; what goes beyond is counted in one series whose labels are all `other`. Default 10,000. */
  readonly maxSeries?: number;
}

/** Put before every name. */
export const metricPrefix = 'agentgateway_';

/**
 * The metrics of one thread. Every data-plane thread has its own, and so has the main thread; numbers go to shared
 * memory that only this thread writes. A {@link MetricsView} reads them: hand it every event of {@link onSeries}, over a
 * message port or directly.
 */
export class MetricRegistry {
  readonly #removed: ReadonlySet<string>;
  readonly #maxSeries: number;
  readonly #events: MetricEvent[] = [];
  readonly #listeners: ((event: MetricEvent) => void)[] = [];
  readonly #names = new Set<string>();
  readonly #slabs = new Slabs((slab, buffer) => this.#emit({ kind: 'slab', slab, buffer }));
  readonly #refused: CounterFamily;

  constructor(options: RegistryOptions = {}) {
    this.#removed = new Set((options.remove ?? []).map(bareName));
    this.#maxSeries = options.maxSeries ?? 10_000;
    const help = 'Look-ups of label sets that went to an overflow series, by metric';
    const definition = define('counter', 'metric_series_overflow', help, ['metric'], []);
    this.#refused = this.#family(definition, (p) => new Counter(p.cells, p.cell), Infinity);
  }

  /** Registers a counter; it is shown as `agentgateway_<name>_total`. */
  counter(name: string, help: string, labelNames: readonly string[]): CounterFamily {
    return this.#family(define('counter', name, help, labelNames, []), (p) => new Counter(p.cells, p.cell));
  }

  /** Registers a gauge, shown as `agentgateway_<name>`; the values of all live threads add up. */
  gauge(name: string, help: string, labelNames: readonly string[]): GaugeFamily {
    return this.#family(define('gauge', name, help, labelNames, []), (p) => new Gauge(p.cells, p.cell));
  }

  /** Registers a histogram with these upper bounds (ascending; +Inf is implied). */
  histogram(name: string, help: string, labelNames: readonly string[], buckets: readonly number[]): HistogramFamily {
    const bounds = Float64Array.from(buckets);
    if (!buckets.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > buckets[i - 1]!))) {
      throw new RangeError(`${name}: buckets must be finite and ascending`);
    }
    const definition = define('histogram', name, help, labelNames, buckets);
    return this.#family(definition, (p) => new Histogram(p.cells, p.cell, bounds));
  }

  /**
   * Calls back for every family, slab and series: those there are at once, those to come when they come (rarely: once
   * per label set). Events are structured-cloneable.
   */
  onSeries(callback: (event: MetricEvent) => void): void {
    for (const event of this.#events) callback(event);
    this.#listeners.push(callback);
  }

  #family<T extends object>(
    definition: FamilyDefinition,
    build: (place: Place) => T,
    max = this.#maxSeries,
  ): Family<T> {
    const { name, labelNames } = definition;
    if (this.#names.has(name)) throw new Error(`metric ${name} is registered twice`);
    const id = this.#names.size;
    this.#names.add(name);
    const size = cellsPerSeries(definition);
    if (this.#removed.has(bareName(name))) {
      // Writes need no test for "removed": they go to memory that nobody reads.
      const sink = build({ slab: -1, cells: new Float64Array(size), cell: 0 });
      return Family.of({ make: () => ({ series: sink, overflow: true }) }, labelNames.length);
    }
    this.#emit({ kind: 'family', family: id, definition });
    const add = (values: readonly string[]): T => {
      const place = this.#slabs.take(size);
      this.#emit({ kind: 'series', family: id, values, slab: place.slab, cell: place.cell });
      return build(place);
    };
    return Family.of(this.#bounded(name, labelNames.length, max, add), labelNames.length);
  }

  #bounded<T>(name: string, labels: number, max: number, add: (values: readonly string[]) => T): SeriesSource<T> {
    let left = max;
    let other: T | null = null;
    return {
      make: (values) => {
        if (left > 0) {
          left--;
          return { series: add(values), overflow: false };
        }
        this.#refused.with(name).add();
        other ??= add(Array.from({ length: labels }, () => 'other'));
        return { series: other, overflow: true };
      },
    };
  }

  #emit(event: MetricEvent): void {
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}

function define(
  kind: FamilyDefinition['kind'],
  name: string,
  help: string,
  labelNames: readonly string[],
  buckets: readonly number[],
): FamilyDefinition {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`${JSON.stringify(name)} is not a metric name`);
  for (const label of labelNames) {
    // Prometheus data model; `le` and names beginning with __ are taken.
    if (!/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label === 'le') {
      throw new Error(`${name}: ${JSON.stringify(label)} is not a label name`);
    }
  }
  if (new Set(labelNames).size !== labelNames.length) throw new Error(`${name}: a label name occurs twice`);
  return { kind, name: metricPrefix + name, help, labelNames, buckets };
}

/** The name that all accepted spellings of a metric share. */
function bareName(name: string): string {
  return name.replace(/^agentgateway_/, '').replace(/_total$/, '');
}
