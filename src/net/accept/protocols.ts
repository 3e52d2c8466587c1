import { checkContexts, type TlsContextSpec } from '../tls/contexts.ts';
import type { ProxyProtocolSettings } from './proxy-protocol.ts';

/** What a port speaks. A reload may change it, for connections that begin afterwards. */
export type PortProtocols = (PlainPort | TlsPort) & {
  /** Present: what stands before everything else. */
  readonly proxyProtocol?: ProxyProtocolSettings;
};

/** A port without TLS: HTTP, or bytes that are passed on. */
export interface PlainPort {
  readonly security: 'plain';
  readonly inside: 'http' | 'raw';
}

/** A port with TLS; the server name that a client asks for says which of these it gets, the most specific name first. */
export interface TlsPort {
  readonly security: 'tls';
  /** Where TLS ends here, and HTTP is inside. */
  readonly https: readonly TlsContextSpec[];
  /** Where TLS ends here, and what is inside is passed on. */
  readonly raw: readonly TlsContextSpec[];
  /** Names for which TLS is passed on as it is: lower case, `*.suffix`, or undefined for any. */
  readonly passThrough: readonly (string | undefined)[];
}

/** A port that speaks HTTP, without TLS. */
export const plainHttp: PortProtocols = { security: 'plain', inside: 'http' };

/** A port that speaks HTTPS only. */
export function httpsPort(https: readonly TlsContextSpec[]): PortProtocols {
  return { security: 'tls', https, raw: [], passThrough: [] };
}

/** Throws OpenSSL's error where a certificate, key, root, cipher or group is not usable. */
export function checkProtocols(protocols: PortProtocols): void {
  if (protocols.security === 'plain') return;
  for (const contexts of [protocols.https, protocols.raw]) checkContexts(contexts);
}
