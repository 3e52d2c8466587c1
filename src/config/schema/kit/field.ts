import type { FieldNode, Presence, Schema } from './node.ts';

/** One field of an object schema, typed by its output. */
export interface Field<T, P extends Presence = Presence> extends FieldNode {
  readonly schema: Schema<T>;
  readonly presence: P;
}

/** The fields that an object schema with output `T` must have: no more, no fewer, each of the right type. */
export type FieldsOf<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K>
    ? Field<Exclude<T[K], undefined>, 'optional'>
    : Field<T[K], 'required' | 'default'>;
};

/** A field that must be there. */
export function required<T>(schema: Schema<T>, doc: string): Field<T, 'required'> {
  return { schema, doc, presence: 'required', nullable: false };
}

/** A field that may be left out or be `null`, which say the same; absent in the output then. */
export function optional<T>(schema: Schema<T>, doc: string): Field<T, 'optional'> {
  return { schema, doc, presence: 'optional', nullable: true };
}

/** A field that may be left out, but not be `null`. */
export function omittable<T>(schema: Schema<T>, doc: string): Field<T, 'optional'> {
  return { schema, doc, presence: 'optional', nullable: false };
}

/** A field with a default, given as a file would write it; `null` is an error. */
export function defaulted<T>(schema: Schema<T>, initial: unknown, doc: string): Field<T, 'default'> {
  return { schema, doc, presence: 'default', nullable: false, initial };
}

/** A field with a default that `null` asks for, too. */
export function defaultedOrNull<T>(schema: Schema<T>, initial: unknown, doc: string): Field<T, 'default'> {
  return { schema, doc, presence: 'default', nullable: true, initial };
}

/** One of several keys of which exactly one must be there; `null` says the same as leaving it out. */
export function requiredOrNull<T>(schema: Schema<T>, doc: string): Field<T, 'required'> {
  return { schema, doc, presence: 'required', nullable: true };
}

/** Marks a field as deprecated: using it warns, with `hint` about what to write instead. */
export function deprecated<F extends FieldNode>(field: F, hint: string): F {
  return { ...field, deprecated: hint };
}

/** Marks a field as Waygate's own. */
export function own<F extends FieldNode>(field: F): F {
  return { ...field, beyond: true };
}
