const QUOTE = 34;
const BACKSLASH = 92;

/** Whether JSON text that can be parsed has objects and arrays more than `max` levels deep. */
export function isTextDeeperThan(json: string, max: number): boolean {
  // Each level opens and closes; brackets are found much faster than strings are told from the rest.
  if (json.length <= 2 * max || count(json, '{', max) + count(json, '[', max) <= max) return false;
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const c = json.charCodeAt(i);
    if (c === QUOTE) i = endOfString(json, i);
    else if (c === 123 || c === 91) {
      if (++depth > max) return true;
    } else if (c === 125 || c === 93) depth--;
  }
  return false;
}

/** How often `character` is in a text; no more than one above `max`. */
function count(json: string, character: string, max: number): number {
  let found = 0;
  for (let at = json.indexOf(character); at !== -1 && found <= max; at = json.indexOf(character, at + 1)) found++;
  return found;
}

/** Index of the quote that ends the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    if (end === -1) return json.length;
    let from = end;
    while (json.charCodeAt(from - 1) === BACKSLASH) from--;
    if ((end - from) % 2 === 0) return end;
  }
}

/** Whether JSON text has objects and arrays more than `max` levels deep; looked at before it is parsed. */
export function isDeeperThan(json: Uint8Array, max: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (inString) {
      if (c === BACKSLASH) i++;
      else if (c === QUOTE) inString = false;
    } else if (c === QUOTE) inString = true;
    else if (c === 123 || c === 91) {
      if (++depth > max) return true;
    } else if (c === 125 || c === 93) depth--;
  }
  return false;
}
