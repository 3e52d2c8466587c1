/** What a client says first in TLS, before anything is encrypted. */
export interface ClientHello {
  /** Lower-case server name (RFC 6066 §3), or ''. */
  readonly serverName: string;
}

/** Largest hello that is waited for; one with post-quantum key shares has about 2 KiB. */
const MAX_HELLO = 65_536;
/** Longest content of a record in the clear (RFC 8446 §5.1). */
const MAX_RECORD = 16_384;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;

/**
 * Reads the ClientHello (RFC 8446 §4.1.2) that a connection begins with, over as many records as it takes; what it has
 * read it does not read again.
 */
export class ClientHelloReader {
  readonly #parts: Buffer[] = [];
  #have = 0;
  /** Length of the message with its head; 0 while that is not known. */
  #want = 0;
  /** Where the next record begins. */
  #at = 0;

  /**
   * @param bytes All bytes of the connection so far: those of the last call, and what came since.
   * @returns Null: more bytes are needed; `invalid`: this is not TLS.
   */
  read(bytes: Buffer): ClientHello | 'invalid' | null {
    while (this.#want === 0 || this.#have < this.#want) {
      const record = nextRecord(bytes, this.#at);
      if (record === null || record === 'invalid') return record;
      // Copied, because the caller's buffer may move.
      this.#parts.push(Buffer.from(record));
      this.#have += record.length;
      this.#at += 5 + record.length;
      if (this.#want === 0 && this.#have >= 4) {
        const head = Buffer.concat(this.#parts);
        if (head[0] !== CLIENT_HELLO) return 'invalid';
        this.#want = 4 + head.readUIntBE(1, 3);
        if (this.#want > MAX_HELLO) return 'invalid';
      }
    }
    try {
      return { serverName: serverName(Buffer.concat(this.#parts).subarray(4, this.#want)) };
    } catch (error) {
      if (error instanceof RangeError) return 'invalid';
      throw error;
    }
  }
}

/** Content of the handshake record that begins at `at` (RFC 8446 §5.1). Null: not all of it is there. */
function nextRecord(bytes: Buffer, at: number): Buffer | 'invalid' | null {
  if (at < bytes.length && bytes[at] !== HANDSHAKE) return 'invalid';
  if (at + 1 < bytes.length && bytes[at + 1] !== 3) return 'invalid';
  if (at + 5 > bytes.length) return null;
  const length = bytes.readUInt16BE(at + 3);
  if (length === 0 || length > MAX_RECORD) return 'invalid';
  const end = at + 5 + length;
  return end > bytes.length ? null : bytes.subarray(at + 5, end);
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
