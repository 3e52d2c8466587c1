/** The value of a parameter, decoded; `twice` where it is there more than once. `query` has its `?`. */
export function parameterIn(query: string, name: string): { readonly value: string } | 'twice' | null {
  let found: { readonly value: string } | null = null;
  for (const pair of pairsOf(query)) {
    if (nameOf(pair) !== name) continue;
    if (found !== null) return 'twice';
    const equals = pair.indexOf('=');
    found = { value: equals === -1 ? '' : decode(pair.slice(equals + 1)) };
  }
  return found;
}

/** The query without a parameter; the others stay as they were written. */
export function withoutParameter(query: string, name: string): string {
  const pairs = pairsOf(query);
  const kept = pairs.filter((pair) => nameOf(pair) !== name);
  if (kept.length === pairs.length) return query;
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

function pairsOf(query: string): readonly string[] {
  return query.length < 2 ? [] : query.slice(1).split('&');
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  return decode(equals === -1 ? pair : pair.slice(0, equals));
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch (error) {
    if (error instanceof URIError) return spaced; // as it stands
    throw error;
  }
}
