import { adapt } from '../adapt.ts';
import { CelDouble, CelTypeValue, CelUint, type CelResult, type CelValue } from '../values.ts';
import { outOfRange } from '../errors.ts';
import { isInt, rawNumber, type Numeric } from '../numbers.ts';
import { makeDuration, makeTimestamp } from '../time.ts';
import * as types from '../types.ts';
import type { CelType } from '../types.ts';

/**
 * A protobuf message that CEL can build. Only the well-known types are known, and each becomes the plain CEL value that
 * the spec maps it to; other messages do not exist in a gateway's expressions.
 */
export interface MessageType {
  readonly type: CelType;
  readonly fields: { readonly [name: string]: CelType };
  build(fields: ReadonlyMap<string, CelValue>): CelResult;
}

function wrapper(type: CelType, fallback: CelValue, convert: (value: CelValue) => CelResult = adapt): MessageType {
  return {
    // A wrapper holds its value or null, which no plain type says.
    type: types.dyn,
    fields: { value: type },
    build: (fields) => convert(fields.get('value') ?? fallback),
  };
}

function within(low: number, high: number): (value: CelValue) => CelResult {
  return (value) => {
    const raw = rawNumber(value as Numeric);
    return raw >= low && raw <= high ? value : outOfRange('the value does not fit 32 bits');
  };
}

const seconds = { seconds: types.int, nanos: types.int };

function parts(fields: ReadonlyMap<string, CelValue>): [number, number] {
  const number = (value: CelValue | undefined): number => (isInt(value) ? Number(value) : 0);
  return [number(fields.get('seconds')), number(fields.get('nanos'))];
}

const zero = new CelDouble(0);
const anyField = ['null_value', 'number_value', 'string_value', 'bool_value', 'struct_value', 'list_value'];

/** The messages that an expression may write as `google.protobuf.X{…}`. */
export const messageTypes: ReadonlyMap<string, MessageType> = new Map<string, MessageType>([
  ['google.protobuf.BoolValue', wrapper(types.bool, false)],
  ['google.protobuf.BytesValue', wrapper(types.bytes, new Uint8Array())],
  ['google.protobuf.DoubleValue', wrapper(types.double, zero)],
  [
    'google.protobuf.FloatValue',
    wrapper(types.double, zero, (value) => new CelDouble(Math.fround((value as CelDouble).value))),
  ],
  ['google.protobuf.Int32Value', wrapper(types.int, 0, within(-(2 ** 31), 2 ** 31 - 1))],
  ['google.protobuf.Int64Value', wrapper(types.int, 0)],
  ['google.protobuf.StringValue', wrapper(types.string, '')],
  ['google.protobuf.UInt32Value', wrapper(types.uint, new CelUint(0), within(0, 2 ** 32 - 1))],
  ['google.protobuf.UInt64Value', wrapper(types.uint, new CelUint(0))],
  [
    'google.protobuf.Timestamp',
    { type: types.timestamp, fields: seconds, build: (fields) => makeTimestamp(...parts(fields)) },
  ],
  [
    'google.protobuf.Duration',
    { type: types.duration, fields: seconds, build: (fields) => makeDuration(...parts(fields)) },
  ],
  [
    'google.protobuf.Struct',
    {
      type: types.map(types.string, types.dyn),
      fields: { fields: types.map(types.string, types.dyn) },
      build: (fields) => fields.get('fields') ?? {},
    },
  ],
  [
    'google.protobuf.ListValue',
    {
      type: types.list(types.dyn),
      fields: { values: types.list(types.dyn) },
      build: (fields) => fields.get('values') ?? [],
    },
  ],
  [
    'google.protobuf.Value',
    {
      type: types.dyn,
      fields: Object.fromEntries(anyField.map((name) => [name, types.dyn])),
      build: buildAny,
    },
  ],
]);

/** A `google.protobuf.Value` is the value that one of its fields holds; null when none is set. */
function buildAny(fields: ReadonlyMap<string, CelValue>): CelResult {
  const [name] = fields.keys();
  if (name === undefined || name === 'null_value') return null;
  const value = fields.get(name) ?? null;
  return name === 'number_value' && isInt(value) ? new CelDouble(Number(value)) : value;
}

const typeNames = [
  'bool',
  'bytes',
  'double',
  'google.protobuf.Duration',
  'google.protobuf.Timestamp',
  'int',
  'list',
  'map',
  'null_type',
  'optional_type',
  'string',
  'type',
  'uint',
];

/** Names that are constants everywhere: the types, and the one enum value that CEL's JSON mapping needs. */
export const constantNames: ReadonlyMap<string, CelValue> = new Map<string, CelValue>([
  ...typeNames.map((name): [string, CelValue] => [name, new CelTypeValue(name)]),
  ['google.protobuf.NullValue.NULL_VALUE', 0],
]);
