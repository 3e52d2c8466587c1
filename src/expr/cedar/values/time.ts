import { CedarError } from '../errors.ts';
import { add, long, type Long } from './long.ts';

/** A point in time, in milliseconds since the Unix epoch (Cedar's `datetime`). */
export class Datetime {
  readonly typeName = 'datetime';
  readonly ms: Long;

  constructor(ms: Long) {
    this.ms = ms;
  }

  get text(): string {
    return `datetime(${this.ms})`;
  }
}

/** A span of time in milliseconds (Cedar's `duration`). */
export class Duration {
  readonly typeName = 'duration';
  readonly ms: Long;

  constructor(ms: Long) {
    this.ms = ms;
  }

  get text(): string {
    return `duration(${this.ms})`;
  }
}

const datetimeForm = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}))?(?:Z|([+-])(\d{2})(\d{2})))?$/;

/** Reads `2024-10-15`, or with a time `2024-10-15T11:35:00.000Z`, where `+0100` may stand for `Z`. @throws CedarError */
export function parseDatetime(text: string): Datetime {
  const match = datetimeForm.exec(text);
  if (match === null) throw notDatetime(text);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0] = match
    .slice(1, 8)
    .map((part) => Number(part ?? 0));
  const [sign, hoursAhead, minutesAhead] = [match[8], Number(match[9] ?? 0), Number(match[10] ?? 0)];
  // A year below 100 would be taken as one of the last century.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, fraction);
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!real || hoursAhead > 23 || minutesAhead > 59) throw notDatetime(text);
  const ahead = (hoursAhead * 60 + minutesAhead) * 60_000;
  return new Datetime(sign === '-' ? date.getTime() + ahead : date.getTime() - ahead);
}

function notDatetime(text: string): CedarError {
  return new CedarError(`${JSON.stringify(text)} is no datetime`);
}

const unitMs = [86_400_000n, 3_600_000n, 60_000n, 1000n, 1n];

/** Reads `1d2h3m4s5ms`, any part of it but in this order, with `-` before it for the past. @throws CedarError */
export function parseDuration(text: string): Duration {
  const match = /^(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  const parts = match?.slice(2) ?? [];
  if (match === null || parts.every((part) => part === undefined)) {
    throw new CedarError(`${JSON.stringify(text)} is no duration`);
  }
  let ms: Long = 0;
  for (const [index, part] of parts.entries()) {
    ms = add(ms, long(BigInt(`${match[1]}${part ?? '0'}`) * (unitMs[index] ?? 0n)));
  }
  return new Duration(ms);
}

const dayMs = 86_400_000n;

/** Midnight of its day. @throws CedarError where that is out of range */
export function toDate({ ms }: Datetime): Datetime {
  return new Datetime(long(BigInt(ms) - timeOfDay(ms)));
}

/** What has passed of its day. */
export function toTime({ ms }: Datetime): Duration {
  return new Duration(long(timeOfDay(ms)));
}

function timeOfDay(ms: Long): bigint {
  const rest = BigInt(ms) % dayMs;
  return rest < 0n ? rest + dayMs : rest;
}
