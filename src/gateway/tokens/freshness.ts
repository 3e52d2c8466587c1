const defaultMs = 15 * 60_000;
const leastMs = 60_000;
const mostMs = 24 * 3_600_000;

/**
 * How long a document may be used before it is asked for again, in milliseconds: `max-age` less `Age` (RFC 9111 §4.2),
 * a quarter of an hour without it, and between a minute and a day whatever it says.
 */
export function freshMs(headers: Headers): number {
  const control = (headers.get('cache-control') ?? '').toLowerCase();
  if (/(?:^|[\s,])no-(?:store|cache)/.test(control)) return leastMs;
  const seconds = /(?:^|[\s,])max-age="?(\d+)/.exec(control)?.[1];
  if (seconds === undefined) return defaultMs;
  const age = Number(headers.get('age') ?? 0);
  const left = (Number(seconds) - (Number.isFinite(age) ? age : 0)) * 1000;
  return Math.min(mostMs, Math.max(leastMs, left));
}
