import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { isJsonRecord } from '../../json/parse.ts';

/** @throws LlmBadRequest always: what `path` must be. */
export function refuse(path: string, expected: string): never {
  throw new LlmBadRequest(`${path} must be ${expected}`, path);
}

/** The readers of this file take a member's value and path; absent and null are the same. @throws LlmBadRequest */
export function optionalString(value: unknown, path: string): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : refuse(path, 'a string');
}

/** A string that must be there and say something. @throws LlmBadRequest */
export function requiredString(value: unknown, path: string): string {
  return typeof value === 'string' && value !== '' ? value : refuse(path, 'a string that is not empty');
}

/** A finite number, or null. @throws LlmBadRequest */
export function optionalNumber(value: unknown, path: string): number | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'number' ? value : refuse(path, 'a number');
}

/** An integer that is at least `least`, or null. @throws LlmBadRequest */
export function optionalInteger(value: unknown, path: string, least: number): number | null {
  const number = optionalNumber(value, path);
  if (number === null || (Number.isSafeInteger(number) && number >= least)) return number;
  return refuse(path, `an integer of at least ${least}`);
}

/** @throws LlmBadRequest */
export function optionalBoolean(value: unknown, path: string): boolean | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'boolean' ? value : refuse(path, 'true or false');
}

/** @throws LlmBadRequest */
export function optionalObject(value: unknown, path: string): JsonObject | null {
  if (value === undefined || value === null) return null;
  return isJsonRecord(value) ? value : refuse(path, 'an object');
}

/** @throws LlmBadRequest */
export function requiredObject(value: unknown, path: string): JsonObject {
  return isJsonRecord(value) ? value : refuse(path, 'an object');
}

/** Absent is the same as empty. @throws LlmBadRequest */
export function optionalArray(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : refuse(path, 'an array');
}
