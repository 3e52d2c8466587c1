import tls from 'node:tls';
import { isIP } from 'node:net';
import type { BackendTlsSpec } from '../../model/policy.ts';

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
  if (wanted === undefined || wanted.length === 0) return tls.checkServerIdentity(name, certificate);
  if (wanted.some((item) => carries(certificate, item))) return undefined;
  return new Error(`the certificate carries none of the names ${wanted.join(', ')}`);
}

function carries(certificate: tls.PeerCertificate, wanted: string): boolean {
  // URIs (SPIFFE ids among them) are compared exactly; names with the rules for wildcards.
  if (wanted.includes('://')) return altNames(certificate).includes(`URI:${wanted}`);
  if (isIP(wanted) === 0 && !altNames(certificate).some((item) => item.startsWith('DNS:'))) return false;
  return tls.checkServerIdentity(wanted, certificate) === undefined;
}

function altNames(certificate: tls.PeerCertificate): string[] {
  return (certificate.subjectaltname ?? '').split(', ');
}
