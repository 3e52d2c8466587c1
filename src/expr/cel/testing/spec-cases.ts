import { adapt } from '../adapt.ts';
import type { Declarations } from '../environment.ts';
import { global, overload, type Callable } from '../functions/table.ts';
import { isMap, keyValue, mapGet, mapKeys, MapBuilder, toMapKey } from '../maps.ts';
import { formatDouble, isInt, toInt, toUint } from '../numbers.ts';
import { formatSeconds, formatTimestamp, parseDurationText, parseTimestamp } from '../time.ts';
import * as t from '../types.ts';
import {
  CelDouble,
  CelDuration,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  isError,
  type CelResult,
  type CelValue,
} from '../values.ts';

/** A case of the CEL specification's conformance suite, in protobuf's JSON form. */
export interface SpecCase {
  readonly name?: string;
  readonly expr: string;
  readonly container?: string;
  readonly disableCheck?: boolean;
  readonly checkOnly?: boolean;
  readonly value?: SpecValue;
  readonly evalError?: unknown;
  readonly typedResult?: { readonly result?: SpecValue; readonly deducedType?: SpecType };
  readonly typeEnv?: readonly SpecDeclaration[];
  readonly bindings?: { readonly [name: string]: { readonly value?: SpecValue } };
}

interface SpecDeclaration {
  readonly name: string;
  readonly ident?: { readonly type: SpecType };
  readonly function?: {
    readonly overloads: readonly { readonly params?: readonly SpecType[]; readonly resultType: SpecType }[];
  };
}

type SpecValue = { readonly [kind: string]: unknown };
type SpecType = { readonly [kind: string]: unknown };

const messages =
  /TestAllTypes|GlobalEnum|NestedEnum|TestRequired|\.proto[23]\.|google\.protobuf\.(?:Any|Empty|FieldMask)\b|proto\.(?:has|get)Ext/;

/** Whether a case is about protobuf messages other than the well-known types, or about enums. */
export function needsMessages(spec: SpecCase): boolean {
  return messages.test(spec.expr) || messages.test(JSON.stringify([spec.typeEnv, spec.bindings, spec.value]));
}

const primitives: { readonly [name: string]: t.CelType } = {
  BOOL: t.bool,
  INT64: t.int,
  UINT64: t.uint,
  DOUBLE: t.double,
  STRING: t.string,
  BYTES: t.bytes,
};
const wellKnown: { readonly [name: string]: t.CelType } = {
  'google.protobuf.Timestamp': t.timestamp,
  'google.protobuf.Duration': t.duration,
  TIMESTAMP: t.timestamp,
  DURATION: t.duration,
};

function typeFrom(type: SpecType): t.CelType {
  const [kind, inner] = Object.entries(type)[0] as [string, unknown];
  switch (kind) {
    case 'primitive':
      return primitives[inner as string] as t.CelType;
    case 'messageType':
    case 'wellKnown':
      return wellKnown[inner as string] ?? t.dyn;
    case 'listType':
      return t.list(typeFrom((inner as { elemType: SpecType }).elemType));
    case 'mapType': {
      const { keyType, valueType } = inner as { keyType: SpecType; valueType: SpecType };
      return t.map(typeFrom(keyType), typeFrom(valueType));
    }
    case 'null':
      return t.nullType;
    case 'typeParam':
      return t.param(inner as string);
    case 'type':
      return t.typeOf(t.dyn);
    case 'abstractType': {
      const { name, parameterTypes = [] } = inner as { name: string; parameterTypes?: SpecType[] };
      return { kind: 'abstract', name, params: parameterTypes.map(typeFrom) };
    }
    default:
      return t.dyn;
  }
}

/** The variables that a case declares; a case that only binds them leaves their types open. */
export function declarationsOf(spec: SpecCase): Declarations {
  const bound = Object.keys(spec.bindings ?? {}).map((name): [string, t.CelType] => [name, t.dyn]);
  const declared = (spec.typeEnv ?? []).flatMap((row): [string, t.CelType][] =>
    row.ident === undefined ? [] : [[row.name, typeFrom(row.ident.type)]],
  );
  return Object.fromEntries([...bound, ...declared]);
}

