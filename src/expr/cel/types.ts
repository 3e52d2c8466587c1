/** The static types of the checker. */
export type CelType =
  | { readonly kind: 'dyn' }
  /** A type without parts: the scalars and opaque types such as `ip`. */
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'list'; readonly element: CelType }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | { readonly kind: 'type'; readonly of: CelType }
  /** A named type with parameters, such as `optional_type(int)`. */
  | { readonly kind: 'abstract'; readonly name: string; readonly params: readonly CelType[] }
  /** A type parameter of a function's signature. */
  | { readonly kind: 'param'; readonly name: string }
  /** A type parameter while a call is being checked. */
  | { readonly kind: 'variable'; readonly id: number }
  | ObjectType;

/** A map with known string keys. */
export interface ObjectType {
  readonly kind: 'object';
  readonly name: string;
  readonly fields: { readonly [name: string]: CelType };
  /** The type of undeclared fields; null makes naming one an error. */
  readonly rest: CelType | null;
  /** Whether references end here: `request.headers`, not `request.headers.cookie`. */
  readonly leaf: boolean;
}

function scalar(name: string): CelType {
  return { kind: 'scalar', name };
}

export const dyn: CelType = { kind: 'dyn' };
export const nullType: CelType = scalar('null_type');
export const bool: CelType = scalar('bool');
export const int: CelType = scalar('int');
export const uint: CelType = scalar('uint');
export const double: CelType = scalar('double');
export const string: CelType = scalar('string');
export const bytes: CelType = scalar('bytes');
export const timestamp: CelType = scalar('google.protobuf.Timestamp');
export const duration: CelType = scalar('google.protobuf.Duration');

/** An opaque type; its values are {@link CelOpaque}s that carry this name. */
export function opaque(name: string): CelType {
  return scalar(name);
}

export function list(element: CelType): CelType {
  return { kind: 'list', element };
}

export function map(key: CelType, value: CelType): CelType {
  return { kind: 'map', key, value };
}

export function optional(of: CelType): CelType {
  return { kind: 'abstract', name: 'optional_type', params: [of] };
}

export function typeOf(of: CelType): CelType {
  return { kind: 'type', of };
}

export function param(name: string): CelType {
  return { kind: 'param', name };
}

/**
 * A map with declared fields.
 *
 * @param rest The type of fields that are not declared; null: naming one is an error.
 * @param leaf Whether reference paths end at this object.
 */
export function object(
  name: string,
  fields: { readonly [name: string]: CelType },
  rest: CelType | null = null,
  leaf = false,
): ObjectType {
  return { kind: 'object', name, fields, rest, leaf };
}

/** Whether the type is `optional_type(…)`. */
export function isOptional(type: CelType): type is CelType & { kind: 'abstract' } {
  return type.kind === 'abstract' && type.name === 'optional_type';
}

const shortNames: { readonly [name: string]: string } = {
  'google.protobuf.Timestamp': 'timestamp',
  'google.protobuf.Duration': 'duration',
  null_type: 'null',
};

/** A type as messages show it. */
export function formatType(type: CelType): string {
  switch (type.kind) {
    case 'dyn':
      return 'dyn';
    case 'scalar':
      return shortNames[type.name] ?? type.name;
    case 'list':
      return `list(${formatType(type.element)})`;
    case 'map':
      return `map(${formatType(type.key)}, ${formatType(type.value)})`;
    case 'type':
      return type.of.kind === 'dyn' ? 'type' : `type(${formatType(type.of)})`;
    case 'abstract':
      return `${type.name}(${type.params.map(formatType).join(', ')})`;
    case 'param':
      return type.name;
    case 'variable':
      return `_${type.id}`;
    case 'object':
      return type.name;
  }
}
