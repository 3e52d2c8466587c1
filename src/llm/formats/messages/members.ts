import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';

/** True where a member is absent or null, which this API takes as the same. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** True for a JSON object, so neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an object. Throws LlmBadRequest that names `path`. */
export function objectAt(value: unknown, path: string): JsonObject {
  if (isObject(value)) return value;
  throw new LlmBadRequest(`${path} must be an object`, path);
}

/** The value as an array. Throws LlmBadRequest that names `path`. */
export function arrayAt(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new LlmBadRequest(`${path} must be an array`, path);
}

/** The value as a string. Throws LlmBadRequest that names `path`. */
export function stringAt(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw new LlmBadRequest(`${path} must be a string`, path);
}

/** The value as a number; null where it is absent or null. Throws LlmBadRequest that names `path`. */
export function numberOrNull(value: unknown, path: string): number | null {
  if (isAbsent(value)) return null;
  if (typeof value === 'number') return value;
  throw new LlmBadRequest(`${path} must be a number`, path);
}

/** The value as a positive whole number; null where it is absent or null. Throws LlmBadRequest that names `path`. */
export function countOrNull(value: unknown, path: string): number | null {
  const number = numberOrNull(value, path);
  if (number === null || (Number.isInteger(number) && number > 0)) return number;
  throw new LlmBadRequest(`${path} must be a positive integer`, path);
}

/** The value as a boolean; null where it is absent or null. Throws LlmBadRequest that names `path`. */
export function booleanOrNull(value: unknown, path: string): boolean | null {
  if (isAbsent(value)) return null;
  if (typeof value === 'boolean') return value;
  throw new LlmBadRequest(`${path} must be a boolean`, path);
}

/** A member of an upstream's answer: its string, or '' for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A member of an upstream's answer: its number, or null for anything else. */
export function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
