import { type CelErrorValue, invalid, outOfRange } from './errors.ts';
import { CelDuration, CelTimestamp } from './values.ts';

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z in seconds since the epoch (google.protobuf.Timestamp). */
const minSeconds = -62_135_596_800;
const maxSeconds = 253_402_300_799;
/** Longest duration in seconds, about 10,000 years (google.protobuf.Duration). */
const maxDuration = 315_576_000_000;
const billion = 1_000_000_000;

const timestampRange = outOfRange('timestamp out of range');
const durationRange = outOfRange('duration out of range');

/** A timestamp from seconds and any nanos, normalised; an error outside years 1 to 9999. */
export function makeTimestamp(seconds: number, nanos: number): CelTimestamp | CelErrorValue {
  const carry = Math.floor(nanos / billion);
  const whole = seconds + carry;
  if (!(whole >= minSeconds && whole <= maxSeconds)) return timestampRange;
  return new CelTimestamp(whole, nanos - carry * billion);
}

/** A duration from seconds and any nanos, normalised to one sign; an error beyond ±10,000 years. */
export function makeDuration(seconds: number, nanos: number): CelDuration | CelErrorValue {
  const carry = Math.trunc(nanos / billion);
  let whole = seconds + carry;
  let rest = nanos - carry * billion;
  if (whole > 0 && rest < 0) {
    whole -= 1;
    rest += billion;
  } else if (whole < 0 && rest > 0) {
    whole += 1;
    rest -= billion;
  }
  if (!(Math.abs(whole) <= maxDuration)) return durationRange;
  // Adding 0 turns -0 into 0.
  return new CelDuration(whole + 0, rest + 0);
}

/** A timestamp from milliseconds since the epoch. */
export function timestampFromMs(ms: number): CelTimestamp | CelErrorValue {
  const seconds = Math.floor(ms / 1000);
  return makeTimestamp(seconds, Math.round((ms - seconds * 1000) * 1e6));
}

/** A duration from milliseconds. */
export function durationFromMs(ms: number): CelDuration | CelErrorValue {
  const seconds = Math.trunc(ms / 1000);
  return makeDuration(seconds, Math.round((ms - seconds * 1000) * 1e6));
}

/** A duration in milliseconds, with a fraction. */
export function durationToMs(value: CelDuration): number {
  return value.seconds * 1000 + value.nanos / 1e6;
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Parses RFC 3339. */
export function parseTimestamp(text: string): CelTimestamp | CelErrorValue {
  const match = rfc3339.exec(text);
  if (match === null) return invalid(`not an RFC 3339 timestamp: ${JSON.stringify(text)}`);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  // Unlike Date.UTC, this takes years below 100 as written.
  date.setUTCFullYear(year, month - 1, day);
  const offset = match[8] === undefined ? 0 : (match[8] === '-' ? -1 : 1) * (Number(match[9]) * 60 + Number(match[10]));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) {
    return invalid(`not a valid date and time: ${JSON.stringify(text)}`);
  }
  const seconds = date.getTime() / 1000 + hour * 3600 + (minute - offset) * 60 + second;
  return makeTimestamp(seconds, Number((match[7] ?? '').padEnd(9, '0')));
}

/** RFC 3339 in UTC with as many fraction digits (0, 3, 6 or 9) as the nanos need. */
export function formatTimestamp(value: CelTimestamp): string {
  const date = new Date(value.seconds * 1000).toISOString();
  return `${date.slice(0, 19)}${fraction(value.nanos, 3)}Z`;
}

function fraction(nanos: number, group: number): string {
  if (nanos === 0) return '';
  let digits = String(Math.abs(nanos)).padStart(9, '0');
  while (digits.endsWith('0'.repeat(group))) digits = digits.slice(0, -group);
  return `.${digits}`;
}

