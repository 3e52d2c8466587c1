/**
 * The coding of `offered` (the most liked first) that a client likes best, or null where it takes none of them or likes
 * the body as it is better (RFC 9110 §12.5.3). A coding that is not listed is taken only for `*`.
 */
export function chooseEncoding<T extends string>(acceptEncoding: string, offered: readonly T[]): T | null {
  const weights = new Map<string, number>();
  for (const entry of acceptEncoding.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = entry.split(';').map((part) => part.trim());
    if (coding !== '') weights.set(coding === 'x-gzip' ? 'gzip' : coding, weightOf(parameters));
  }
  const rest = weights.get('*') ?? 0;
  let best: T | null = null;
  let bestWeight = 0;
  for (const coding of offered) {
    const weight = weights.get(coding) ?? rest;
    if (weight <= bestWeight) continue;
    best = coding;
    bestWeight = weight;
  }
  // Without a word about it the body as it is comes after all others.
  return bestWeight < (weights.get('identity') ?? 0) ? null : best;
}

/** A weight that is none counts as 0: what a client sends wrong asks for nothing. */
function weightOf(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  if (q === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q.slice(2)) ? Number(q.slice(2)) : 0;
}
