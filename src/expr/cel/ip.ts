import { isIP } from 'node:net';

/** An address as its 4 or 16 bytes. */
export type IpBytes = readonly number[];

/** Parses an IPv4 or IPv6 address without a zone; null when it is neither. */
export function parseIp(text: string): IpBytes | null {
  if (text.includes('%')) return null;
  const family = isIP(text);
  if (family === 4) return text.split('.').map(Number);
  return family === 6 ? parseIpv6(text) : null;
}

function parseIpv6(text: string): IpBytes {
  const tail = text.lastIndexOf(':') + 1;
  const dotted = text.includes('.') ? text.slice(tail).split('.').map(Number) : null;
  const plain = dotted === null ? text : `${text.slice(0, tail)}${pair(dotted, 0)}:${pair(dotted, 2)}`;
  const [head, rest] = plain.split('::') as [string, string?];
  const left = head === '' ? [] : head.split(':');
  const right = rest === undefined || rest === '' ? [] : rest.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function pair(bytes: readonly number[], at: number): string {
  return (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16);
}

/** The canonical text (RFC 5952). */
export function formatIp(bytes: IpBytes): string {
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return `::ffff:${bytes.slice(12).join('.')}`;
  const groups = Array.from({ length: 8 }, (_, index) => pair(bytes, index * 2));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}

/** Whether the first `length` bits of two addresses of one family agree. */
export function samePrefix(a: IpBytes, b: IpBytes, length: number): boolean {
  if (a.length !== b.length) return false;
  const masked = maskIp(b, length);
  return maskIp(a, length).every((byte, index) => byte === masked[index]);
}

/** The address with all bits beyond `length` cleared. */
export function maskIp(bytes: IpBytes, length: number): IpBytes {
  return bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, length - index * 8))) & 0xff);
}