/** Seconds with a fraction, as `string(duration)` gives: `1.5s`. */
export function formatSeconds(value: CelDuration): string {
  const sign = value.seconds < 0 || value.nanos < 0 ? '-' : '';
  return `${sign}${Math.abs(value.seconds)}${fraction(value.nanos, 1)}s`;
}

const unitNanos: { readonly [unit: string]: bigint } = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const durationPart = /(\d+)?(?:\.(\d*))?(ns|us|µs|\u03bcs|ms|s|m|h)/y;

/** Parses Go's duration syntax: `1h30m`, `-1.5s`, `100ms`, `0`. */
export function parseDurationText(text: string): CelDuration | CelErrorValue {
  const bad = (): CelErrorValue => invalid(`not a duration: ${JSON.stringify(text.slice(0, 100))}`);
  if (text.length > 100) return bad();
  const negative = text.startsWith('-');
  const body = negative || text.startsWith('+') ? text.slice(1) : text;
  if (body === '0') return new CelDuration(0, 0);
  let nanos = 0n;
  durationPart.lastIndex = 0;
  while (durationPart.lastIndex < body.length) {
    const match = durationPart.exec(body);
    const unit = match === null ? undefined : unitNanos[match[3] as string];
    if (match === null || unit === undefined || (match[1] === undefined && !match[2])) return bad();
    const digits = match[2] ?? '';
    nanos += BigInt(match[1] ?? '0') * unit;
    if (digits !== '') nanos += (BigInt(digits) * unit) / 10n ** BigInt(digits.length);
  }
  if (body === '') return bad();
  const signed = negative ? -nanos : nanos;
  const seconds = signed / BigInt(billion);
  if (seconds > BigInt(maxDuration) || seconds < BigInt(-maxDuration)) return durationRange;
  return makeDuration(Number(seconds), Number(signed % BigInt(billion)));
}

/** -1, 0 or 1 of two timestamps or two durations. */
export function compareTimes(a: CelTimestamp | CelDuration, b: CelTimestamp | CelDuration): number {
  return Math.sign(a.seconds - b.seconds) || Math.sign(a.nanos - b.nanos);
}

/** The calendar fields of an instant in a zone. */
export interface Calendar {
  readonly year: number;
  /** 0-based. */
  readonly month: number;
  /** 1-based. */
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 0-based. */
  readonly dayOfYear: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

const fixedOffset = /^([+-])?(\d\d):(\d\d)$/;

/** The calendar fields in a zone: an IANA name, or a fixed offset such as `+01:00` or `02:00`. */
export function calendarIn(value: CelTimestamp, zone: string): Calendar | CelErrorValue {
  const offset = zoneOffset(value, zone);
  return typeof offset === 'number' ? calendar(value.seconds + offset) : offset;
}

function calendar(seconds: number): Calendar {
  const date = new Date(seconds * 1000);
  const yearStart = new Date(0);
  yearStart.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth(),
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    dayOfYear: Math.floor((date.getTime() - yearStart.getTime()) / 86_400_000),
    hours: date.getUTCHours(),
    minutes: date.getUTCMinutes(),
    seconds: date.getUTCSeconds(),
  };
}

/** Seconds east of UTC of a zone at an instant. */
function zoneOffset(value: CelTimestamp, zone: string): number | CelErrorValue {
  if (zone === 'UTC' || zone === 'Z' || zone === '') return 0;
  const fixed = fixedOffset.exec(zone);
  if (fixed !== null) return (fixed[1] === '-' ? -60 : 60) * (Number(fixed[2]) * 60 + Number(fixed[3]));
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' });
    const name = format.formatToParts(value.seconds * 1000).find((part) => part.type === 'timeZoneName')?.value ?? '';
    const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name);
    if (match === null || match[1] === undefined) return 0;
    const total = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return match[1] === '-' ? -total : total;
  } catch (cause) {
    if (cause instanceof RangeError) return invalid(`unknown time zone: ${JSON.stringify(zone.slice(0, 100))}`);
    throw cause;
  }
}
