/** Entries with a name, or a pattern in which `*` stands for any text, found by either of two names of an item. */
export interface Patterns<T> {
  /** The first entry that fits. */
  first(one: string, other: string): T | null;
  /** Those that are names. */
  readonly exact: readonly T[];
}

/** Compiles entries; their order decides. */
export function compilePatterns<T extends { readonly match: string }>(entries: readonly T[]): Patterns<T> {
  const exact = new Map<string, number>();
  const open: { readonly at: number; readonly parts: readonly string[] }[] = [];
  for (const [at, { match }] of entries.entries()) {
    if (match.includes('*')) open.push({ at, parts: match.split('*') });
    else if (!exact.has(match)) exact.set(match, at);
  }
  return {
    exact: entries.filter(({ match }) => !match.includes('*')),
    first(one, other) {
      let best = Math.min(exact.get(one) ?? entries.length, exact.get(other) ?? entries.length);
      for (const { at, parts } of open) {
        if (at > best) break;
        if (fits(parts, one) || fits(parts, other)) best = at;
      }
      return entries[best] ?? null;
    },
  };
}

/** Whether `text` is `parts` with anything between them. */
function fits(parts: readonly string[], text: string): boolean {
  const [head = ''] = parts;
  const tail = parts.at(-1) ?? '';
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  let from = head.length;
  const end = text.length - tail.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
