import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../src/net/testing/testdata');

/** A certificate and its key as files. */
export interface CertificatePaths {
  readonly cert: string;
  readonly key: string;
}

function pair(name: string): CertificatePaths {
  return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
}

/** Test certificates, valid for a hundred years. */
export interface Certificates {
  /** File of the authority that signed all but the stranger's. */
  readonly ca: string;
  /** File of the authority that signed the stranger's. */
  readonly otherCa: string;
  /** For a.test. */
  readonly a: CertificatePaths;
  /** For *.wild.test. */
  readonly wild: CertificatePaths;
  /** For localhost and 127.0.0.1. */
  readonly local: CertificatePaths;
  /** A client, O=Clients/CN=client one. */
  readonly client: CertificatePaths;
  /** A server or client that {@link Certificates.ca} did not sign. */
  readonly stranger: CertificatePaths;
  /** An authority whose key is at hand, unlike that of the others. */
  readonly minting: CertificatePaths;
}

export const certificates: Certificates = {
  ca: join(folder, 'ca.pem'),
  otherCa: join(folder, 'other-ca.pem'),
  a: pair('a'),
  wild: pair('wild'),
  local: pair('local'),
  client: pair('client'),
  stranger: pair('stranger'),
  minting: pair('minting-ca'),
};

/** Contents of a pair, as node:tls takes them. */
export function pem({ cert, key }: CertificatePaths): { readonly cert: Buffer; readonly key: Buffer } {
  return { cert: readFileSync(cert), key: readFileSync(key) };
}
