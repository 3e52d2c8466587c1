import { readFileSync } from 'node:fs';
import type { ListenerTls } from '../../model/bind.ts';

/** A PEM text of the test certificates (see `testdata/make-certificates.sh`): `ca.pem`, `a.key` … */
export function pem(file: string): string {
  return readFileSync(new URL(`./testdata/${file}`, import.meta.url), 'utf8');
}

/** The certificate and key of `name` as a listener has them. */
export function certified(name: string, more: Partial<ListenerTls> = {}): ListenerTls {
  return { certificate: pem(`${name}.pem`), privateKey: pem(`${name}.key`), ...more };
}
