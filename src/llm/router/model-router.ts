import type { LlmModel } from '../../model/llm.ts';
import type { ValueMatch } from '../../model/route.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import { bySpecificity, compileNamePattern, type NamePattern } from './name-pattern.ts';

/** A compiled test of one header's value. */
export interface HeaderTest {
  readonly name: string;
  test(value: string): boolean;
}

/** Compiles header matches; passed in, since the same code serves routes. */
export type CompileHeaderMatch = (match: ValueMatch) => HeaderTest;

interface Entry<T> {
  readonly pattern: NamePattern;
  /** One of these sets must hold whole; null: always. */
  readonly headers: readonly (readonly HeaderTest[])[] | null;
  readonly open: boolean;
  readonly value: T;
}

/** Finds the configured model for the name that a request gives. */
export class ModelRouter<T> {
  readonly #exact: Map<string, Entry<T>[]>;
  readonly #patterns: readonly Entry<T>[];
  readonly #entries: readonly Entry<T>[];

  /** @param compile makes what a found model yields, once for each. */
  constructor(models: readonly LlmModel[], compile: (model: LlmModel) => T, compileHeader: CompileHeaderMatch) {
    const entries = models.map((model) => compileEntry(model, compile(model), compileHeader));
    this.#entries = entries;
    this.#exact = Map.groupBy(
      entries.filter((entry) => entry.pattern.exact),
      (entry) => entry.pattern.text,
    );
    this.#patterns = entries
      .filter((entry) => !entry.pattern.exact)
      .toSorted((a, b) => bySpecificity(a.pattern, b.pattern));
  }

  /**
   * The most specific public model whose name and headers match, or null: exact, then the wildcard with the most literal
   * characters, then file order. Internal models are found only with `internal`.
   *
   * @param prefers Of several entries of that name, the first for which it holds is taken, else the first; null: the first.
   */
  find(name: string, headers: HeaderList, internal: boolean, prefers: ((value: T) => boolean) | null = null): T | null {
    const fits = (entry: Entry<T>): boolean => (entry.open || internal) && headersFit(entry.headers, headers);
    const first =
      this.#exact.get(name)?.find(fits) ??
      this.#patterns.find((entry) => entry.pattern.matches(name) && fits(entry)) ??
      null;
    if (first === null || prefers === null || prefers(first.value)) return first?.value ?? null;
    const others = this.#entries.filter((entry) => entry.pattern.text === first.pattern.text && fits(entry));
    return (others.find(({ value }) => prefers(value)) ?? first).value;
  }

  /** What every model yields, internal ones too, in file order. */
  values(): readonly T[] {
    return this.#entries.map(({ value }) => value);
  }

  /** Every public model whose headers match, in file order; `matched` where it has header matches. */
  all(headers: HeaderList): readonly { readonly value: T; readonly matched: boolean }[] {
    return this.#entries
      .filter((entry) => entry.open && headersFit(entry.headers, headers))
      .map((entry) => ({ value: entry.value, matched: entry.headers !== null }));
  }
}

function compileEntry<T>(model: LlmModel, value: T, compileHeader: CompileHeaderMatch): Entry<T> {
  return {
    pattern: compileNamePattern(model.name),
    headers: model.matches.length === 0 ? null : model.matches.map((set) => set.map(compileHeader)),
    open: model.visibility === 'public',
    value,
  };
}

function headersFit(sets: readonly (readonly HeaderTest[])[] | null, headers: HeaderList): boolean {
  return sets === null || sets.some((set) => set.every((test) => headerFits(test, headers)));
}

function headerFits(test: HeaderTest, headers: HeaderList): boolean {
  const value = headers.combined(test.name);
  return value !== undefined && test.test(value);
}
