import type { Datetime, Duration } from './time.ts';
import type { Decimal } from './decimal.ts';
import type { IpNetwork } from './ip.ts';
import type { Long } from './long.ts';
import { isLong } from './long.ts';

/** A value of the Cedar language. */
export type CedarValue = boolean | string | Long | EntityUid | CedarSet | CedarRecord | Extension;

/** A value of an extension type: it has a text that equal values, and no others, share. */
export type Extension = Decimal | IpNetwork | Datetime | Duration;

/** The name of an entity: `User::"alice"`. */
export class EntityUid {
  readonly type: string;
  readonly id: string;
  /** The name as text; equal names, and no others, share it. */
  readonly key: string;

  constructor(type: string, id: string) {
    this.type = type;
    this.id = id;
    this.key = `${type}::${JSON.stringify(id)}`;
  }
}

/** A record: values by name, perhaps made when they are first asked for. */
export abstract class CedarRecord {
  /** The value of a name, or undefined where there is none. */
  abstract get(name: string): CedarValue | undefined;
  abstract names(): Iterable<string>;
}

/** A record of values that are there. */
export class MapRecord extends CedarRecord {
  readonly #values: ReadonlyMap<string, CedarValue>;

  constructor(values: ReadonlyMap<string, CedarValue>) {
    super();
    this.#values = values;
  }

  override get(name: string): CedarValue | undefined {
    return this.#values.get(name);
  }

  override names(): Iterable<string> {
    return this.#values.keys();
  }
}

/** The record with nothing in it. */
export const emptyRecord: CedarRecord = new MapRecord(new Map());

type Plain = boolean | string | Long;

/** A set; what is in it twice counts once. */
export class CedarSet {
  readonly #plain: Set<Plain> = new Set();
  readonly #others: Map<string, CedarValue> = new Map();

  constructor(values: Iterable<CedarValue>) {
    for (const value of values) {
      if (typeof value === 'object') this.#others.set(canonical(value), value);
      else this.#plain.add(value);
    }
  }

  get size(): number {
    return this.#plain.size + this.#others.size;
  }

  has(value: CedarValue): boolean {
    if (typeof value !== 'object') return this.#plain.has(value);
    return this.#others.size > 0 && this.#others.has(canonical(value));
  }

  *[Symbol.iterator](): Iterator<CedarValue> {
    yield* this.#plain;
    yield* this.#others.values();
  }
}

/** Equality of Cedar: by structure; values of different types are not equal. */
export function equals(a: CedarValue, b: CedarValue): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof EntityUid) return b instanceof EntityUid && a.key === b.key;
  return canonical(a) === canonical(b);
}

/** A text that equal values, and no others, share. */
export function canonical(value: CedarValue): string {
  switch (typeof value) {
    case 'boolean':
      return value ? 't' : 'f';
    case 'string':
      return JSON.stringify(value);
    case 'number':
    case 'bigint':
      return String(value);
    default:
      break;
  }
  if (value instanceof EntityUid) return value.key;
  if (value instanceof CedarSet) return `[${Array.from(value, canonical).toSorted().join(',')}]`;
  if (value instanceof CedarRecord) {
    const fields = [...value.names()].toSorted().flatMap((name) => {
      const field = value.get(name);
      return field === undefined ? [] : [`${JSON.stringify(name)}:${canonical(field)}`];
    });
    return `{${fields.join(',')}}`;
  }
  return value.text;
}

/** The type of a value, as messages name it. */
export function typeOf(value: CedarValue): string {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (isLong(value)) return 'long';
  if (value instanceof EntityUid) return 'entity';
  if (value instanceof CedarSet) return 'set';
  if (value instanceof CedarRecord) return 'record';
  return value.typeName;
}
