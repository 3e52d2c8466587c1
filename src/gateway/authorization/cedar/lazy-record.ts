import { CedarRecord, type CedarValue } from '../../../expr/cedar/values/value.ts';

/** How each field of a record is found in what it stands for; undefined: it is not there. */
export type Fields<T> = Readonly<Record<string, (from: T) => CedarValue | undefined>>;

/** A record whose fields are found when policies read them. */
export class LazyRecord<T> extends CedarRecord {
  readonly #fields: Fields<T>;
  readonly #from: T;

  constructor(fields: Fields<T>, from: T) {
    super();
    this.#fields = fields;
    this.#from = from;
  }

  override get(name: string): CedarValue | undefined {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name]?.(this.#from) : undefined;
  }

  override names(): Iterable<string> {
    return Object.keys(this.#fields);
  }
}
