import type { HeaderList } from '../../net/http/headers.ts';
import type { LimitStyle } from '../pivot/format.ts';

/** Limits of an account, as both styles name them. */
const limits = ['requests', 'tokens'] as const;
const parts = ['limit', 'remaining', 'reset'] as const;

interface LimitField {
  readonly names: Readonly<Record<LimitStyle, string>>;
  readonly isReset: boolean;
}

const limitFields: readonly LimitField[] = limits.flatMap((limit) =>
  parts.map((part) => ({
    names: { openai: `x-ratelimit-${part}-${limit}`, anthropic: `anthropic-ratelimit-${limit}-${part}` },
    isReset: part === 'reset',
  })),
);

const prefixes: Readonly<Record<LimitStyle, string>> = { openai: 'x-ratelimit-', anthropic: 'anthropic-ratelimit-' };

/**
 * Says the account's limits in the style of the client's API, which its SDKs read: OpenAI tells a reset as the time until
 * then (`6m0s`), Anthropic as a date (RFC 3339). What the client's API has no name for stays as it is.
 *
 * @param nowMs Milliseconds since the Unix epoch.
 */
export function translateLimits(fields: HeaderList, from: LimitStyle, to: LimitStyle, nowMs: number): void {
  // Few answers tell any.
  if (from === to || !tellsAny(fields, prefixes[from])) return;
  for (const { names, isReset } of limitFields) {
    const value = fields.get(names[from]);
    if (value === undefined) continue;
    const said = isReset ? resetIn(to, value, nowMs) : value;
    if (said === null) continue;
    fields.delete(names[from]);
    fields.set(names[to], said);
  }
}

function tellsAny({ flat }: HeaderList, prefix: string): boolean {
  for (let i = 0; i < flat.length; i += 2) if (flat[i]?.startsWith(prefix) === true) return true;
  return false;
}

function resetIn(to: LimitStyle, value: string, nowMs: number): string | null {
  if (to === 'anthropic') {
    const ms = durationMs(value);
    return ms === null ? null : new Date(nowMs + ms).toISOString().replace(/\.\d+Z$/, 'Z');
  }
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : durationText(Math.max(0, at - nowMs));
}

const units: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of a Go-like duration (`1h2m3.5s`, `120ms`) or a plain number of seconds; null for anything else. */
function durationMs(text: string): number | null {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(text)) return null;
  let total = 0;
  for (const [, count = '0', unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)) {
    total += Number(count) * (units[unit] ?? 0);
  }
  return total;
}

function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}
