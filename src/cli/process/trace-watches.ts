import { CelError } from '../../expr/cel/errors.ts';
import { compileCel } from '../../expr/cel/program.ts';
import { contexts } from '../../expr/variables.ts';
import type { TraceEvent, TraceWatch } from '../../gateway/trace/watch.ts';

/** So many may watch at once: each costs every request the evaluation of an expression. */
const mostWatches = 16;

interface Listener {
  readonly watch: TraceWatch;
  readonly take: (event: TraceEvent) => void;
}

/** Who watches live requests of this process, and where what they see goes. */
export class TraceWatches {
  readonly #listeners = new Map<number, Listener>();
  readonly #apply: (watches: readonly TraceWatch[]) => void;
  #last = 0;

  /** @param apply Tells all workers who watches. */
  constructor(apply: (watches: readonly TraceWatch[]) => void) {
    this.#apply = apply;
  }

  /**
   * Watches the requests for which `expression` is true when they arrive; null: all.
   *
   * @returns How to end it.
   * @throws Error with a readable line when the expression is wrong, or too many watch.
   */
  add(expression: string | null, take: (event: TraceEvent) => void): () => void {
    if (this.#listeners.size >= mostWatches) throw new Error(`${mostWatches} traces run already; end one of them`);
    if (expression !== null) check(expression);
    const id = ++this.#last;
    this.#listeners.set(id, { watch: { id, expression }, take });
    this.#tell();
    return () => {
      if (this.#listeners.delete(id)) this.#tell();
    };
  }

  /** A worker tells a step of a request. */
  take(watch: number, event: TraceEvent): void {
    this.#listeners.get(watch)?.take(event);
  }

  #tell(): void {
    this.#apply([...this.#listeners.values()].map(({ watch }) => watch));
  }
}

function check(expression: string): void {
  try {
    compileCel(expression, contexts.request);
  } catch (error) {
    if (error instanceof CelError) throw new Error(`${error.message} (column ${error.column})`, { cause: error });
    throw error;
  }
}
