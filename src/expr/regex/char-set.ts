/** A set of code points as sorted, disjoint, inclusive ranges. */
export type CharSet = readonly (readonly [low: number, high: number])[];

const last = 0x10ffff;

/** A set from ranges in any order. */
export function charSet(ranges: readonly (readonly [number, number])[]): CharSet {
  const sorted = ranges.filter(([low, high]) => low <= high).toSorted((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [low, high] of sorted) {
    const previous = merged.at(-1);
    if (previous !== undefined && low <= previous[1] + 1) previous[1] = Math.max(previous[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

/** Every code point that is not in the set. */
export function negate(set: CharSet): CharSet {
  const ranges: [number, number][] = [];
  let next = 0;
  for (const [low, high] of set) {
    if (low > next) ranges.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= last) ranges.push([next, last]);
  return ranges;
}

/** Whether two sets share a code point. */
export function overlaps(a: CharSet, b: CharSet): boolean {
  let i = 0;
  let j = 0;
  for (;;) {
    const left = a[i];
    const right = b[j];
    if (left === undefined || right === undefined) return false;
    if (left[1] < right[0]) i++;
    else if (right[1] < left[0]) j++;
    else return true;
  }
}

/** The set as a class of a JS regular expression with the `u` flag. */
export function toClass(set: CharSet): string {
  const point = (code: number): string => `\\u{${code.toString(16)}}`;
  const single = set.length === 1 ? set[0] : undefined;
  if (single !== undefined && single[0] === single[1]) return point(single[0]);
  return `[${set.map(([low, high]) => (low === high ? point(low) : `${point(low)}-${point(high)}`)).join('')}]`;
}

export const digits: CharSet = [[0x30, 0x39]];
/** RE2's `\w`, ASCII only. */
export const wordChars: CharSet = charSet([
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]);
/** RE2's `\s`: unlike JS's it has no vertical tab and nothing beyond ASCII. */
export const spaces: CharSet = charSet([
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
]);
/** RE2's `.`: everything but the line feed, where JS also leaves out CR and two separators. */
export const dot: CharSet = negate([[0x0a, 0x0a]]);
