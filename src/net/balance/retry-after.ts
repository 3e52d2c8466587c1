/**
 * Milliseconds to wait by the fields `retry-after-ms` (OpenAI's) and `Retry-After`, which has seconds or a date (RFC 9110
 * §10.2.3); 0 where they say nothing that can be read.
 *
 * @param now Milliseconds since the Unix epoch.
 */
export function retryAfterMs(ms: string | undefined, field: string | undefined, now: number): number {
  const exact = number(ms);
  if (exact !== null) return exact;
  const seconds = number(field);
  if (seconds !== null) return seconds * 1000;
  const date = Date.parse(field ?? '');
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}

function number(text: string | undefined): number | null {
  return text !== undefined && /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : null;
}
