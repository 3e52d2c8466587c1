import { ProtoError, ProtoReader } from './reader.ts';
import { ProtoWriter } from './writer.ts';

/** How values of one field are written and read. */
export interface Field<V> {
  readonly no: number;
  /** Writes the field with its tag, as often as it repeats. */
  readonly write: (writer: ProtoWriter, value: V) => void;
  /** Reads one occurrence; `before` is what earlier ones gave. */
  readonly read: (reader: ProtoReader, before: V | undefined) => V;
  /** Of the tag that `read` understands. */
  readonly wireType: number;
  /** Of the fields of one group at most one is set. */
  readonly group?: string;
}

/** A kind of message: how it is written and read. Absent fields are absent, not their default. */
export interface MessageType<T> {
  readonly name: string;
  encode(value: T): Buffer;
  /** Bytes fields are views of `bytes`. Unknown fields are passed over. Throws a {@link ProtoError}. */
  decode(bytes: Buffer): T;
  /** Writes the fields, without a length. */
  write(writer: ProtoWriter, value: T): void;
  /** Reads fields up to the end of the part, on top of what `into` has. */
  read(reader: ProtoReader, into: T | undefined): T;
}

/** One field for each key of `T`. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> };

/** Makes a kind of message from the table of its fields. All fields of `T` are optional. */
export function message<T extends object>(name: string, fields: Fields<T>): MessageType<T> {
  const rows = Object.entries(fields) as [keyof T & string, Field<unknown>][];
  const byKey = new Map(rows.map(([key, field]) => [(field.no << 3) | field.wireType, { key, field }]));
  const rivals = new Map(
    rows.map(([key, { group }]) => [
      key,
      group === undefined ? [] : rows.filter(([k, f]) => f.group === group && k !== key).map(([k]) => k),
    ]),
  );
  const write = (writer: ProtoWriter, value: T): void => {
    for (const [key, field] of rows) {
      const item = value[key];
      if (item !== undefined) field.write(writer, item);
    }
  };
  const read = (reader: ProtoReader, into: T | undefined): T => {
    const value = (into ?? {}) as Record<string, unknown>;
    while (reader.more) {
      const tag = reader.tag();
      const row = byKey.get(tag);
      if (row === undefined) {
        reader.skip(tag);
        continue;
      }
      value[row.key] = row.field.read(reader, value[row.key]);
      for (const rival of rivals.get(row.key) ?? []) delete value[rival];
    }
    return value as T;
  };
  return messageOf(name, write, read);
}

/** A kind of message with its own way to be written and read. */
export function messageOf<T>(
  name: string,
  write: MessageType<T>['write'],
  read: MessageType<T>['read'],
): MessageType<T> {
  return {
    name,
    write,
    read,
    encode(value) {
      const writer = new ProtoWriter();
      write(writer, value);
      return writer.finish();
    },
    decode(bytes) {
      try {
        return read(new ProtoReader(bytes), undefined);
      } catch (error) {
        if (error instanceof ProtoError) throw new ProtoError(`no valid ${name}: ${error.message}`);
        throw error;
      }
    },
  };
}

function scalar<V>(
  no: number,
  wireType: number,
  put: (writer: ProtoWriter, value: V) => void,
  get: (reader: ProtoReader) => V,
): Field<V> {
  const key = (no << 3) | wireType;
  return {
    no,
    wireType,
    write(writer, value) {
      writer.tag(key);
      put(writer, value);
    },
    read: get,
  };
}

/** `string` */
export function text(no: number): Field<string> {
  return scalar(
    no,
    2,
    (writer, value) => writer.text(value, 'utf8'),
    (reader) => reader.utf8(),
  );
}

/** `bytes` that are a text with one byte in each code unit, as field values of HTTP are. */
export function latin1(no: number): Field<string> {
  return scalar(
    no,
    2,
    (writer, value) => writer.text(value, 'latin1'),
    (reader) => reader.latin1(),
  );
}

/** `bytes` */
export function bytes(no: number): Field<Uint8Array> {
  return scalar(
    no,
    2,
    (writer, value) => writer.bytes(value),
    (reader): Uint8Array => reader.bytes(),
  );
}

/** `bool` */
export function bool(no: number): Field<boolean> {
  return scalar(
    no,
    0,
    (writer, value) => writer.varint(value ? 1 : 0),
    (reader) => reader.varint() !== 0,
  );
}

/** `uint32`, `uint64` */
export function unsigned(no: number): Field<number> {
  return scalar(
    no,
    0,
    (writer, value) => writer.varint(value),
    (reader) => reader.varint(),
  );
}

/** `int32`, `int64`, enums */
export function signed(no: number): Field<number> {
  return scalar(
    no,
    0,
    (writer, value) => writer.varint(value),
    (reader) => reader.signed(),
  );
}

/** `double` */
export function double(no: number): Field<number> {
  return scalar(
    no,
    1,
    (writer, value) => writer.double(value),
    (reader) => reader.double(),
  );
}

/** A message inside of another. `type` may be a function where kinds refer to each other. */
export function nested<T>(no: number, type: MessageType<T> | (() => MessageType<T>)): Field<T> {
  const key = (no << 3) | 2;
  const found = (): MessageType<T> => (typeof type === 'function' ? type() : type);
  return {
    no,
    wireType: 2,
    write(writer, value) {
      writer.tag(key);
      const start = writer.begin();
      found().write(writer, value);
      writer.end(start);
    },
    read: (reader, before) => reader.nested(() => found().read(reader, before)),
  };
}

/** A field that may occur more than once; for texts, bytes and messages. */
export function repeated<V>(field: Field<V>): Field<readonly V[]> {
  return {
    no: field.no,
    wireType: field.wireType,
    write(writer, values) {
      for (const value of values) field.write(writer, value);
    },
    read(reader, before) {
      const list = (before ?? []) as V[];
      list.push(field.read(reader, undefined));
      return list;
    },
  };
}

/** `map<string, …>`, as a Map; `value` is its field with number 2. */
export function mapOf<V>(no: number, value: Field<V>): Field<ReadonlyMap<string, V>> {
  const entry = message<{ key?: string; value?: V }>('map entry', { key: text(1), value } as Fields<{
    key?: string;
    value?: V;
  }>);
  const key = (no << 3) | 2;
  return {
    no,
    wireType: 2,
    write(writer, values) {
      for (const [name, item] of values) {
        writer.tag(key);
        const start = writer.begin();
        entry.write(writer, { key: name, value: item });
        writer.end(start);
      }
    },
    read(reader, before) {
      const map = (before ?? new Map()) as Map<string, V>;
      const { key: name = '', value: item } = reader.nested(() => entry.read(reader, undefined));
      if (item !== undefined) map.set(name, item);
      return map;
    },
  };
}

/** Of the fields of one `group` of a message the last one read stays. */
export function oneOf<V>(group: string, field: Field<V>): Field<V> {
  return { ...field, group };
}
