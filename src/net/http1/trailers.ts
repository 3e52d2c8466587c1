import { HeaderList } from '../http/headers.ts';
import { mayTrail } from '../http/fields.ts';
import { malformed } from '../http/head-error.ts';
import { latin1Slice, toLatin1 } from './latin1.ts';

const line = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/;
const MAX_TRAILERS = 100;

/**
 * A trailer section with its final empty line, without the fields that may not be trailers; null when none is left.
 * Throws badRequest on a broken line.
 */
export function parseTrailers(bytes: Buffer): HeaderList | null {
  const trailers = new HeaderList();
  const lines = latin1Slice(bytes, 0, bytes.length - 4).split('\r\n');
  if (lines.length > MAX_TRAILERS) throw malformed('too many trailers');
  for (const text of lines) {
    const match = line.exec(text);
    if (match === null) throw malformed('an invalid trailer');
    const name = (match[1] as string).toLowerCase();
    // An attempt to frame the body a second time is no slip.
    if (name === 'content-length' || name === 'transfer-encoding') throw malformed('a framing field in a trailer');
    if (mayTrail(name)) trailers.append(name, withoutBlanks(match[2] as string));
  }
  return trailers.size === 0 ? null : trailers;
}

/** The end of a chunked body after `0 CR LF`: trailer lines and the empty line. */
export function writeTrailers(trailers: HeaderList | null): Buffer {
  return Buffer.from(trailerText(trailers), 'latin1');
}

/** {@link writeTrailers} as text of one code unit per byte. */
export function trailerText(trailers: HeaderList | null): string {
  if (trailers === null) return '\r\n';
  let text = '';
  for (const [name, value] of trailers) if (mayTrail(name)) text += `${name}: ${value}\r\n`;
  return `${toLatin1(text)}\r\n`;
}

/** The value without blanks around it; by hand, since a pattern for the end would be quadratic in inner blanks. */
function withoutBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start += 1;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
