import { adapt } from './adapt.ts';
import { CelErrorValue } from './errors.ts';
import type { Frame } from './frame.ts';
import { maxNesting, maxVisits, tooMuchWork } from './limits.ts';
import { isMap, mapGet, mapKeys, mapSize } from './maps.ts';
import { compareNumbers, isNumeric } from './numbers.ts';
import { CelDuration, CelOpaque, CelOptional, CelTimestamp, CelTypeValue, type CelValue } from './values.ts';

/** How much one comparison has visited so far. */
interface Visits {
  left: number;
  depth: number;
}

/**
 * CEL equality: numbers by mathematical value across types, NaN never, lists and maps by content, values of different
 * types false. An error when the comparison goes deeper or visits more values than the limits or the frame's steps allow.
 */
export function celEquals(a: CelValue, b: CelValue, frame?: Frame): boolean | CelErrorValue {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  // Ints have one form each, so identity decides between all that is not an object.
  if (typeof a !== 'object' && typeof b !== 'object') return a === b;
  const visits = { left: maxVisits, depth: 0 };
  const same = equal(a, b, visits);
  if (frame !== undefined) frame.steps -= maxVisits - visits.left - 1;
  return visits.left < 0 || (frame !== undefined && frame.steps < 0) ? tooMuchWork : same;
}

function equal(a: CelValue, b: CelValue, visits: Visits): boolean {
  if (--visits.left < 0) return false;
  if (isNumeric(a)) return isNumeric(b) && compareNumbers(a, b) === 0;
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
  if (Array.isArray(a)) return Array.isArray(b) && equalLists(a as unknown[], b as unknown[], visits);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof CelTimestamp || a instanceof CelDuration) {
    return (
      b.constructor === a.constructor && a.seconds === (b as typeof a).seconds && a.nanos === (b as typeof a).nanos
    );
  }
  if (a instanceof CelTypeValue) return b instanceof CelTypeValue && a.name === b.name;
  if (a instanceof CelOptional) return b instanceof CelOptional && equalOptionals(a, b, visits);
  if (a instanceof CelOpaque) return b instanceof CelOpaque && a.constructor === b.constructor && a.equals(b);
  return isMap(a) && isMap(b) && equalMaps(a, b, visits);
}

function equalAdapted(a: unknown, b: unknown, visits: Visits): boolean {
  const left = adapt(a);
  const right = adapt(b);
  if (left instanceof CelErrorValue || right instanceof CelErrorValue) return false;
  if (++visits.depth > maxNesting) visits.left = -1;
  const same = equal(left, right, visits);
  visits.depth--;
  return same;
}

function equalLists(a: readonly unknown[], b: readonly unknown[], visits: Visits): boolean {
  return a.length === b.length && a.every((element, index) => equalAdapted(element, b[index], visits));
}

function equalOptionals(a: CelOptional, b: CelOptional, visits: Visits): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equal(a.value, b.value, visits);
}

function equalMaps(a: CelValue, b: CelValue, visits: Visits): boolean {
  if (!isMap(a) || !isMap(b) || mapSize(a) !== mapSize(b)) return false;
  return mapKeys(a).every((key) => {
    const other = mapGet(b, key);
    return other !== undefined && equalAdapted(mapGet(a, key), other, visits);
  });
}
