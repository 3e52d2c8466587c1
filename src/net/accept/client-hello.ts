/** What a client says first in TLS, before anything is encrypted. */
export interface ClientHello {
  /** Lower-case server name (RFC 6066 §3), or ''. */
  readonly serverName: string;
}

/** Largest hello that is waited for; one with post-quantum key shares has about 2 KiB. */
const MAX_HELLO = 65_536;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;

/**
 * Reads the ClientHello (RFC 8446 §4.1.2) at the start of `bytes`, over as many records as it takes. Null: more bytes are
 * needed; `invalid`: this is not TLS.
 */
export function readClientHello(bytes: Buffer): ClientHello | 'invalid' | null {
  const message = handshakeBytes(bytes);
  if (message === null || message === 'invalid') return message;
  try {
    return { serverName: serverName(message) };
  } catch (error) {
    if (error instanceof RangeError) return 'invalid';
    throw error;
  }
}

/** The ClientHello without the headers of its records (RFC 8446 §5.1). */
function handshakeBytes(bytes: Buffer): Buffer | 'invalid' | null {
  const parts: Buffer[] = [];
  let have = 0;
  let want = 4;
  for (let at = 0; have < want;) {
    if (at < bytes.length && bytes[at] !== HANDSHAKE) return 'invalid';
    if (at + 1 < bytes.length && bytes[at + 1] !== 3) return 'invalid';
    if (at + 5 > bytes.length) return null;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > 16_640) return 'invalid';
    const part = bytes.subarray(at + 5, at + 5 + length);
    parts.push(part);
    have += part.length;
    at += 5 + length;
    if (want === 4 && have >= 4) {
      const head = Buffer.concat(parts);
      if (head[0] !== CLIENT_HELLO) return 'invalid';
      want = 4 + head.readUIntBE(1, 3);
      if (want > MAX_HELLO) return 'invalid';
    }
    if (part.length < length && have < want) return null;
  }
  return Buffer.concat(parts).subarray(4, want);
}

/** Walks to the server_name extension. Throws RangeError where a length points outside. */
function serverName(hello: Buffer): string {
  // Version and random, then session id, cipher suites and compression methods, each with its length.
  let at = 34;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  if (at === hello.length) return '';
  const end = at + 2 + hello.readUInt16BE(at);
  if (end > hello.length) throw new RangeError('extensions');
  at += 2;
  while (at < end) {
    const type = hello.readUInt16BE(at);
    const length = hello.readUInt16BE(at + 2);
    if (at + 4 + length > end) throw new RangeError('extension');
    if (type === SERVER_NAME) return hostName(hello.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return '';
}

/** The host name of a server_name extension (RFC 6066 §3). */
function hostName(list: Buffer): string {
  if (list.length === 0) return '';
  const end = 2 + list.readUInt16BE(0);
  if (end > list.length) throw new RangeError('server names');
  for (let at = 2; at < end;) {
    const type = list.readUInt8(at);
    const length = list.readUInt16BE(at + 1);
    if (at + 3 + length > end) throw new RangeError('server name');
    if (type === HOST_NAME) {
      const name = list.toString('latin1', at + 3, at + 3 + length).toLowerCase();
      // What is no name matches no host.
      return /^[a-z0-9._-]{1,255}$/.test(name) ? name : '';
    }
    at += 3 + length;
  }
  return '';
}
