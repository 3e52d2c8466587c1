import { isMap } from './maps.ts';
import { isInt } from './numbers.ts';
import type { CelType } from './types.ts';
import {
  CelBoxed,
  CelDouble,
  CelDuration,
  CelMap,
  CelObject,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  isError,
  type CelValue,
} from './values.ts';

/** A run-time test of a value against a declared type. */
export type Guard = (value: unknown) => boolean;

const scalars: ReadonlyMap<string, Guard> = new Map<string, Guard>([
  ['null_type', (value) => value === null],
  ['bool', (value) => typeof value === 'boolean'],
  ['int', isInt],
  ['uint', (value) => value instanceof CelUint],
  ['double', (value) => value instanceof CelDouble],
  ['string', (value) => typeof value === 'string'],
  ['bytes', (value) => value instanceof Uint8Array],
  ['google.protobuf.Timestamp', (value) => value instanceof CelTimestamp],
  ['google.protobuf.Duration', (value) => value instanceof CelDuration],
]);

/** The test of a parameter's type. It looks at the outermost type only, and no error passes it. */
export function guardFor(type: CelType): Guard {
  switch (type.kind) {
    case 'scalar':
      return scalars.get(type.name) ?? ((value) => value instanceof CelOpaque && nameOf(value.type) === type.name);
    case 'list':
      return Array.isArray;
    case 'map':
      return (value) => !isError(value) && isMap(value);
    case 'type':
      return (value) => value instanceof CelTypeValue;
    case 'abstract':
      return (value) => value instanceof CelOptional;
    case 'object':
      return (value) => value instanceof CelObject && value.typeName === type.name;
    default:
      return (value) => !isError(value);
  }
}

function nameOf(type: CelType): string {
  return 'name' in type ? type.name : type.kind;
}

/** The run-time type of a value, as `type(x)` gives it. */
export function typeNameOf(value: CelValue): string {
  for (const [name, guard] of scalars) if (guard(value)) return name;
  if (Array.isArray(value)) return 'list';
  if (value instanceof CelTypeValue) return 'type';
  if (value instanceof CelOptional) return 'optional_type';
  if (value instanceof CelOpaque) return nameOf(value.type);
  return value instanceof CelMap || value instanceof CelObject || !(value instanceof CelBoxed) ? 'map' : 'dyn';
}
