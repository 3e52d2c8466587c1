/** How values stand in access log lines. Whatever a client sends, it cannot end a line or forge a field. */

/** What a field may hold; absent fields are `undefined` or `null`. Objects must be JSON values. */
export type LogValue = string | number | boolean | bigint | object | null | undefined;

/** Printable ASCII without blank and quote. */
const bare = /^[!#-~]+$/;
/** What JSON takes between quotes as it is, ASCII only. */
const plain = /^[ !#-[\]-~]*$/;
/**
 * Left alone by JSON, yet able to end a line or to show it other than it is: DEL, C1 controls, line and paragraph
 * separators, directional marks.
 */
const tricky = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** A value in a `key=value` line: as it is when that is unambiguous, a JSON string otherwise. */
export function textValue(value: LogValue): string {
  if (typeof value === 'string') return bare.test(value) ? value : quote(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const json = jsonValue(value);
  return bare.test(json) ? json : quote(json);
}

/** A value in a JSON line; a number that JSON cannot say is `null`. */
export function jsonValue(value: LogValue): string {
  if (typeof value === 'string') return plain.test(value) ? `"${value}"` : quote(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return escapeTricky(JSON.stringify(value) ?? 'null');
}

function quote(text: string): string {
  return escapeTricky(JSON.stringify(text));
}

function escapeTricky(json: string): string {
  return json.replace(tricky, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
