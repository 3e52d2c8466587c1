import { typeError } from './errors.ts';
import { add, isLong, multiply, subtract, type Long } from './values/long.ts';
import { Datetime, Duration } from './values/time.ts';
import { CedarSet, equals, typeOf, type CedarValue } from './values/value.ts';

type Operator = (a: CedarValue, b: CedarValue) => CedarValue;

function arithmetic(compute: (a: Long, b: Long) => Long): Operator {
  return (a, b) => {
    if (!isLong(a)) throw typeError('long', typeOf(a));
    if (!isLong(b)) throw typeError('long', typeOf(b));
    return compute(a, b);
  };
}

/** Integers, datetimes and durations have an order. */
function order(holds: (a: Long, b: Long) => boolean): Operator {
  return (a, b) => {
    if (isLong(a) && isLong(b)) return holds(a, b);
    if (a instanceof Datetime && b instanceof Datetime) return holds(a.ms, b.ms);
    if (a instanceof Duration && b instanceof Duration) return holds(a.ms, b.ms);
    throw typeError('two longs, datetimes or durations', `${typeOf(a)} and ${typeOf(b)}`);
  };
}

function set(value: CedarValue): CedarSet {
  if (!(value instanceof CedarSet)) throw typeError('set', typeOf(value));
  return value;
}

/** The operators that are functions of two values. */
export const operators: Readonly<Record<string, Operator>> = {
  '==': equals,
  '!=': (a, b) => !equals(a, b),
  '<': order((a, b) => a < b),
  '<=': order((a, b) => a <= b),
  '>': order((a, b) => a > b),
  '>=': order((a, b) => a >= b),
  '+': arithmetic(add),
  '-': arithmetic(subtract),
  '*': arithmetic(multiply),
  contains: (a, b) => set(a).has(b),
  containsAll: (a, b) => {
    const [all, some] = [set(a), set(b)];
    for (const value of some) if (!all.has(value)) return false;
    return true;
  },
  containsAny: (a, b) => {
    const [all, some] = [set(a), set(b)];
    for (const value of some) if (all.has(value)) return true;
    return false;
  },
};
