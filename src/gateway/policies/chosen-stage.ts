import type { HeaderList } from '../../net/http/headers.ts';
import type { ResponseHead } from '../../net/http/message.ts';
import type { Verdict } from './policy.ts';
import type { Out, ResponseStage, StageOutput } from './stage.ts';

/** The stage of the variant that a request chose, which is known when an answer comes; none: everything passes. */
export class ChosenStage implements ResponseStage {
  #find: (() => ResponseStage | null) | null;
  #stage: ResponseStage | null;
  #output: StageOutput | null;

  /** @param find Gives the stage, once. */
  constructor(find: () => ResponseStage | null) {
    this.#find = find;
    this.#stage = null;
    this.#output = null;
  }

  begin(output: StageOutput): void {
    this.#output = output;
  }

  drained(): void {
    this.#stage?.drained?.();
  }

  get holdsHead(): boolean {
    return this.#stage?.holdsHead === true;
  }

  head(head: ResponseHead, hasBody: boolean): Verdict {
    this.#stage = this.#find?.() ?? null;
    this.#find = null;
    if (this.#output !== null) this.#stage?.begin?.(this.#output);
    return this.#stage?.head(head, hasBody);
  }

  chunk(bytes: Buffer): Out | Promise<Out> {
    return this.#stage === null ? bytes : this.#stage.chunk(bytes);
  }

  end(trailers: HeaderList | null): Out | Promise<Out> {
    return this.#stage === null ? null : this.#stage.end(trailers);
  }

  abort(): void {
    this.#find = null;
    this.#stage?.abort();
  }
}
