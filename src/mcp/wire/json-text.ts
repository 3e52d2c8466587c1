/**
 * Finds and replaces values inside JSON text without re-printing the rest, so that numbers, key order and escapes of
 * what a server or client sent survive to the byte. Every function expects text that `JSON.parse` has accepted.
 */

/** Where a value stands in the text: `[start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A replacement of `[start, end)`. */
export interface Edit extends Span {
  readonly text: string;
}

/** Matches every element of an array in a {@link locate} path. */
export const EACH = '*';

const QUOTE = 34;
const BACKSLASH = 92;

/** The index of the first character at or after `at` that is not JSON white space. */
export function skipBlank(text: string, at: number): number {
  let i = at;
  for (;;) {
    const c = text.charCodeAt(i);
    if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return i;
    i++;
  }
}

/** The index after the value that starts at `at`. */
export function skipValue(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === QUOTE) return skipString(text, at);
  if (first === 123 || first === 91) return skipNested(text, at);
  let i = at + 1;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    // , ] } and white space end a number or literal
    if (c === 44 || c === 93 || c === 125 || c <= 32) break;
    i++;
  }
  return i;
}

/** Calls `visit` for each member of the object at `at`; returns the index after it. */
export function eachMember(text: string, at: number, visit: (key: string, start: number, end: number) => void): number {
  let i = skipBlank(text, at + 1);
  if (text.charCodeAt(i) === 125) return i + 1;
  for (;;) {
    const keyEnd = skipString(text, i);
    const raw = text.slice(i + 1, keyEnd - 1);
    const key = raw.includes('\\') ? (JSON.parse(text.slice(i, keyEnd)) as string) : raw;
    const start = skipBlank(text, skipBlank(text, keyEnd) + 1);
    const end = skipValue(text, start);
    visit(key, start, end);
    i = skipBlank(text, end);
    if (text.charCodeAt(i) === 125) return i + 1;
    i = skipBlank(text, i + 1);
  }
}

/** Calls `visit` for each element of the array at `at`; returns the index after it. */
export function eachElement(text: string, at: number, visit: (start: number, end: number) => void): number {
  let i = skipBlank(text, at + 1);
  if (text.charCodeAt(i) === 93) return i + 1;
  for (;;) {
    const end = skipValue(text, i);
    visit(i, end);
    i = skipBlank(text, end);
    if (text.charCodeAt(i) === 93) return i + 1;
    i = skipBlank(text, i + 1);
  }
}

/**
 * Adds to `found` the spans of all values at `path` (member names, {@link EACH} for array elements) under the value at
 * `at`, in text order. A member that occurs twice is found twice.
 */
export function locate(text: string, at: number, path: readonly string[], found: Span[], depth = 0): void {
  const step = path[depth];
  if (step === undefined) {
    found.push({ start: at, end: skipValue(text, at) });
    return;
  }
  const first = text.charCodeAt(at);
  if (first === 91 && step === EACH) eachElement(text, at, (start) => locate(text, start, path, found, depth + 1));
  else if (first === 123 && step !== EACH) {
    eachMember(text, at, (key, start) => {
      if (key === step) locate(text, start, path, found, depth + 1);
    });
  }
}

/** `text` with every edit made; edits may come in any order but must not overlap. */
export function splice(text: string, edits: Edit[]): string {
  if (edits.length === 0) return text;
  sortByStart(edits);
  let out = '';
  let from = 0;
  for (const edit of edits) {
    out += text.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return out + text.slice(from);
}

/** In place; there are few, and mostly in order already. */
function sortByStart(edits: Edit[]): void {
  for (let i = 1; i < edits.length; i++) {
    const edit = edits[i];
    if (edit === undefined) return;
    let to = i;
    for (let before = edits[to - 1]; before !== undefined && before.start > edit.start; before = edits[to - 1]) {
      edits[to--] = before;
    }
    edits[to] = edit;
  }
}

/** The text of an object without the members of these names; as it is when it has none of them. */
export function withoutMembers(text: string, names: ReadonlySet<string>): string {
  const kept: string[] = [];
  let dropped = false;
  eachMember(text, text.indexOf('{'), (key, start, end) => {
    if (names.has(key)) dropped = true;
    else kept.push(`${JSON.stringify(key)}:${text.slice(start, end)}`);
  });
  return dropped ? `{${kept.join()}}` : text;
}

/** JSON text on one line: line breaks can only stand between tokens, where a blank means the same. */
export function singleLine(text: string): string {
  return text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]+/g, ' ') : text;
}

function skipString(text: string, at: number): number {
  let i = at + 1;
  for (;;) {
    const quote = text.indexOf('"', i);
    let escapes = quote - 1;
    while (text.charCodeAt(escapes) === BACKSLASH) escapes--;
    if ((quote - 1 - escapes) % 2 === 0) return quote + 1;
    i = quote + 1;
  }
}

function skipNested(text: string, at: number): number {
  let depth = 0;
  let i = at;
  for (;;) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      i = skipString(text, i);
      continue;
    }
    if (c === 123 || c === 91) depth++;
    else if ((c === 125 || c === 93) && --depth === 0) return i + 1;
    i++;
  }
}
