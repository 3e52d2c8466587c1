import { eachMember } from '../mcp/wire/json-text.ts';

/** Members of an object by their folded names; each value as it is written. */
export type Members = ReadonlyMap<string, { readonly start: number; readonly end: number }>;

/**
 * A name as the most generous reader compares it: Go takes names whatever their case, with Unicode's folding (`ſ` is s),
 * and ProtoJSON takes `task_id` for `taskId`.
 */
export function folded(name: string): string {
  return name.toUpperCase().toLowerCase().replaceAll('_', '');
}

/**
 * The members of the object that begins at `at`; null where two names are the same once folded, since some readers take
 * the first of them and some the last.
 *
 * @param text What `JSON.parse` has accepted.
 */
export function membersOf(text: string, at: number): Members | null {
  const members = new Map<string, { readonly start: number; readonly end: number }>();
  let twice = false;
  eachMember(text, at, (name, start, end) => {
    const key = folded(name);
    twice ||= members.has(key);
    members.set(key, { start, end });
  });
  return twice ? null : members;
}

/** A member's value; undefined where it is absent or null. */
export function valueOf(text: string, members: Members, name: string): unknown {
  const span = members.get(folded(name));
  return span === undefined ? undefined : ((JSON.parse(text.slice(span.start, span.end)) as unknown) ?? undefined);
}

/** The members of a member that is an object; null where it is none, or is not clear. */
export function objectOf(text: string, members: Members, name: string): Members | null {
  const span = members.get(folded(name));
  return span === undefined || text[span.start] !== '{' ? null : membersOf(text, span.start);
}
