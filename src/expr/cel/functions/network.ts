import { type CelErrorValue, invalid } from '../errors.ts';
import { formatIp, maskIp, parseIp, samePrefix, type IpBytes } from '../ip.ts';
import { bool, int, opaque, string, type CelType } from '../types.ts';
import { CelOpaque, isError, type CelResult } from '../values.ts';
import { stringOf } from './conversions.ts';
import { global, member, overload, type Callable } from './table.ts';

const ipType: CelType = opaque('ip');
const cidrType: CelType = opaque('cidr');

/** An IP address. */
class CelIp extends CelOpaque {
  readonly type: CelType = ipType;
  readonly bytes: IpBytes;
  constructor(bytes: IpBytes) {
    super();
    this.bytes = bytes;
  }
  equals(other: CelOpaque): boolean {
    return other.toText() === this.toText();
  }
  toText(): string {
    return formatIp(this.bytes);
  }
}

/** An address with a prefix length; the address keeps its host bits until `masked()`. */
class CelCidr extends CelOpaque {
  readonly type: CelType = cidrType;
  readonly bytes: IpBytes;
  readonly length: number;
  constructor(bytes: IpBytes, length: number) {
    super();
    this.bytes = bytes;
    this.length = length;
  }
  equals(other: CelOpaque): boolean {
    return other.toText() === this.toText();
  }
  toText(): string {
    return `${formatIp(this.bytes)}/${this.length}`;
  }
}

function ipOf(text: string): CelIp | CelErrorValue {
  const bytes = parseIp(text);
  return bytes === null ? invalid(`not an IP address: ${JSON.stringify(text.slice(0, 60))}`) : new CelIp(bytes);
}

function cidrOf(text: string): CelCidr | CelErrorValue {
  const found = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const bytes = found === null ? null : parseIp(found[1] as string);
  const length = Number(found?.[2]);
  if (bytes === null || length > bytes.length * 8) return invalid(`not a CIDR: ${JSON.stringify(text.slice(0, 60))}`);
  return new CelCidr(bytes, length);
}

function containsIp(cidr: CelCidr, ip: CelIp): boolean {
  return samePrefix(cidr.bytes, ip.bytes, cidr.length);
}

function containsCidr(cidr: CelCidr, other: CelCidr): boolean {
  return other.length >= cidr.length && samePrefix(cidr.bytes, other.bytes, cidr.length);
}

/** `call` on what a text parses to. */
function parsed<T extends CelOpaque>(
  parse: (text: string) => T | CelErrorValue,
  call: (cidr: CelCidr, other: T) => CelResult,
): (cidr: CelCidr, text: string) => CelResult {
  return (cidr, text) => {
    const other = parse(text);
    return isError(other) ? other : call(cidr, other);
  };
}

function inAny(bytes: IpBytes, ranges: readonly CelCidr[]): boolean {
  return ranges.some((range) => samePrefix(range.bytes, bytes, range.length));
}

function ranges(...texts: string[]): CelCidr[] {
  return texts.map(cidrOf).filter((cidr): cidr is CelCidr => !isError(cidr));
}

/** A property of an address: whether it lies in one of the ranges. */
function property(name: string, within: readonly CelCidr[], sense = true): Callable {
  return member(
    name,
    overload([ipType], bool, (ip: CelIp) => inAny(ip.bytes, within) === sense),
  );
}

const unspecified = ranges('0.0.0.0/32', '::/128');
const loopback = ranges('127.0.0.0/8', '::1/128');
const linkLocal = ranges('169.254.0.0/16', 'fe80::/10');
const multicast = ranges('224.0.0.0/4', 'ff00::/8');
const broadcastAndUniqueLocal = ranges('255.255.255.255/32', 'fc00::/7');
/** ff02::/16 with any flags: the scope is the low half of the second byte. */
const linkLocalMulticast = ranges(
  '224.0.0.0/24',
  ...Array.from({ length: 16 }, (_, flags) => `ff${flags.toString(16)}2::/16`),
);

/** The IP and CIDR extensions of Kubernetes, as agentgateway has them. */
export const networkFunctions: readonly Callable[] = [
  global('ip', overload([string], ipType, ipOf)),
  global(
    'isIP',
    overload([string], bool, (text: string) => parseIp(text) !== null),
  ),
  global('cidr', overload([string], cidrType, cidrOf)),
  global(
    'isCIDR',
    overload([string], bool, (text: string) => !isError(cidrOf(text))),
  ),
  stringOf(ipType),
  stringOf(cidrType),
  member(
    'family',
    overload([ipType], int, (ip: CelIp) => (ip.bytes.length === 4 ? 4 : 6)),
  ),
  property('isUnspecified', unspecified),
  property('isLoopback', loopback),
  property('isLinkLocalMulticast', linkLocalMulticast),
  property('isLinkLocalUnicast', linkLocal),
  property(
    'isGlobalUnicast',
    [...unspecified, ...loopback, ...linkLocal, ...multicast, ...broadcastAndUniqueLocal],
    false,
  ),
  member(
    'containsIP',
    overload([cidrType, ipType], bool, containsIp),
    overload([cidrType, string], bool, parsed(ipOf, containsIp)),
  ),
  member(
    'containsCIDR',
    overload([cidrType, cidrType], bool, containsCidr),
    overload([cidrType, string], bool, parsed(cidrOf, containsCidr)),
  ),
  member(
    'ip',
    overload([cidrType], ipType, (cidr: CelCidr) => new CelIp(cidr.bytes)),
  ),
  member(
    'masked',
    overload([cidrType], cidrType, (cidr: CelCidr) => new CelCidr(maskIp(cidr.bytes, cidr.length), cidr.length)),
  ),
  member(
    'prefixLength',
    overload([cidrType], int, (cidr: CelCidr) => cidr.length),
  ),
];
