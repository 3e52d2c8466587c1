import type { Position } from './positions.ts';

/** A line of a configuration to print under a message. */
export interface Excerpt {
  /** The line, secrets as `•`, control characters other than tabs as `\ufffd`. */
  readonly text: string;
  /** Where the marked part begins in `text`, from 0. */
  readonly start: number;
  /** Length of the marked part, at least 1. */
  readonly length: number;
}

/** Control characters, which would act on the terminal. */
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Most characters of a line that are shown. */
const longest = 160;

const telling = /key|secret|token|pass|auth|cred/i;

/**
 * The line of `position`, the `hidden` ranges of the text covered; without ranges, of a text that could not be read,
 * whatever looks like a secret is left out.
 */
export function excerptOf(
  text: string,
  position: Position,
  hidden: readonly (readonly [number, number])[] | undefined,
): Excerpt {
  const from = position.offset === 0 ? 0 : text.lastIndexOf('\n', position.offset - 1) + 1;
  const next = text.indexOf('\n', position.offset);
  const to = next < 0 ? text.length : next;
  let line = text.slice(from, to).replace(/\r$/, '').replaceAll(unprintable, '\ufffd');
  if (hidden === undefined) {
    const colon = line.search(/:(?:\s|$)/);
    if (colon >= 0 && telling.test(line)) line = `${line.slice(0, colon + 1)} ${'•'.repeat(3)}`;
  } else {
    for (const [start, end] of hidden) {
      if (start < to && end > from) line = masked(line, Math.max(0, start - from), Math.min(line.length, end - from));
    }
  }
  const start = Math.min(position.offset - from, line.length);
  return clipped(line, start, Math.max(1, Math.min(position.length, line.length - start)));
}

/** Of a line too long to read, such as JSON without line breaks, what is around the marked part. */
function clipped(line: string, start: number, length: number): Excerpt {
  if (line.length <= longest) return { text: line, start, length };
  const first = Math.max(0, Math.min(start - Math.floor(longest / 3), line.length - longest));
  const last = Math.min(line.length, first + longest);
  const before = first > 0 ? '…' : '';
  const shown = start - first + before.length;
  const text = before + line.slice(first, last) + (last < line.length ? '…' : '');
  return { text, start: shown, length: Math.min(length, last - start) };
}

function masked(line: string, start: number, end: number): string {
  return line.slice(0, start) + '•'.repeat(Math.max(0, end - start)) + line.slice(end);
}
