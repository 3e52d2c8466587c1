import { makeDuration, makeTimestamp } from '../time.ts';
import type { CelErrorValue } from '../errors.ts';
import type { CelDuration, CelTimestamp } from '../values.ts';

/** `a ± b`; an error outside the range of timestamps. */
export function timestampPlus(a: CelTimestamp, b: CelDuration, sign: 1 | -1): CelTimestamp | CelErrorValue {
  return makeTimestamp(a.seconds + sign * b.seconds, a.nanos + sign * b.nanos);
}

/** `a ± b`; an error outside the range of durations. */
export function durationPlus(a: CelDuration, b: CelDuration, sign: 1 | -1): CelDuration | CelErrorValue {
  return makeDuration(a.seconds + sign * b.seconds, a.nanos + sign * b.nanos);
}

/** Seconds that a difference of timestamps may span: what 64 bits of nanoseconds hold, as in the CEL spec's tests. */
const maxDifference = 9_223_372_036;

/** The time from `b` to `a`; an error beyond about 292 years. */
export function subtractTimestamps(a: CelTimestamp, b: CelTimestamp): CelDuration | CelErrorValue {
  const seconds = a.seconds - b.seconds;
  return Math.abs(seconds) > maxDifference ? makeDuration(Infinity, 0) : makeDuration(seconds, a.nanos - b.nanos);
}
