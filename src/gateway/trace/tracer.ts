import { Expressions } from '../attributes/expressions.ts';
import { noCustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { Activation } from '../../expr/cel/frame.ts';
import type { Exchange } from '../exchange.ts';
import { ExchangeTrace } from './exchange-trace.ts';
import type { TraceSink, TraceWatch } from './watch.ts';

interface CompiledWatch {
  readonly id: number;
  readonly matches: ((attributes: Activation) => boolean) | null;
}

/** Who watches requests of this worker. */
export class Tracer {
  readonly #worker: number;
  readonly #sink: TraceSink;
  #watches: readonly CompiledWatch[];
  #count: number;

  constructor(worker: number, sink: TraceSink) {
    this.#worker = worker;
    this.#sink = sink;
    this.#watches = [];
    this.#count = 0;
  }

  /** Somebody watches: every request is to be shown to {@link begin}. */
  get active(): boolean {
    return this.#watches.length > 0;
  }

  /** From now on these watch, and nobody else. */
  watch(watches: readonly TraceWatch[]): void {
    this.#watches = watches.map(({ id, expression }) => ({
      id,
      matches: expression === null ? null : new Expressions(noCustomFunctions).condition(expression, 'request'),
    }));
  }

  /** The trace of a request that has just arrived; null when nobody watches it. */
  begin(x: Exchange): ExchangeTrace | null {
    const ids = this.#watches.filter(({ matches }) => matches === null || matches(x.attributes())).map(({ id }) => id);
    if (ids.length === 0) return null;
    const trace = new ExchangeTrace(`${this.#worker}-${++this.#count}`, ids, x.record.startedMs, this.#sink);
    const { method, authority, path, headers } = x.request;
    trace.say('request', {
      bind: x.bind.key,
      method,
      host: authority,
      path,
      headers: [...new Set(headers.flat.filter((_, index) => index % 2 === 0))],
      source: x.connection.remoteAddress,
    });
    x.onClose(() => {
      const { status, reason, error, endpoint, retries } = x.record;
      trace.say('end', {
        status,
        ...(reason === null ? {} : { reason, error }),
        ...(endpoint === '' ? {} : { endpoint }),
        ...(retries === 0 ? {} : { retries }),
      });
    });
    return trace;
  }
}
