/** URI templates (RFC 6570), as far as asking whether a URI can have been made of one. */

type Part = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'segment' | 'anything' };

/**
 * Whether `template` can have become `uri`. What an expression without an operator becomes has at least one character and
 * ends before `/`, `?` and `#`; the others may become anything. Takes time in proportion to the URI for each expression.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  /** Where in the URI what comes so far can end, ascending. */
  let ends: readonly number[] = [0];
  for (const part of partsOf(template)) {
    if (part.kind === 'literal') {
      ends = ends.flatMap((end) => (uri.startsWith(part.text, end) ? [end + part.text.length] : []));
    } else ends = part.kind === 'segment' ? afterSegments(uri, ends) : fromFirst(uri, ends);
    if (ends.length === 0) return false;
  }
  return ends.at(-1) === uri.length;
}

function partsOf(template: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf('{', at);
    const close = open === -1 ? -1 : template.indexOf('}', open);
    if (close === -1) break;
    if (open > at) parts.push({ kind: 'literal', text: template.slice(at, open) });
    parts.push({ kind: /^\w/.test(template.slice(open + 1, close)) ? 'segment' : 'anything' });
    at = close + 1;
  }
  if (at < template.length) parts.push({ kind: 'literal', text: template.slice(at) });
  return parts;
}

function afterSegments(uri: string, starts: readonly number[]): number[] {
  const ends: number[] = [];
  for (const start of starts) {
    // A run that an earlier start has covered ends at the same places.
    for (let i = Math.max(start, ends.at(-1) ?? 0); i < uri.length && !'/?#'.includes(uri[i] ?? ''); i++)
      ends.push(i + 1);
  }
  return ends;
}

function fromFirst(uri: string, [first = 0]: readonly number[]): number[] {
  return Array.from({ length: uri.length - first + 1 }, (_, i) => first + i);
}
