/** Buffer's Latin-1 primitives without the encoding dispatch of `toString` and `write`; not in the type declarations. */
interface Latin1Buffer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number): number;
}

/** Bytes `start` (in) to `end` (out) as a string of one code unit per byte. */
export function latin1Slice(bytes: Buffer, start: number, end: number): string {
  return (bytes as unknown as Latin1Buffer).latin1Slice(start, end);
}

/** Writes one byte per code unit at `offset`; returns how many were written. */
export function latin1Write(bytes: Buffer, text: string, offset: number): number {
  return (bytes as unknown as Latin1Buffer).latin1Write(text, offset);
}

const beyondLatin1 = /[^\x00-\xff]/;

/**
 * `text` with every code unit above 255 replaced by `?`. Written as Latin-1 it would lose its upper bits, and U+010A
 * would become a line feed. Costs next to nothing for one-byte strings: the pattern cannot match them.
 */
export function toLatin1(text: string): string {
  return beyondLatin1.test(text) ? text.replace(/[^\x00-\xff]/g, '?') : text;
}
