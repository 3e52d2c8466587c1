import { isIP } from 'node:net';
import tls from 'node:tls';
import type { BackendTlsSpec } from '../../model/policy.ts';
import { parseAltNames, type AltName } from '../tls/alt-names.ts';

/** The TLS context of an endpoint. Throws what OpenSSL says of a certificate, key or root that it cannot read. */
export function upstreamSecureContext(spec: BackendTlsSpec): tls.SecureContext {
  const options: tls.SecureContextOptions = {};
  if (spec.roots !== undefined) options.ca = spec.roots;
  if (spec.certificate !== undefined) options.cert = spec.certificate;
  if (spec.privateKey !== undefined) options.key = spec.privateKey;
  if (spec.groups !== undefined) options.ecdhCurve = spec.groups.join(':');
  return tls.createSecureContext(options);
}

/**
 * Whether a certificate that chains to a root is the upstream's: it must carry one of `subjectAltNames` where these are
 * given, else the name that was connected to. Undefined when it is.
 */
export function checkIdentity(spec: BackendTlsSpec, name: string, certificate: tls.PeerCertificate): Error | undefined {
  if (spec.insecure || spec.insecureHost) return undefined;
  const wanted = spec.subjectAltNames;
  const names = parseAltNames(certificate.subjectaltname);
  if (wanted === undefined || wanted.length === 0) {
    if (tls.checkServerIdentity(name, certificate) === undefined) return undefined;
    return new Error(`the certificate is not for ${name}, but for ${listed(names)}`);
  }
  if (wanted.some((item) => carries(certificate, names, item))) return undefined;
  return new Error(`the certificate carries none of the names ${wanted.join(', ')}, but ${listed(names)}`);
}

/** URIs (SPIFFE ids among them) are compared exactly; names with the rules for wildcards. */
function carries(certificate: tls.PeerCertificate, names: readonly AltName[], wanted: string): boolean {
  const [, kind, text = wanted] = /^(URI|DNS|IP):(.+)$/.exec(wanted) ?? [];
  if (kind === 'URI' || (kind === undefined && text.includes('://'))) {
    return names.some((name) => name.kind === 'URI' && name.value === text);
  }
  const address = isIP(text) !== 0;
  if (kind !== undefined && address !== (kind === 'IP')) return false;
  // Without alternative names, node would take the common name.
  if (!address && !names.some((name) => name.kind === 'DNS')) return false;
  return tls.checkServerIdentity(text, certificate) === undefined;
}

/** What the log tells of a certificate, which may carry any number of names. */
function listed(names: readonly AltName[]): string {
  if (names.length === 0) return 'no name at all';
  const shown = names.slice(0, 5).map(({ value }) => value);
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ');
}

/** Why a handshake failed, in words that say what to look at; OpenSSL's codes and places are left out. */
export function handshakeProblem(error: Error): Error {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const text = explained[code] ?? ('reason' in error && typeof error.reason === 'string' ? error.reason : undefined);
  return text === undefined ? error : new Error(text, { cause: error });
}

const untrusted = 'the certificate of the upstream comes from no CA that is trusted here';
const explained: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate of the upstream is self-signed, and not trusted here',
  CERT_HAS_EXPIRED: 'the certificate of the upstream has expired',
  CERT_NOT_YET_VALID: 'the certificate of the upstream is not valid yet',
  INVALID_PURPOSE: 'the certificate of the upstream is not for servers',
  ECONNRESET: 'the upstream closed the connection during the handshake',
  EPIPE: 'the upstream closed the connection during the handshake',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the upstream does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the upstream does not speak TLS',
};
