import { isIP } from 'node:net';

/** Which versions are read, and whether a connection may be without (haproxy, "The PROXY protocol"). */
export interface ProxyProtocolSettings {
  readonly version: 'v1' | 'v2' | 'all';
  readonly mode: 'strict' | 'optional';
}

/** Who is on the other end, as the proxy in front says. */
export interface ProxiedAddresses {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** What stands before the connection's own bytes. */
export interface ProxyHeader {
  /** Bytes to take away. */
  readonly length: number;
  /** Null: the proxy speaks for itself (LOCAL), does not know (UNKNOWN), or there is no header. */
  readonly addresses: ProxiedAddresses | null;
}

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Longest header of version 1, with its line end (§2.1). */
const MAX_LINE = 107;
/** Longest header of version 2 that is taken: addresses and some attributes. */
const MAX_BINARY = 4096;
const none: ProxyHeader = { length: 0, addresses: null };

/** Reads the header at the start of `bytes`. Null: more bytes are needed; `invalid`: the connection must close. */
export function readProxyHeader(bytes: Buffer, settings: ProxyProtocolSettings): ProxyHeader | 'invalid' | null {
  const absent = settings.mode === 'optional' ? none : 'invalid';
  const binary = startsLike(bytes, signature);
  if (binary !== 'no') {
    if (settings.version === 'v1') return absent;
    return binary === 'partly' ? null : readBinary(bytes);
  }
  const line = startsLike(bytes, Buffer.from('PROXY '));
  if (line === 'no' || settings.version === 'v2') return absent;
  return line === 'partly' ? null : readLine(bytes);
}

function startsLike(bytes: Buffer, start: Buffer): 'yes' | 'partly' | 'no' {
  const length = Math.min(bytes.length, start.length);
  if (bytes.compare(start, 0, length, 0, length) !== 0) return 'no';
  return length === start.length ? 'yes' : 'partly';
}

/** `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443 CR LF` (§2.1). */
function readLine(bytes: Buffer): ProxyHeader | 'invalid' | null {
  const end = bytes.subarray(0, MAX_LINE).indexOf('\r\n');
  if (end < 0) return bytes.length >= MAX_LINE ? 'invalid' : null;
  const length = end + 2;
  const [family, remoteAddress = '', localAddress = '', from = '', to = '', ...rest] = bytes
    .toString('latin1', 6, end)
    .split(' ');
  if (family === 'UNKNOWN') return { length, addresses: null };
  const version = family === 'TCP4' ? 4 : 6;
  if (family !== 'TCP4' && family !== 'TCP6') return 'invalid';
  if (rest.length > 0 || isIP(remoteAddress) !== version || isIP(localAddress) !== version) return 'invalid';
  const remotePort = portOf(from);
  const localPort = portOf(to);
  if (remotePort === null || localPort === null) return 'invalid';
  return { length, addresses: { remoteAddress, remotePort, localAddress, localPort } };
}

function portOf(text: string): number | null {
  return /^(?:0|[1-9][0-9]{0,4})$/.test(text) && Number(text) < 65_536 ? Number(text) : null;
}

/** The binary header (§2.2). */
function readBinary(bytes: Buffer): ProxyHeader | 'invalid' | null {
  if (bytes.length < 16) return null;
  const command = bytes.readUInt8(12);
  if (command >> 4 !== 2 || (command & 15) > 1) return 'invalid';
  const rest = bytes.readUInt16BE(14);
  const length = 16 + rest;
  if (length > MAX_BINARY) return 'invalid';
  if (bytes.length < length) return null;
  if ((command & 15) === 0) return { length, addresses: null };
  const family = bytes.readUInt8(13);
  // TCP over IPv4 and IPv6; anything else is to be taken as not known.
  if (family === 0x11) return rest < 12 ? 'invalid' : { length, addresses: readAddresses(bytes, 4, dotted) };
  if (family === 0x21) return rest < 36 ? 'invalid' : { length, addresses: readAddresses(bytes, 16, coloned) };
  return { length, addresses: null };
}

function readAddresses(bytes: Buffer, size: number, text: (bytes: Buffer) => string): ProxiedAddresses {
  const ports = 16 + 2 * size;
  return {
    remoteAddress: text(bytes.subarray(16, 16 + size)),
    remotePort: bytes.readUInt16BE(ports),
    localAddress: text(bytes.subarray(16 + size, ports)),
    localPort: bytes.readUInt16BE(ports + 2),
  };
}

function dotted(bytes: Buffer): string {
  return [...bytes].join('.');
}

/** IPv6 as eight groups, shortened as RFC 5952 wants it. */
function coloned(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':');
  if (/^(?:0:){5}ffff:/.test(groups)) return dotted(bytes.subarray(12));
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}
