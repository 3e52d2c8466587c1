import { lineFormat, type LineFormat } from '../../telemetry/access-log/line.ts';
import type { LogValue } from '../../telemetry/access-log/value.ts';
import { FieldGroup } from '../attributes/expressions.ts';

/**
 * Writes lines in which one value stands for several fields. These come in its place; one whose name another field of
 * the line has, or that is removed, is left out: clients may have a say in the names, and must not forge a field.
 */
export class GroupedFields {
  readonly #kind: 'text' | 'json';
  readonly #names: readonly string[];
  readonly #reserved: ReadonlySet<string>;
  /** Of the last line: the keys of what is flattened are mostly the same. */
  #lastNames: readonly string[];
  #lastFormat: LineFormat;

  /** @param names The fields of a line before groups are resolved, in their order. */
  constructor(kind: 'text' | 'json', names: readonly string[], removed: ReadonlySet<string>) {
    this.#kind = kind;
    this.#names = names;
    this.#reserved = new Set([...names, ...removed]);
    this.#lastNames = [];
    this.#lastFormat = lineFormat(kind, []);
  }

  /** @param values One for each of the names that this was made with. */
  line(time: string, values: readonly (LogValue | FieldGroup)[]): string {
    const fields = new Map<string, LogValue>();
    for (const [i, name] of this.#names.entries()) {
      const value = values[i];
      if (!(value instanceof FieldGroup)) fields.set(name, value);
      else {
        for (const [inner, part] of value.fields) {
          if (!this.#reserved.has(inner) && !fields.has(inner)) fields.set(inner, part);
        }
      }
    }
    return this.#formatOf([...fields.keys()])(time, [...fields.values()]);
  }

  #formatOf(names: readonly string[]): LineFormat {
    const last = this.#lastNames;
    if (last.length !== names.length || names.some((name, i) => name !== last[i])) {
      this.#lastNames = names;
      this.#lastFormat = lineFormat(this.#kind, names);
    }
    return this.#lastFormat;
  }
}
