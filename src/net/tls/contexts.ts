import { createHash } from 'node:crypto';
import tls from 'node:tls';
import type { ListenerTls } from '../../model/bind.ts';
import { CertificateAuthority } from './certificate-authority.ts';

/** A listener's certificate and the names that it serves. */
export interface TlsContextSpec {
  /** Lower-case host name, `*.suffix`, or absent for any name and for clients that send none. */
  readonly hostname?: string;
  readonly tls: ListenerTls;
}

/** Throws OpenSSL's error for a certificate, key, root, cipher or group that it does not take. */
export function checkContexts(specs: readonly TlsContextSpec[]): void {
  for (const { tls: spec } of specs) {
    tls.createSecureContext({ ...settingsOf(spec), ...pairOf(spec) });
    if (spec.mode === 'dynamicCa') new CertificateAuthority(spec.certificate, spec.privateKey);
  }
}

/** Everything but the certificate, as node:tls has it. */
export function settingsOf(spec: ListenerTls): tls.SecureContextOptions {
  return {
    minVersion: spec.minVersion ?? 'TLSv1.2',
    maxVersion: spec.maxVersion ?? 'TLSv1.3',
    ...(spec.clientRoots === undefined ? {} : { ca: spec.clientRoots }),
    // Node takes the suites of TLS 1.3 out, by their names; a version for which none are left is not offered.
    ...(spec.cipherSuites === undefined ? {} : { ciphers: spec.cipherSuites.join(':') }),
    ...(spec.groups === undefined ? {} : { ecdhCurve: spec.groups.join(':') }),
  };
}

/** The certificate and its key, as node:tls has them. */
export function pairOf({ certificate, privateKey }: ListenerTls): tls.SecureContextOptions {
  return { cert: certificate, key: privateKey };
}

/**
 * Within which sessions may be resumed: what was verified for one host, or against other roots, says nothing here. The
 * same in every worker. 32 characters, which is all that OpenSSL takes.
 */
export function sessionScope({ hostname, tls: { clientRoots, clientCertificate } }: TlsContextSpec): string {
  const scope = JSON.stringify([hostname, clientRoots, clientCertificate]);
  return createHash('sha256').update(scope).digest('hex').slice(0, 32);
}
