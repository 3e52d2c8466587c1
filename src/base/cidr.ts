import { isIP } from 'node:net';

/** An IP address as a number of its family; an IPv4 address inside of IPv6 (RFC 4291 §2.5.5.2) is that address. */
interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** First and last address, both within. */
interface Range {
  readonly first: bigint;
  last: bigint;
}

const mapped = 0xffffn << 32n;

/** Why a text is neither an address nor a CIDR block (RFC 4632, RFC 4291 §2.3); undefined when it is one. */
export function cidrProblem(text: string): string | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || address.includes('%'))
    return 'it is no IP address and no block such as 10.0.0.0/8';
  if (length === undefined) return undefined;
  const bits = family === 4 ? 32 : 128;
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits) return `the length of its prefix is not from 0 to ${bits}`;
  const host = toNumber(address, family) & ((1n << BigInt(bits - Number(length))) - 1n);
  return host === 0n ? undefined : `it has bits set beyond /${length}`;
}

/** Addresses and CIDR blocks, looked up in time that grows with the logarithm of their number. */
export class CidrSet {
  readonly #v4: readonly Range[];
  readonly #v6: readonly Range[];

  /** @param blocks Without a {@link cidrProblem}; throws for others. */
  constructor(blocks: readonly string[]) {
    const v4: Range[] = [];
    const v6: Range[] = [];
    for (const block of blocks) {
      const problem = cidrProblem(block);
      if (problem !== undefined) throw new Error(`${block}: ${problem}`);
      const { family, range } = rangeOf(block);
      (family === 4 ? v4 : v6).push(range);
    }
    this.#v4 = merge(v4);
    this.#v6 = merge(v6);
  }

  get empty(): boolean {
    return this.#v4.length === 0 && this.#v6.length === 0;
  }

  /** False also for what is no IP address. */
  has(address: string): boolean {
    const found = parse(address);
    if (found === null) return false;
    const ranges = found.family === 4 ? this.#v4 : this.#v6;
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ranges[middle]?.last ?? 0n) < found.value) low = middle + 1;
      else high = middle;
    }
    const range = ranges[low];
    return range !== undefined && range.first <= found.value;
  }
}

/**
 * What an address of IPv4 is by itself, and one of IPv6 by its first `bits`: the same text for every address of the block.
 * What is no address stays as it is.
 */
export function blockOf(address: string, bits: number): string {
  const found = parse(address);
  if (found === null) return address;
  return found.family === 4 ? `4 ${found.value}` : `6 ${found.value >> BigInt(128 - bits)}`;
}

function rangeOf(block: string): { readonly family: 4 | 6; readonly range: Range } {
  const [text = '', length] = block.split('/');
  const written = isIP(text) === 4 ? 32 : 128;
  const value = toNumber(text, written === 32 ? 4 : 6);
  const free = written - (length === undefined ? written : Number(length));
  const range = { first: value, last: value | ((1n << BigInt(free)) - 1n) };
  // A block within ::ffff:0:0/96 is one of IPv4.
  if (written === 32 || free > 32 || value >> 32n !== 0xffffn) return { family: written === 32 ? 4 : 6, range };
  return { family: 4, range: { first: range.first - mapped, last: range.last - mapped } };
}

/** Sorted, without overlaps. */
function merge(ranges: readonly Range[]): readonly Range[] {
  const merged: Range[] = [];
  for (const { first, last } of ranges.toSorted((a, b) => (a.first < b.first ? -1 : Number(a.first > b.first)))) {
    const before = merged.at(-1);
    if (before === undefined || first > before.last + 1n) merged.push({ first, last });
    else if (last > before.last) before.last = last;
  }
  return merged;
}

function parse(text: string): Address | null {
  const zone = text.indexOf('%');
  const bare = zone === -1 ? text : text.slice(0, zone);
  const family = isIP(bare);
  if (family === 0) return null;
  if (family === 4) return { family: 4, value: toNumber(bare, 4) };
  const value = toNumber(bare, 6);
  return value >> 32n === 0xffffn ? { family: 4, value: value - mapped } : { family: 6, value };
}

function toNumber(text: string, family: number): bigint {
  if (family === 4) return BigInt(quad(text));
  const dot = text.indexOf('.');
  const from = text.lastIndexOf(':') + 1;
  const tail = dot === -1 ? 0 : quad(text.slice(from));
  const groups =
    dot === -1 ? text : `${text.slice(0, from)}${(tail >>> 16).toString(16)}:${(tail & 0xffff).toString(16)}`;
  const [left = '', right] = groups.split('::');
  const head = left === '' ? [] : left.split(':');
  const rest = right === undefined || right === '' ? [] : right.split(':');
  const all = [...head, ...Array.from({ length: 8 - head.length - rest.length }, () => '0'), ...rest];
  return all.reduce((sum, group) => (sum << 16n) | BigInt(Number.parseInt(group, 16)), 0n);
}

function quad(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
