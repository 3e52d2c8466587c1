import { isJsonRecord } from '../json/parse.ts';
import type { JsonObject } from '../pivot/format.ts';

/** The member of an upstream's answer that must be a list. Throws SyntaxError. */
export function listIn(body: JsonObject, name: string): readonly unknown[] {
  const value = body[name];
  if (!Array.isArray(value)) throw new SyntaxError(`the upstream's answer has no list \`${name}\``);
  return value;
}

/** A list of numbers. Throws SyntaxError. */
export function vectorOf(value: unknown): readonly number[] {
  if (!Array.isArray(value) || !value.every((item): item is number => typeof item === 'number')) {
    throw new SyntaxError("the upstream's answer has an embedding that is no list of numbers");
  }
  return value;
}

/** A number that must be there. Throws SyntaxError. */
export function numberIn(body: JsonObject, name: string): number {
  const value = body[name];
  if (typeof value !== 'number') throw new SyntaxError(`the upstream's answer has no number \`${name}\``);
  return value;
}

/** An object, or one without members. */
export function objectOf(value: unknown): JsonObject {
  return isJsonRecord(value) ? value : {};
}

/** A count of tokens, or null. */
export function countOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}
