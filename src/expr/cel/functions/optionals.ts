import { invalid } from '../errors.ts';
import { isMap, mapSize } from '../maps.ts';
import { isNumeric, rawNumber } from '../numbers.ts';
import * as t from '../types.ts';
import { CelDuration, CelOptional, CelTimestamp, none, type CelResult, type CelValue } from '../values.ts';
import { global, member, overload, type Callable } from './table.ts';

const A = t.param('A');
const optionalA = t.optional(A);

/** Whether the value is the one that protobuf leaves out: 0, empty, false, null. */
function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === '') return true;
  if (isNumeric(value)) return Number(rawNumber(value)) === 0;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof CelTimestamp || value instanceof CelDuration) return value.seconds === 0 && value.nanos === 0;
  return isMap(value) && mapSize(value) === 0;
}

function valueOf(value: CelOptional): CelResult {
  return value.value === undefined ? invalid('optional.none() has no value') : value.value;
}

function or(value: CelOptional, other: CelOptional): CelOptional {
  return value.value === undefined ? other : value;
}

/** Optional values (CEL optional types extension); their macros and syntax are the parser's. */
export const optionalFunctions: readonly Callable[] = [
  global(
    'optional.of',
    overload([A], optionalA, (value: CelValue) => new CelOptional(value)),
  ),
  global(
    'optional.none',
    overload([], optionalA, () => none),
  ),
  global(
    'optional.ofNonZeroValue',
    overload([A], optionalA, (value: CelValue) => (isZero(value) ? none : new CelOptional(value))),
  ),
  member(
    'hasValue',
    overload([optionalA], t.bool, (value: CelOptional) => value.value !== undefined),
  ),
  member('value', overload([optionalA], A, valueOf)),
  member('or', overload([optionalA, optionalA], optionalA, or)),
  member(
    'orValue',
    overload([optionalA, A], A, (value: CelOptional, other: CelValue) =>
      value.value === undefined ? other : value.value,
    ),
  ),
];
