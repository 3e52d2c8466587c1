import { isJsonRecord } from '../json/parse.ts';
import type { JsonObject } from './format.ts';

/**
 * What a client's API calls the members that the pivot names in the words of chat completions: one path, or several of
 * which the client uses one. Absent: it has the same name.
 */
export type OwnMembers = Readonly<Record<string, string | readonly string[]>>;

/** What the client calls a member of the pivot, as its body spells it. */
export function ownMember(table: OwnMembers, body: JsonObject, member: string): string {
  const root = /^[^.[]+/.exec(member)?.[0] ?? member;
  const named = table[member];
  // A place within the conversation that has no name of its own is told by the whole.
  if (named === undefined) return table[root] === undefined ? member : ownMember(table, body, root);
  if (typeof named === 'string') return spelt(named, body) ?? named;
  for (const path of named) {
    const found = spelt(path, body);
    if (found !== null) return found;
  }
  return named[0] ?? member;
}

/** The path as the body spells it, in camel case or snake case; null where the body has no such member. */
function spelt(path: string, body: JsonObject): string | null {
  const names: string[] = [];
  let at: unknown = body;
  for (const name of path.split('.')) {
    if (!isJsonRecord(at)) return null;
    const own = at[name] === undefined ? snakeCase(name) : name;
    if (at[own] === undefined) return null;
    names.push(own);
    at = at[own];
  }
  return names.join('.');
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
