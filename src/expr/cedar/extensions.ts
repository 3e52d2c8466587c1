import { CedarError, typeError } from './errors.ts';
import { Decimal, parseDecimal } from './values/decimal.ts';
import { IpNetwork, loopbacks, multicasts, parseIp } from './values/ip.ts';
import { add, divide, subtract } from './values/long.ts';
import { Datetime, Duration, parseDatetime, parseDuration, toDate, toTime } from './values/time.ts';
import { typeOf, type CedarValue } from './values/value.ts';

type Call = (args: readonly CedarValue[]) => CedarValue;

/** Calls a function of an extension. @throws CedarError for wrong arguments */
export function callExtension(name: string, args: readonly CedarValue[]): CedarValue {
  return extension(name)(args);
}

/** The function of that name. @throws CedarError where there is none */
export function extension(name: string): Call {
  const found = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (found === undefined) throw new CedarError(`there is no function ${name}`);
  return found;
}

/** True for the name of a function. */
export function isExtension(name: string): boolean {
  return Object.hasOwn(functions, name);
}

function text(value: CedarValue | undefined): string {
  if (typeof value !== 'string') throw typeError('string', value === undefined ? 'nothing' : typeOf(value));
  return value;
}

/** Takes an argument of a class. */
function of<T extends CedarValue>(
  kind: new (...args: never[]) => T,
  name: string,
): (value: CedarValue | undefined) => T {
  return (value) => {
    if (!(value instanceof kind)) throw typeError(name, value === undefined ? 'nothing' : typeOf(value));
    return value;
  };
}

const decimal = of(Decimal, 'decimal');
const ip = of(IpNetwork, 'ipaddr');
const datetime = of(Datetime, 'datetime');
const duration = of(Duration, 'duration');

/** Both arguments are checked before either is looked at. */
function decimals(compare: (a: Decimal, b: Decimal) => boolean): Call {
  return ([a, b]) => compare(decimal(a), decimal(b));
}

function within(ranges: readonly IpNetwork[]): Call {
  return ([a]) => {
    const address = ip(a);
    return ranges.some((range) => address.isIn(range));
  };
}

/** What Cedar calls functions and methods of its extension types. */
const functions: Readonly<Record<string, Call>> = {
  decimal: ([a]) => parseDecimal(text(a)),
  lessThan: decimals((a, b) => a.scaled < b.scaled),
  lessThanOrEqual: decimals((a, b) => a.scaled <= b.scaled),
  greaterThan: decimals((a, b) => a.scaled > b.scaled),
  greaterThanOrEqual: decimals((a, b) => a.scaled >= b.scaled),
  ip: ([a]) => parseIp(text(a)),
  isIpv4: ([a]) => ip(a).version === 4,
  isIpv6: ([a]) => ip(a).version === 6,
  isLoopback: within(loopbacks),
  isMulticast: within(multicasts),
  isInRange: ([a, b]) => ip(a).isIn(ip(b)),
  datetime: ([a]) => parseDatetime(text(a)),
  duration: ([a]) => parseDuration(text(a)),
  offset: ([a, b]) => new Datetime(add(datetime(a).ms, duration(b).ms)),
  durationSince: ([a, b]) => new Duration(subtract(datetime(a).ms, datetime(b).ms)),
  toDate: ([a]) => toDate(datetime(a)),
  toTime: ([a]) => toTime(datetime(a)),
  toMilliseconds: ([a]) => duration(a).ms,
  toSeconds: ([a]) => divide(duration(a).ms, 1000),
  toMinutes: ([a]) => divide(duration(a).ms, 60_000),
  toHours: ([a]) => divide(duration(a).ms, 3_600_000),
  toDays: ([a]) => divide(duration(a).ms, 86_400_000),
};
