import { BlockList, isIP } from 'node:net';

/** Not reachable over the public Internet (IANA special-purpose address registries, RFC 6890 and its updates). */
const special = new BlockList();

const four: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
for (const [network, length] of four) special.addSubnet(network, length, 'ipv4');

/** The only block from which global unicast addresses are given out, and the parts of it that are special. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');
const six: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4 carries an IPv4 address that nobody checked.
  ['2002::', 16],
  ['3fff::', 20],
];
for (const [network, length] of six) special.addSubnet(network, length, 'ipv6');

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Whether an IP address belongs to the public Internet; false for what is no address. */
export function isPublicAddress(address: string): boolean {
  const inner = mapped.exec(address)?.[1];
  if (inner !== undefined) return isPublicAddress(inner);
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4');
    case 6:
      return globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
    default:
      return false;
  }
}
