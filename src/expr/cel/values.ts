import { CelErrorValue } from './errors.ts';
import type { CelType } from './types.ts';

/**
 * How CEL values look at run time. An `int` is a JS number while it is a safe integer and a bigint beyond; every other
 * numeric type is boxed, so that the most common ones cost nothing. A list is an array and a map is a plain record, a
 * {@link CelMap} or a {@link CelObject}; what an array or record holds is adapted when it is read (`adapt.ts`), so that
 * JSON enters unchanged.
 */
export type CelValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly unknown[]
  | CelBoxed
  | { readonly [key: string]: unknown };

/** What evaluation gives. */
export type CelResult = CelValue | CelErrorValue;

/** The base of every value class of this engine, which tells them from plain records. */
export abstract class CelBoxed {
  /** Exists for the type checker only, so that no plain record passes for one. */
  declare protected readonly brand: true;
}

/** An unsigned 64-bit integer; the value is a number while it is safe. */
export class CelUint extends CelBoxed {
  readonly value: number | bigint;
  constructor(value: number | bigint) {
    super();
    this.value = value;
  }
}

/** A double, boxed so that `1.0` and `1` stay different types. */
export class CelDouble extends CelBoxed {
  readonly value: number;
  constructor(value: number) {
    super();
    this.value = value;
  }
}

/** An instant: seconds since the Unix epoch and 0 ≤ nanos < 1e9. */
export class CelTimestamp extends CelBoxed {
  readonly seconds: number;
  readonly nanos: number;
  constructor(seconds: number, nanos: number) {
    super();
    this.seconds = seconds;
    this.nanos = nanos;
  }
}

/** A span of time; seconds and nanos have the same sign, |nanos| < 1e9. */
export class CelDuration extends CelBoxed {
  readonly seconds: number;
  readonly nanos: number;
  constructor(seconds: number, nanos: number) {
    super();
    this.seconds = seconds;
    this.nanos = nanos;
  }
}

/** A type as a value (`type(x)`, `int`). */
export class CelTypeValue extends CelBoxed {
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
}

/** `optional.of(v)` or `optional.none()`. */
export class CelOptional extends CelBoxed {
  /** The value, or undefined when there is none. */
  readonly value: CelValue | undefined;
  constructor(value: CelValue | undefined) {
    super();
    this.value = value;
  }
}

/** The one `optional.none()`. */
export const none: CelOptional = new CelOptional(undefined);

/** A map key as stored: numeric keys of all types meet in one number (or bigint when unsafe). */
export type MapKey = string | boolean | number | bigint;

/** A map made by an expression, or adapted from a JS Map. */
export class CelMap extends CelBoxed {
  readonly entries: ReadonlyMap<MapKey, unknown>;
  /** Keys written as uint, which must be given back as such; null when none were. */
  readonly uintKeys: ReadonlySet<MapKey> | null;
  constructor(entries: ReadonlyMap<MapKey, unknown>, uintKeys: ReadonlySet<MapKey> | null = null) {
    super();
    this.entries = entries;
    this.uintKeys = uintKeys;
  }
}

/**
 * A map with string keys whose fields are computed when they are read. Variables such as `request` extend it, so that
 * an attribute that no expression names costs nothing.
 */
export abstract class CelObject extends CelBoxed {
  /** The name of the object type whose functions can be called on it; most have none of their own. */
  get typeName(): string {
    return 'map';
  }
  /** The value of a field as plain JS or CEL value, or undefined when it is absent. */
  abstract field(name: string): unknown;
  /** Every field name that is present; used when the object is listed, compared or printed as a whole. */
  abstract keys(): Iterable<string>;
  /** Whether the field is present; override it where that is cheaper than computing the field. */
  has(name: string): boolean {
    return this.field(name) !== undefined;
  }
}

/** A value of a type that the core does not know, such as an IP address; its functions are found by its type name. */
export abstract class CelOpaque extends CelBoxed {
  abstract readonly type: CelType;
  /** CEL equality with another value of the same type. */
  abstract equals(other: CelOpaque): boolean;
  /** The value in JSON, logs and text; must not show secrets. */
  abstract toText(): string;
}

/** Whether a result is an error. */
export function isError(result: unknown): result is CelErrorValue {
  return result instanceof CelErrorValue;
}
