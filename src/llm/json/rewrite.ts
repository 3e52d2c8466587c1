import type { JsonObjectSpans } from './scan.ts';

/** What becomes of members: name → JSON text of the new value, or null for a member that is taken out. */
export type JsonChanges = ReadonlyMap<string, string | null>;

/**
 * The text of `object` in `bytes` with members set or taken out, as a new buffer. Where a name is present its value is
 * replaced, in all duplicates, so that every parser sees the same; otherwise the member is put last. All other bytes stay
 * as they are. Without changes the result is `bytes` itself.
 */
export function rewriteJsonObject(bytes: Buffer, object: JsonObjectSpans, changes: JsonChanges): Buffer {
  if (changes.size === 0) return bytes;
  const parts: Buffer[] = [];
  const missing = new Map(changes);
  const { members } = object;
  let copied = 0;
  let kept = false;
  for (const [index, member] of members.entries()) {
    const value = changes.get(member.name);
    if (value === undefined) {
      kept = true;
      continue;
    }
    missing.delete(member.name);
    if (value !== null) {
      parts.push(bytes.subarray(copied, member.valueStart), Buffer.from(value));
      copied = member.valueEnd;
      kept = true;
      continue;
    }
    // With the comma before it, or, where nothing stays before it, with the one behind.
    const from = kept ? (members[index - 1]?.valueEnd ?? member.nameStart) : member.nameStart;
    const next = kept ? undefined : members[index + 1];
    if (from > copied) parts.push(bytes.subarray(copied, from));
    copied = next?.nameStart ?? member.valueEnd;
  }
  const added = Array.from(missing).filter(([, value]) => value !== null);
  if (added.length > 0) {
    const insertAt = Math.max(copied, members.at(-1)?.valueEnd ?? object.end);
    const text = added.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',');
    parts.push(bytes.subarray(copied, insertAt), Buffer.from(kept ? `,${text}` : text));
    copied = insertAt;
  }
  parts.push(bytes.subarray(copied));
  return Buffer.concat(parts);
}
