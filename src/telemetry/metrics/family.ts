import type { Counter, Gauge, Histogram } from './series.ts';

/** Families by what their series are. */
export type CounterFamily = Family<Counter>;
export type GaugeFamily = Family<Gauge>;
export type HistogramFamily = Family<Histogram>;

/** Where a family's series come from; bound families share it. */
export interface SeriesSource<T> {
  /** Makes the series of these label values, or gives the overflow series when there are too many. */
  make(values: readonly string[]): { readonly series: T; readonly overflow: boolean };
}

/** Longest label value, in UTF-16 units; clients choose some of them (model and tool names). */
const maxValueLength = 200;

/** A step of the look-up: one label value leads to the next; at the last one stands the series. */
class LabelNode<T> {
  children: Map<string, LabelNode<T>> | null = null;
  series: T | null = null;

  child(value: string): LabelNode<T> {
    this.children ??= new Map();
    let child = this.children.get(value);
    if (child === undefined) this.children.set(value, (child = new LabelNode()));
    return child;
  }
}

/**
 * All series of one metric. Series are found through nested maps, one per label, so that a look-up builds no key. A
 * label value that is empty is shown as `unknown`; one longer than 200 characters is cut.
 */
export class Family<T extends object> {
  readonly #source: SeriesSource<T>;
  readonly #leading: readonly string[];
  /** Labels that {@link with} takes. */
  readonly #labels: number;
  readonly #root: LabelNode<T>;

  private constructor(source: SeriesSource<T>, labels: number, leading: readonly string[], root: LabelNode<T>) {
    this.#source = source;
    this.#labels = labels;
    this.#leading = leading;
    this.#root = root;
  }

  /** For the registry: a family of `labels` labels. */
  static of<T extends object>(source: SeriesSource<T>, labels: number): Family<T> {
    return new Family(source, labels, [], new LabelNode());
  }

  /**
   * The series with these label values: those after the bound ones, in the order of the label names. Keep the result
   * where the values are known at configuration time.
   * @throws RangeError when the number of values is wrong.
   */
  with(...values: readonly string[]): T {
    if (values.length !== this.#labels) throw new RangeError(`got ${values.length} label values for ${this.#labels}`);
    let node: LabelNode<T> | undefined = this.#root;
    for (let i = 0; i < values.length && node !== undefined; i++) node = node.children?.get(values[i]!);
    return node?.series ?? this.#miss(values.map(labelValue));
  }

  /**
   * The family of all series whose first labels have these values, for what a route knows beforehand. Binding the same
   * values again gives the same series.
   * @throws RangeError when there are more values than labels.
   */
  bind(...values: readonly string[]): Family<T> {
    if (values.length > this.#labels) throw new RangeError(`got ${values.length} label values for ${this.#labels}`);
    const known = values.map(labelValue);
    let node = this.#root;
    for (const value of known) node = node.child(value);
    return new Family(this.#source, this.#labels - known.length, [...this.#leading, ...known], node);
  }

  #miss(values: readonly string[]): T {
    let node: LabelNode<T> | undefined = this.#root;
    for (const value of values) node = node?.children?.get(value);
    const known = node?.series ?? null;
    if (known !== null) return known;
    const { series, overflow } = this.#source.make([...this.#leading, ...values]);
    if (overflow) return series; // not remembered: what clients invent must not grow the maps either
    node = this.#root;
    for (const value of values) node = node.child(value);
    node.series = series;
    return series;
  }
}

/** A copy of the value fit for a label: a slice of a request head would keep the whole head in memory. */
function labelValue(value: string): string {
  if (value === '') return 'unknown';
  const cut = value.length > maxValueLength ? `${value.slice(0, maxValueLength - 1)}…` : value;
  return Buffer.from(cut.toWellFormed()).toString();
}