/** The functions that a case declares, which only checking needs. */
export function functionsOf(spec: SpecCase): Callable[] {
  return (spec.typeEnv ?? []).flatMap((row) =>
    row.function === undefined
      ? []
      : [
          global(
            row.name,
            ...row.function.overloads.map((one) =>
              overload((one.params ?? []).map(typeFrom), typeFrom(one.resultType), () => null),
            ),
          ),
        ],
  );
}

/** The type that a case deduces, as text. */
export function expectedType(spec: SpecCase): string | null {
  const type = spec.typedResult?.deducedType;
  return type === undefined ? null : t.formatType(typeFrom(type));
}

/** A value of the suite as a CEL value. */
export function valueOf(value: SpecValue): CelValue {
  const made = resultOf(value);
  if (isError(made)) throw new Error(made.message);
  return made;
}

function resultOf(value: SpecValue): CelResult {
  const [kind, inner] = Object.entries(value)[0] as [string, unknown];
  switch (kind) {
    case 'int64Value':
      return toInt(BigInt(inner as string));
    case 'uint64Value':
      return toUint(BigInt(inner as string));
    case 'doubleValue':
      return new CelDouble(Number(inner));
    case 'bytesValue':
      return new Uint8Array(Buffer.from(inner as string, 'base64'));
    case 'typeValue':
      return new CelTypeValue(inner as string);
    case 'listValue':
      return ((inner as { values?: SpecValue[] }).values ?? []).map(valueOf);
    case 'mapValue': {
      const map = new MapBuilder();
      for (const entry of (inner as { entries?: { key: SpecValue; value: SpecValue }[] }).entries ?? []) {
        const key = valueOf(entry.key);
        map.set(toMapKey(key) ?? 0, key, valueOf(entry.value));
      }
      return map.build();
    }
    case 'objectValue':
      return objectOf(inner as { '@type': string; value?: unknown });
    default:
      return adapt(inner);
  }
}

function objectOf(object: { '@type': string; value?: unknown }): CelResult {
  const { value } = object;
  switch (object['@type'].replace('type.googleapis.com/google.protobuf.', '')) {
    case 'Timestamp':
      return parseTimestamp(value as string);
    case 'Duration':
      return parseDurationText(value as string);
    case 'Int64Value':
      return toInt(BigInt(value as string));
    case 'UInt64Value':
      return toUint(BigInt(value as string));
    case 'UInt32Value':
      return new CelUint(value as number);
    case 'DoubleValue':
    case 'FloatValue':
      return new CelDouble(Number(value));
    case 'BytesValue':
      return new Uint8Array(Buffer.from(value as string, 'base64'));
    case 'Value':
    case 'Struct':
    case 'ListValue':
      return doubles(value);
    default:
      return adapt(value);
  }
}

/** Protobuf's JSON values know doubles only. */
function doubles(value: unknown): CelResult {
  if (typeof value === 'number') return new CelDouble(value);
  if (Array.isArray(value)) return value.map(doubles);
  if (typeof value !== 'object' || value === null) return adapt(value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, doubles(part)]));
}

/** A value with its type as text that is the same for the same value and no other. */
export function show(value: CelResult): string {
  if (isError(value)) return `error: ${value.message}`;
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (isInt(value)) return `int ${value}`;
  if (value instanceof CelUint) return `uint ${value.value}`;
  if (value instanceof CelDouble) return `double ${formatDouble(value.value)}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (value instanceof CelTimestamp) return `timestamp ${formatTimestamp(value)}`;
  if (value instanceof CelDuration) return `duration ${formatSeconds(value)}`;
  if (value instanceof CelTypeValue) return `type ${value.name}`;
  if (value instanceof CelOptional) return `optional ${value.value === undefined ? '' : show(value.value)}`;
  if (Array.isArray(value)) return `[${value.map((element) => show(adapt(element))).join(', ')}]`;
  if (!isMap(value)) return 'opaque';
  const map = value;
  const entries = mapKeys(map).map((key) => `${show(keyValue(map, key))}: ${show(mapGet(map, key) ?? null)}`);
  return `{${entries.toSorted().join(', ')}}`;
}
