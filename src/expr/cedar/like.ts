/** A part of a pattern: any text, or this one. */
export type PatternJson = 'Wildcard' | { readonly Literal: string };

/** Matches a whole text against a pattern, in time of text × parts at most: each part is looked for once from left to right. */
export function likePattern(pattern: readonly PatternJson[]): (text: string) => boolean {
  // Between wildcards stand texts, perhaps empty ones; only the first and the last have a fixed place.
  const parts: string[] = [''];
  for (const element of pattern) {
    if (element === 'Wildcard') parts.push('');
    else parts.push(`${parts.pop() ?? ''}${element.Literal}`);
  }
  const first = parts.shift() ?? '';
  const last = parts.pop();
  if (last === undefined) return (text) => text === first;
  const middle = parts.filter((part) => part !== '');
  const least = first.length + last.length;
  return (text) => {
    if (text.length < least || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let from = first.length;
    for (const part of middle) {
      const at = text.indexOf(part, from);
      if (at < 0) return false;
      from = at + part.length;
    }
    return from <= end;
  };
}
