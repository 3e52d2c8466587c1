import { bool, double, message, messageOf, nested, oneOf, repeated, signed, text, unsigned } from './message.ts';
import type { MessageType } from './message.ts';

/** What a `google.protobuf.Value` says, as JSON. */
export type ProtoJson = null | number | string | boolean | readonly ProtoJson[] | ProtoStruct;

/** `google.protobuf.Struct`, as JSON. */
export type ProtoStruct = { readonly [name: string]: ProtoJson };

interface WireValue {
  nullValue?: number;
  numberValue?: number;
  stringValue?: string;
  boolValue?: boolean;
  structValue?: ProtoStruct;
  listValue?: { values?: readonly ProtoJson[] };
}

const wireValue: MessageType<WireValue> = message<WireValue>('google.protobuf.Value', {
  nullValue: oneOf('kind', signed(1)),
  numberValue: oneOf('kind', double(2)),
  stringValue: oneOf('kind', text(3)),
  boolValue: oneOf('kind', bool(4)),
  structValue: oneOf(
    'kind',
    nested(5, () => struct),
  ),
  listValue: oneOf(
    'kind',
    nested(6, () => listValue),
  ),
});

/** `google.protobuf.Value` */
export const value: MessageType<ProtoJson> = messageOf<ProtoJson>(
  'google.protobuf.Value',
  (writer, json) => wireValue.write(writer, toWire(json)),
  (reader) => {
    const wire = wireValue.read(reader, undefined);
    return (
      wire.numberValue ??
      wire.stringValue ??
      wire.boolValue ??
      wire.structValue ??
      (wire.listValue === undefined ? null : (wire.listValue.values ?? []))
    );
  },
);

const listValue: MessageType<{ values?: readonly ProtoJson[] }> = message('google.protobuf.ListValue', {
  values: repeated(nested(1, value)),
});

const entry: MessageType<{ key?: string; value?: ProtoJson }> = message('google.protobuf.Struct.FieldsEntry', {
  key: text(1),
  value: nested(2, value),
});

const entries: MessageType<{ fields?: readonly { key?: string; value?: ProtoJson }[] }> = message(
  'google.protobuf.Struct',
  { fields: repeated(nested(1, entry)) },
);

/** `google.protobuf.Struct`, read as an object without prototype. */
export const struct: MessageType<ProtoStruct> = messageOf<ProtoStruct>(
  'google.protobuf.Struct',
  (writer, json) =>
    entries.write(writer, { fields: Object.entries(json).map(([key, item]) => ({ key, value: item })) }),
  (reader, into) => {
    const result = (into ?? Object.create(null)) as Record<string, ProtoJson>;
    for (const { key = '', value: item = null } of entries.read(reader, undefined).fields ?? []) result[key] = item;
    return result;
  },
);

function toWire(json: ProtoJson): WireValue {
  if (json === null) return { nullValue: 0 };
  if (typeof json === 'number') return { numberValue: json };
  if (typeof json === 'string') return { stringValue: json };
  if (typeof json === 'boolean') return { boolValue: json };
  if (Array.isArray(json)) return { listValue: { values: json as readonly ProtoJson[] } };
  return { structValue: json as ProtoStruct };
}

/** `google.protobuf.Timestamp` and `google.protobuf.Duration`, which have the same form. */
export interface SecondsAndNanos {
  readonly seconds?: number;
  readonly nanos?: number;
}

const secondsAndNanos = { seconds: signed(1), nanos: signed(2) };

/** `google.protobuf.Timestamp` */
export const timestamp: MessageType<SecondsAndNanos> = message('google.protobuf.Timestamp', secondsAndNanos);

/** `google.protobuf.Duration` */
export const duration: MessageType<SecondsAndNanos> = message('google.protobuf.Duration', secondsAndNanos);

/** Milliseconds as seconds and nanoseconds, rounded to the microsecond. */
export function fromMs(ms: number): SecondsAndNanos {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1000) * 1000 };
}

/** Seconds and nanoseconds as milliseconds. */
export function toMs({ seconds = 0, nanos = 0 }: SecondsAndNanos): number {
  return seconds * 1000 + nanos / 1_000_000;
}

/** `google.protobuf.BoolValue` */
export const boolValue: MessageType<{ readonly value?: boolean }> = message('google.protobuf.BoolValue', {
  value: bool(1),
});

/** `google.protobuf.UInt32Value` and `google.protobuf.UInt64Value`. */
export const unsignedValue: MessageType<{ readonly value?: number }> = message('google.protobuf.UInt64Value', {
  value: unsigned(1),
});
