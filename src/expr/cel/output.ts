import { adapt } from './adapt.ts';
import { CelErrorValue } from './errors.ts';
import { maxNesting, maxVisits, tooMuchWork } from './limits.ts';
import { isMap, mapGet, mapKeys } from './maps.ts';
import { formatSeconds, formatTimestamp } from './time.ts';
import {
  CelDouble,
  CelDuration,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  isError,
  type CelResult,
  type CelValue,
} from './values.ts';
import { encodeUtf8 } from './text.ts';

/** What {@link toJs} gives: what `JSON.stringify` takes. */
export type JsValue = null | boolean | number | string | JsValue[] | { [key: string]: JsValue };

/**
 * A CEL value as plain JSON-able JS: bytes as base64, timestamps in RFC 3339, durations as `1.5s`, types by name, an
 * empty optional and a double that JSON cannot hold as null, map keys as text, integers beyond 2^53 as decimal text.
 * Undefined for an error, also one that a lazily read attribute gives, and for a value of more than a million parts.
 */
export function toJs(result: CelResult): JsValue | undefined {
  const converted = convert(result, String);
  return converted instanceof CelErrorValue ? undefined : converted;
}

/** JSON text of a value as {@link toJs} maps it, but with every integer written exactly; or the error met. */
export function toJsonText(result: CelResult): string | CelErrorValue {
  const converted = convert(result, rawInteger);
  return converted instanceof CelErrorValue ? converted : JSON.stringify(converted);
}

/**
 * A value as text for a header, a log field or a key: strings bare, bytes as UTF-8, anything else as JSON. Undefined
 * for an error.
 */
export function toText(result: CelResult): string | undefined {
  if (typeof result === 'string') return result;
  if (result instanceof Uint8Array) return Buffer.from(result).toString('utf8');
  if (result instanceof CelOpaque) return result.toText();
  if (result instanceof CelTimestamp) return formatTimestamp(result);
  if (result instanceof CelDuration) return formatSeconds(result);
  if (result instanceof CelTypeValue) return result.name;
  const text = toJsonText(result);
  return text instanceof CelErrorValue ? undefined : text;
}

/** A value as the bytes of a body: bytes as they are, otherwise as {@link toText}. Undefined for an error. */
export function toBytes(result: CelResult): Uint8Array | undefined {
  if (result instanceof Uint8Array) return result;
  const text = toText(result);
  return text === undefined ? undefined : encodeUtf8(text);
}

/** `JSON.rawJSON` keeps the digits of an integer that a number would round; TypeScript's library lacks it. */
function rawInteger(value: bigint): JsValue {
  return (JSON as unknown as { rawJSON(text: string): JsValue }).rawJSON(String(value));
}

function convert(result: CelResult, big: (value: bigint) => JsValue): JsValue | CelErrorValue {
  const converter = new Converter(big);
  const converted = isError(result) ? result : converter.convert(result, 0);
  return converter.error ?? converted;
}

class Converter {
  readonly #big: (value: bigint) => JsValue;
  #left = maxVisits;
  error: CelErrorValue | null = null;

  constructor(big: (value: bigint) => JsValue) {
    this.#big = big;
  }

  convert(value: CelValue, depth: number): JsValue {
    if (--this.#left < 0 || depth > maxNesting) this.error ??= tooMuchWork;
    if (this.error !== null || value === null || typeof value === 'string' || typeof value === 'boolean') {
      return this.error === null ? (value as JsValue) : null;
    }
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') return this.#big(value);
    if (Array.isArray(value)) return value.map((element) => this.#adapted(element, depth));
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    if (value instanceof CelDouble) return Number.isFinite(value.value) ? value.value : null;
    if (value instanceof CelUint) return typeof value.value === 'bigint' ? this.#big(value.value) : value.value;
    if (value instanceof CelTimestamp) return formatTimestamp(value);
    if (value instanceof CelDuration) return formatSeconds(value);
    if (value instanceof CelTypeValue) return value.name;
    if (value instanceof CelOpaque) return value.toText();
    if (value instanceof CelOptional) return value.value === undefined ? null : this.convert(value.value, depth + 1);
    if (!isMap(value)) return null;
    // From entries, a key named __proto__ is a key like any other.
    return Object.fromEntries(
      mapKeys(value).map((key): [string, JsValue] => [String(key), this.#adapted(mapGet(value, key), depth)]),
    );
  }

  #adapted(raw: unknown, depth: number): JsValue {
    const value = raw instanceof CelErrorValue ? raw : adapt(raw);
    if (!isError(value)) return this.convert(value, depth + 1);
    this.error ??= value;
    return null;
  }
}
