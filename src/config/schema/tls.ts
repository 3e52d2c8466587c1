/** TLS of listeners and of connections to backends. */

import { beyond } from './beyond.ts';
import { listOf, literals } from './kit/collection.ts';
import { optional, defaulted } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { text, filePath, bool } from './kit/scalar.ts';

/** How a listener gets its certificate. */
type TlsMode = 'static' | 'dynamicCa';

const tlsMode: Schema<TlsMode> = literals('static', 'dynamicCa');

/** A TLS protocol version. */
export type TlsVersion = 'TLS_V1_0' | 'TLS_V1_1' | 'TLS_V1_2' | 'TLS_V1_3';

export const tlsVersion: Schema<TlsVersion> = literals('TLS_V1_0', 'TLS_V1_1', 'TLS_V1_2', 'TLS_V1_3');

/** A key exchange group of TLS 1.3. */
type KeyExchangeGroup = 'X25519' | 'P-256' | 'P-384' | 'X25519_MLKEM768';

const keyExchangeGroup: Schema<KeyExchangeGroup> = literals('X25519', 'P-256', 'P-384', 'X25519_MLKEM768');

/** An object without fields, whose presence is what counts. */
export type EmptyObject = Readonly<Record<never, never>>;

export const emptyObject: Schema<EmptyObject> = object<EmptyObject>('Empty', 'An object without fields.', {});

/** Whether clients need a certificate. */
type ClientCertificateDemand = 'required' | 'optional';

const clientCertificateDemand: Schema<ClientCertificateDemand> = literals('required', 'optional');

/** TLS of a listener. */
export interface ListenerTls {
  readonly mode: TlsMode;
  readonly cert?: string;
  readonly key?: string;
  readonly root?: string;
  readonly clientCertificate?: ClientCertificateDemand;
  readonly spiffe?: EmptyObject;
  readonly cipherSuites?: readonly string[];
  readonly minTLSVersion?: TlsVersion;
  readonly maxTLSVersion?: TlsVersion;
  readonly keyExchangeGroups?: readonly string[];
}

export const listenerTls: Schema<ListenerTls> = object<ListenerTls>(
  'ListenerTls',
  'TLS of a listener.',
  {
    mode: defaulted(
      tlsMode,
      'static',
      'How the certificate comes about: from files, or signed for each server name by the CA in cert and key.',
    ),
    cert: optional(filePath, 'File with the certificate chain (PEM).'),
    key: optional(filePath, 'File with the private key (PEM).'),
    root: optional(filePath, 'File with the CA that client certificates must come from; its presence demands one.'),
    clientCertificate: beyond('gateways.*.tls.clientCertificate', clientCertificateDemand),
    spiffe: optional(emptyObject, 'Take the certificate from the SPIFFE Workload API.'),
    cipherSuites: optional(listOf(text), 'Cipher suites to offer.'),
    minTLSVersion: optional(tlsVersion, 'Lowest TLS version.'),
    maxTLSVersion: optional(tlsVersion, 'Highest TLS version.'),
    keyExchangeGroups: optional(listOf(text), 'Key exchange groups, most preferred first.'),
  },
  { aliases: { minTlsVersion: 'minTLSVersion', maxTlsVersion: 'maxTLSVersion' } },
);

/** TLS to a backend; {} verifies against the system's roots. */
export interface BackendTls {
  readonly cert?: string;
  readonly key?: string;
  readonly root?: string;
  readonly hostname?: string;
  readonly insecure: boolean;
  readonly insecureHost: boolean;
  readonly alpn?: readonly string[];
  readonly subjectAltNames?: readonly string[];
  readonly keyExchangeGroups?: readonly KeyExchangeGroup[];
  readonly spiffe?: EmptyObject;
}

export const backendTls: Schema<BackendTls> = object<BackendTls>(
  'BackendTls',
  "TLS to a backend; {} verifies against the system's roots.",
  {
    cert: optional(filePath, 'File with the client certificate (PEM).'),
    key: optional(filePath, "File with the client's private key (PEM)."),
    root: optional(filePath, 'File with the trusted CA (PEM).'),
    hostname: optional(text, 'Server name to send and to verify.'),
    insecure: defaulted(bool, false, 'Accept any certificate.'),
    insecureHost: defaulted(bool, false, 'Accept a certificate for any name.'),
    alpn: optional(listOf(text), 'Application protocols to offer.'),
    subjectAltNames: optional(listOf(text), 'Names of which the certificate must carry one.'),
    keyExchangeGroups: optional(listOf(keyExchangeGroup), 'Key exchange groups, most preferred first.'),
    spiffe: optional(emptyObject, "Present the workload's SPIFFE identity."),
  },
);
