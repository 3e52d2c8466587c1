import { isJsonRecord } from '../../json/parse.ts';
import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';

/** An object that is being written. */
export type Written = Record<string, unknown>;

/**
 * A member by its name in camel case. Google's JSON takes the snake case of protocol buffers just as well, and null for
 * absent; undefined is absent here.
 */
export function member(object: JsonObject, name: string): unknown {
  const value = object[name] ?? object[snakeCase(name)];
  return value === null ? undefined : value;
}

/** A member's name in camel case, however it was written. */
export function camelCase(name: string): string {
  if (!name.includes('_')) return name;
  return name.replace(/(?<=[a-z\d])_([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
}

/** @throws LlmBadRequest always: what `path` must be. */
export function refuse(path: string, expected: string): never {
  throw new LlmBadRequest(`${path} must be ${expected}`, path);
}

/** The value as an object. @throws LlmBadRequest */
export function objectAt(value: unknown, path: string): JsonObject {
  return isJsonRecord(value) ? value : refuse(path, 'an object');
}

/** The value as an object; undefined where it is absent. @throws LlmBadRequest */
export function optionalObject(value: unknown, path: string): JsonObject | undefined {
  return value === undefined ? undefined : objectAt(value, path);
}

/** The value as an array. One object stands for an array of it, which Google's JSON accepts. @throws LlmBadRequest */
export function arrayAt(value: unknown, path: string): readonly unknown[] {
  if (value === undefined) return [];
  if (isJsonRecord(value)) return [value];
  return Array.isArray(value) ? value : refuse(path, 'an array');
}

/** The value as a string. @throws LlmBadRequest */
export function stringAt(value: unknown, path: string): string {
  return typeof value === 'string' ? value : refuse(path, 'a string');
}

/** The value as a string; null where it is absent. @throws LlmBadRequest */
export function stringOrNull(value: unknown, path: string): string | null {
  return value === undefined ? null : stringAt(value, path);
}

/** The value as a number; null where it is absent. Protocol buffers' JSON also writes numbers as text. @throws LlmBadRequest */
export function numberOrNull(value: unknown, path: string): number | null {
  if (value === undefined) return null;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : refuse(path, 'a number');
}

/** The value as a whole number that is at least `least`; null where it is absent. @throws LlmBadRequest */
export function integerOrNull(value: unknown, path: string, least: number): number | null {
  const number = numberOrNull(value, path);
  if (number === null || (Number.isSafeInteger(number) && number >= least)) return number;
  return refuse(path, `an integer of at least ${least}`);
}

/** The value as a boolean; null where it is absent. @throws LlmBadRequest */
export function booleanOrNull(value: unknown, path: string): boolean | null {
  if (value === undefined) return null;
  return typeof value === 'boolean' ? value : refuse(path, 'true or false');
}

/** A member of an upstream's answer: its string, or '' for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The members that say something. */
export function compact(members: JsonObject): Written {
  const written: Written = {};
  for (const name of Object.keys(members)) if (members[name] !== undefined) written[name] = members[name];
  return written;
}

/** A loop, not a pattern: most members are absent from most requests, so this is called often. */
function snakeCase(name: string): string {
  let snake = '';
  let from = 0;
  for (let at = 0; at < name.length; at += 1) {
    const code = name.charCodeAt(at);
    if (code < 65 || code > 90) continue;
    snake += `${name.slice(from, at)}_${String.fromCharCode(code + 32)}`;
    from = at + 1;
  }
  return from === 0 ? name : snake + name.slice(from);
}
