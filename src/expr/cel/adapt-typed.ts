import { adapt } from './adapt.ts';
import { HeaderView } from './headers.ts';
import { isMap, mapGetRaw, mapHas, mapKeys, type MapLike } from './maps.ts';
import { CelSecret } from './secret.ts';
import { durationFromMs, timestampFromMs } from './time.ts';
import type { CelType, ObjectType } from './types.ts';
import { CelBoxed, CelDouble, CelObject, CelUint, type CelResult } from './values.ts';

/**
 * How to adapt a value whose declared type JS cannot express: numbers to double and uint, milliseconds to timestamp and
 * duration, text to secrets, records to headers. Any other type needs no more than {@link adapt}.
 */
export function adapterFor(type: CelType): (value: unknown) => CelResult {
  return namedAdapter(type) ?? (type.kind === 'object' ? objectAdapter(type) : adapt);
}

/** The adapter of the type itself, apart from what its fields need. */
export function namedAdapter(type: CelType): ((value: unknown) => CelResult) | undefined {
  return 'name' in type ? adapters[type.name] : undefined;
}

/** Adapts the fields of an object that is used as a whole, so that its secrets stay secrets there too. */
function objectAdapter(type: ObjectType): (value: unknown) => CelResult {
  const fields = new Map<string, (value: unknown) => CelResult>();
  for (const [name, field] of Object.entries(type.fields)) {
    const adapter = adapterFor(field);
    if (adapter !== adapt) fields.set(name, adapter);
  }
  if (fields.size === 0) return adapt;
  return (value) => {
    const adapted = adapt(value);
    return isMap(adapted) ? new TypedObject(adapted, fields) : adapted;
  };
}

class TypedObject extends CelObject {
  readonly #inner: MapLike;
  readonly #fields: ReadonlyMap<string, (value: unknown) => CelResult>;

  constructor(inner: MapLike, fields: ReadonlyMap<string, (value: unknown) => CelResult>) {
    super();
    this.#inner = inner;
    this.#fields = fields;
  }

  field(name: string): unknown {
    const value = mapGetRaw(this.#inner, name);
    return value === undefined ? undefined : (this.#fields.get(name) ?? adapt)(value);
  }

  override has(name: string): boolean {
    return mapHas(this.#inner, name);
  }

  keys(): Iterable<string> {
    return mapKeys(this.#inner).map(String);
  }
}

/** A plain record of fields, each one text or a list of texts, becomes a {@link HeaderView}. */
function adaptHeaders(value: unknown): CelResult {
  if (typeof value !== 'object' || value === null || value instanceof CelBoxed) return adapt(value);
  const record = value as { readonly [name: string]: string | readonly string[] };
  return new HeaderView({
    names: () => Object.keys(record),
    values(name) {
      const held = Object.hasOwn(record, name) ? record[name] : undefined;
      return held === undefined ? [] : typeof held === 'string' ? [held] : held;
    },
  });
}

/** Keyed by type name, so that an opaque type can be declared for what JS gives as text. */
const adapters: { readonly [name: string]: (value: unknown) => CelResult } = {
  double: (value) => (typeof value === 'number' ? new CelDouble(value) : adapt(value)),
  uint: (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? new CelUint(value) : adapt(value),
  headers: adaptHeaders,
  secret: (value) => (typeof value === 'string' ? new CelSecret(value) : adapt(value)),
  'google.protobuf.Timestamp': (value) => (typeof value === 'number' ? timestampFromMs(value) : adapt(value)),
  'google.protobuf.Duration': (value) => (typeof value === 'number' ? durationFromMs(value) : adapt(value)),
};
