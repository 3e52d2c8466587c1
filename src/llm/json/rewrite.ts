import type { JsonObjectSpans } from './scan.ts';

/**
 * The text of `object` in `bytes` with members set, as a new buffer. `changes` holds name → JSON text of the new value.
 * Where a name is present its value is replaced, in all duplicates, so that every parser sees the same; otherwise the
 * member is put last. All other bytes stay as they are. Without changes the result is `bytes` itself.
 */
export function rewriteJsonObject(
  bytes: Buffer,
  object: JsonObjectSpans,
  changes: ReadonlyMap<string, string>,
): Buffer {
  if (changes.size === 0) return bytes;
  const parts: Buffer[] = [];
  const missing = new Map(changes);
  let copied = 0;
  for (const member of object.members) {
    const value = changes.get(member.name);
    if (value === undefined) continue;
    missing.delete(member.name);
    parts.push(bytes.subarray(copied, member.valueStart), Buffer.from(value));
    copied = member.valueEnd;
  }
  if (missing.size > 0) {
    const last = object.members.at(-1);
    const insertAt = last?.valueEnd ?? object.end;
    const text = Array.from(missing, ([name, value]) => `${JSON.stringify(name)}:${value}`).join(',');
    parts.push(bytes.subarray(copied, insertAt), Buffer.from(last === undefined ? text : `,${text}`));
    copied = insertAt;
  }
  parts.push(bytes.subarray(copied));
  return Buffer.concat(parts);
}
