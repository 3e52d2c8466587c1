/** How a client that speaks HTTP/2 without having agreed on it begins (RFC 9113 §3.4). */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Which HTTP the first bytes of a connection are; null while they could be either. */
export function httpVersionOf(bytes: Buffer): 'http/1.1' | 'h2' | null {
  const length = Math.min(bytes.length, preface.length);
  if (bytes.compare(preface, 0, length, 0, length) !== 0) return 'http/1.1';
  return length === preface.length ? 'h2' : null;
}
