import { isObject } from './members.ts';

/** Numbers of this many digits may be larger than what a JavaScript number holds exactly. */
const longNumber = /\d{16}/;

/**
 * The input of a tool call as a JSON object, which this API demands; null where the text is none. Integers that a
 * number cannot hold keep their digits when the result is serialised: the model sees again the id that it wrote.
 */
export function toolInput(text: string): Readonly<Record<string, unknown>> | null {
  if (text.trim() === '') return {};
  try {
    const value: unknown = longNumber.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** ECMAScript's `JSON.rawJSON`, which the compiler's library does not declare yet. */
const rawJson = JSON as unknown as { rawJSON(text: string): unknown };

/** A reviver that keeps the source of integers beyond 2^53. */
function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || Number.isSafeInteger(value)) return value;
  return /^-?\d+$/.test(source) ? rawJson.rawJSON(source) : value;
}
