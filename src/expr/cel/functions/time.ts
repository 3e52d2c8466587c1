import { invalid } from '../errors.ts';
import { calendarIn, type Calendar } from '../time.ts';
import * as t from '../types.ts';
import { isError, type CelDuration, type CelResult, type CelTimestamp } from '../values.ts';
import { member, overload, type Callable, type Overload } from './table.ts';

/** A field of a timestamp, in UTC or in the zone of a second argument. */
function field(name: string, read: (calendar: Calendar) => number, ...more: Overload[]): Callable {
  const get = (value: CelTimestamp, zone: string): CelResult => {
    const calendar = calendarIn(value, zone);
    return isError(calendar) ? calendar : read(calendar);
  };
  return member(
    name,
    overload([t.timestamp], t.int, (value: CelTimestamp) => get(value, 'UTC')),
    overload([t.timestamp, t.string], t.int, (value: CelTimestamp, zone: string) =>
      zone === '' ? invalid('a time zone cannot be empty') : get(value, zone),
    ),
    ...more,
  );
}

/** A whole number of some unit that a duration holds. */
function whole(seconds: number): Overload {
  return overload([t.duration], t.int, (value: CelDuration) => Math.trunc(value.seconds / seconds) + 0);
}

const millis = (value: { readonly nanos: number }): number => Math.trunc(value.nanos / 1e6) + 0;

/** The accessors of timestamps and durations. */
export const timeFunctions: readonly Callable[] = [
  field('getFullYear', (calendar) => calendar.year),
  field('getMonth', (calendar) => calendar.month),
  field('getDate', (calendar) => calendar.day),
  field('getDayOfMonth', (calendar) => calendar.day - 1),
  field('getDayOfWeek', (calendar) => calendar.weekday),
  field('getDayOfYear', (calendar) => calendar.dayOfYear),
  field('getHours', (calendar) => calendar.hours, whole(3600)),
  field('getMinutes', (calendar) => calendar.minutes, whole(60)),
  field('getSeconds', (calendar) => calendar.seconds, whole(1)),
  member(
    'getMilliseconds',
    overload([t.timestamp], t.int, millis),
    overload([t.timestamp, t.string], t.int, millis),
    overload([t.duration], t.int, millis),
  ),
];
