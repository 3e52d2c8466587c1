/**
 * Takes turns within groups of descending priority: each call starts with the next member of the first group, and lists
 * the rest of that group and then the lower groups behind it, for when it cannot be reached.
 */
export class Rotation<T> {
  readonly #groups: readonly (readonly T[])[];
  #turn: number;

  constructor(groups: readonly (readonly T[])[]) {
    this.#groups = groups.filter((group) => group.length > 0);
    this.#turn = 0;
  }

  /** Everyone, in the order to try; empty only when there is no one. */
  next(): readonly T[] {
    const turn = this.#turn++;
    const [first] = this.#groups;
    if (this.#groups.length === 1 && first !== undefined && first.length === 1) return first;
    return this.#groups.flatMap((group) => {
      const start = turn % group.length;
      return [...group.slice(start), ...group.slice(0, start)];
    });
  }
}
