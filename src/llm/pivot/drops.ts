import type { Extra, Placed } from './request.ts';

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

/**
 * A request that a target cannot express. The member is named as the pivot does, whose words are those of chat
 * completions; {@link as} says it in the client's.
 */
export class PivotRefusal extends LlmBadRequest {
  readonly #member: string;
  readonly #say: (name: string) => string;

  /**
   * @param say What is wrong, with the member's name in it.
   * @param from What the member belongs to, where the client's body has that in a place of its own.
   */
  constructor(member: string, say: (name: string) => string, from: Placed = {}) {
    const name = from.at ?? member;
    super(say(name), name);
    this.#member = from.at === undefined ? member : '';
    this.#say = say;
  }

  /** The same with the client's name of the member. */
  as(nameOf: (member: string) => string): LlmBadRequest {
    if (this.#member === '') return this;
    const name = nameOf(this.#member);
    return new LlmBadRequest(this.#say(name), name);
  }
}

/** The place of a member of `from`. */
export function within({ at }: Placed, member: string): Placed {
  return at === undefined ? {} : { at: `${at}.${member}` };
}

/** What is done with members that carry meaning and that the target cannot express. */
export type UnsupportedMode = 'reject' | 'drop';

const nothing: readonly string[] = [];

/** Collects what a translation leaves out, for the response field `x-waygate-dropped` and the log. */
export class Drops {
  readonly #mode: UnsupportedMode;
  /** Names of what was left out, in order; true: a path in the client's body, else a member in the pivot's words. */
  readonly #left = new Map<string, boolean>();

  constructor(mode: UnsupportedMode) {
    this.#mode = mode;
  }

  /** Leaves out something that only advises. `from`: what the member belongs to, where that has a place of its own. */
  hint(member: string, from: Placed = {}): void {
    const name = from.at ?? member;
    if (!this.#left.has(name)) this.#left.set(name, from.at !== undefined);
  }

  /**
   * Leaves out something that carries meaning, where the configuration allows it. `from` as in {@link hint}.
   *
   * @throws PivotRefusal otherwise
   */
  meaning(member: string, target: string, from: Placed = {}): void {
    if (this.#mode === 'reject') {
      // A place alone would not say what is wrong with what stands there.
      const what = from.at === undefined || from.at === member ? '' : ` (${member.replace(/^.*\[\]\.?/, '')})`;
      throw new PivotRefusal(member, (name) => `${name}${what} is not supported by ${target}`, from);
    }
    this.hint(member, from);
  }

  /** Leaves out a member that the pivot has no place for, by what it is. @throws LlmBadRequest as {@link meaning} */
  extra({ path, kind }: Extra, target: string): void {
    if (kind === 'hint') this.hint(path, { at: path });
    else this.meaning(path, target, { at: path });
  }

  /** Members left out so far, in order and each once, in the pivot's words where the client's body has no place of theirs. */
  get paths(): readonly string[] {
    return this.as((member) => member);
  }

  /** {@link paths} with the client's names of members. */
  as(nameOf: (member: string) => string): readonly string[] {
    if (this.#left.size === 0) return nothing;
    return [...new Set(Array.from(this.#left, ([name, isOwn]) => (isOwn ? name : nameOf(name))))];
  }
}
