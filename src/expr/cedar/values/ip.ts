import { isIPv4, isIPv6 } from 'node:net';
import { CedarError } from '../errors.ts';

/** An address, or with a shorter prefix a range of them (Cedar's `ipaddr`). */
export class IpNetwork {
  readonly typeName = 'ipaddr';
  readonly version: 4 | 6;
  readonly address: bigint;
  /** Leading bits that matter; all of them for one address. */
  readonly prefix: number;

  constructor(version: 4 | 6, address: bigint, prefix: number) {
    this.version = version;
    this.address = address;
    this.prefix = prefix;
  }

  get text(): string {
    return `ip(${this.version}/${this.address}/${this.prefix})`;
  }

  /** True when every address of this range is in the other. */
  isIn(other: IpNetwork): boolean {
    if (this.version !== other.version || this.prefix < other.prefix) return false;
    const shift = BigInt(bitsOf(other.version) - other.prefix);
    return this.address >> shift === other.address >> shift;
  }
}

function bitsOf(version: 4 | 6): number {
  return version === 4 ? 32 : 128;
}

/** Reads `10.0.0.0/8` or `::1`; IPv4 within IPv6 is refused, as Cedar does. @throws CedarError */
export function parseIp(text: string): IpNetwork {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIPv4(address) ? 4 : isIPv6(address) && !/[.%]/.test(address) ? 6 : null;
  if (version === null || more.length > 0) throw notIp(text);
  const bits = bitsOf(version);
  if (prefix !== undefined && (!/^(?:0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > bits)) throw notIp(text);
  return new IpNetwork(
    version,
    version === 4 ? bits4(address) : bits6(address),
    prefix === undefined ? bits : Number(prefix),
  );
}

function notIp(text: string): CedarError {
  return new CedarError(`${JSON.stringify(text)} is no IP address or range`);
}

function bits4(address: string): bigint {
  return address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function bits6(address: string): bigint {
  const [before = '', after] = address.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros: string[] = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/** 127.0.0.0/8 and ::1. */
export const loopbacks: readonly IpNetwork[] = [parseIp('127.0.0.0/8'), parseIp('::1')];

/** 224.0.0.0/4 and ff00::/8. */
export const multicasts: readonly IpNetwork[] = [parseIp('224.0.0.0/4'), parseIp('ff00::/8')];
