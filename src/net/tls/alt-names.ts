import { isIPv6, SocketAddress } from 'node:net';

/** A subject alternative name (RFC 5280 §4.2.1.6). */
export interface AltName {
  /** As OpenSSL names it: `DNS`, `URI`, `IP Address`, `email` … */
  readonly kind: string;
  readonly value: string;
}

/**
 * Reads the names as node lists them: `DNS:a, URI:b`. Node puts quotes, as in JSON, around a value that could be mistaken for
 * several, so that no value can pass for another's.
 */
export function parseAltNames(list: string | undefined): readonly AltName[] {
  const names: AltName[] = [];
  for (const [, kind = '', quoted, plain = ''] of (list ?? '').matchAll(item)) {
    const value = quoted === undefined ? plain : unquote(quoted);
    names.push({ kind, value: kind === 'IP Address' ? shortAddress(value) : value });
  }
  return names;
}

const item = /([^:,"]+):(?:("(?:[^"\\]|\\.)*")|([^,]*))(?:, |$)/gy;

function unquote(text: string): string {
  const value: unknown = JSON.parse(text);
  return String(value);
}

/** An IPv6 address in its usual form (RFC 5952). */
function shortAddress(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}
