import { isUtf8 } from 'node:buffer';

/** A JSON object as `JSON.parse` gives it. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** True for what JSON calls an object. */
export function isJsonRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses a body that must be one JSON object in UTF-8 (RFC 8259). The result is for reading only: what is sent on is the
 * text, since parsing rounds large integers and reorders integer-like keys. Returns what is wrong as text otherwise,
 * without quoting the body.
 */
export function parseJsonObject(bytes: Buffer): JsonRecord | string {
  if (bytes.length === 0) return 'the body is empty';
  if (!isUtf8(bytes)) return 'the body is not valid UTF-8';
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const position = /at position \d+/.exec(error.message)?.[0];
    return `the body is not valid JSON${position === undefined ? '' : ` (${position})`}`;
  }
  return isJsonRecord(value) ? value : 'the body is not a JSON object';
}

/** The value that `text` is in JSON; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The JSON object that `text` is; null where it is none. */
export function parseJsonRecord(text: string): JsonRecord | null {
  const value = parseJson(text);
  return isJsonRecord(value) ? value : null;
}
