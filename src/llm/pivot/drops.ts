/** A request that a target cannot express, or that is malformed: 400 in the client's own shape. */
export class LlmBadRequest extends Error {
  /** The member at fault, as the client wrote its path; null where it is the whole. */
  readonly param: string | null;

  constructor(message: string, param: string | null) {
    super(message);
    this.name = 'LlmBadRequest';
    this.param = param;
  }
}

/** What is done with members that carry meaning and that the target cannot express. */
export type UnsupportedMode = 'reject' | 'drop';

/** Collects what a translation leaves out, for the response field `x-waygate-dropped` and the log. */
export class Drops {
  readonly #mode: UnsupportedMode;
  readonly #paths: string[] = [];

  constructor(mode: UnsupportedMode) {
    this.#mode = mode;
  }

  /** Leaves out something that only advises. */
  hint(path: string): void {
    if (!this.#paths.includes(path)) this.#paths.push(path);
  }

  /** Leaves out something that carries meaning, where the configuration allows it. Throws LlmBadRequest otherwise. */
  meaning(path: string, target: string): void {
    if (this.#mode === 'reject') throw new LlmBadRequest(`${path} is not supported by ${target}`, path);
    this.hint(path);
  }

  /** Paths left out so far, in order. */
  get paths(): readonly string[] {
    return this.#paths;
  }
}
