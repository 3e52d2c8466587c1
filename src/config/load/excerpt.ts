import type { Position } from './positions.ts';

/** A line of a configuration to print under a message. */
export interface Excerpt {
  /** The line, secrets as `•`. */
  readonly text: string;
  /** Where the marked part begins in `text`, from 0. */
  readonly start: number;
  /** Length of the marked part, at least 1. */
  readonly length: number;
}

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
  let line = text.slice(from, to).replace(/\r$/, '');
  if (hidden === undefined) {
    const colon = line.search(/:(?:\s|$)/);
    if (colon >= 0 && telling.test(line)) line = `${line.slice(0, colon + 1)} ${'•'.repeat(3)}`;
  } else {
    for (const [start, end] of hidden) {
      if (start < to && end > from) line = masked(line, Math.max(0, start - from), Math.min(line.length, end - from));
    }
  }
  const start = Math.min(position.offset - from, line.length);
  return { text: line, start, length: Math.max(1, Math.min(position.length, line.length - start)) };
}

function masked(line: string, start: number, end: number): string {
  return line.slice(0, start) + '•'.repeat(Math.max(0, end - start)) + line.slice(end);
}
