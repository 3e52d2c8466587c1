import type { X509Certificate } from 'node:crypto';
import type { ClientCertificate } from '../http/message.ts';
import { parseAltNames } from './alt-names.ts';

/** What a verified certificate says of a client. */
export function clientCertificate(certificate: X509Certificate): ClientCertificate {
  const names = parseAltNames(certificate.subjectAltName);
  const uris = names.filter(({ kind }) => kind === 'URI').map(({ value }) => value);
  const subjectCn = commonName(certificate);
  const spiffeId = uris.find((uri) => uri.startsWith('spiffe://'));
  const identity = uris.map(workload).find((one) => one !== null);
  return {
    subject: distinguishedName(certificate.subject),
    ...(subjectCn === undefined ? {} : { subjectCn }),
    issuer: distinguishedName(certificate.issuer),
    subjectAltNames: names.filter(({ kind }) => shown.has(kind)).map(({ value }) => value),
    ...(spiffeId === undefined ? {} : { spiffeId }),
    ...(identity === undefined ? {} : { identity }),
    pem: certificate.toString(),
  };
}

const shown: ReadonlySet<string> = new Set(['DNS', 'URI', 'IP Address']);

/** `O=Acme\nCN=x` as node gives it → `O=Acme, CN=x`. Node writes commas and line ends of values with a backslash. */
function distinguishedName(lines: string | undefined): string {
  return (lines ?? '').split('\n').join(', ');
}

function commonName(certificate: X509Certificate): string | undefined {
  const { CN } = certificate.toLegacyObject().subject as { readonly CN?: string | readonly string[] };
  return typeof CN === 'string' ? CN : CN?.[0];
}

/** Of `spiffe://domain/ns/namespace/sa/account`; null for another form. */
function workload(uri: string): NonNullable<ClientCertificate['identity']> | null {
  const [, trustDomain, namespace, serviceAccount] = /^spiffe:\/\/([^/]+)\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(uri) ?? [];
  if (trustDomain === undefined || namespace === undefined || serviceAccount === undefined) return null;
  return { trustDomain, namespace, serviceAccount };
}
