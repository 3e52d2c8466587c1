import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ListenerTls, TlsVersion } from '../../model/bind.ts';
import type { BackendTlsSpec } from '../../model/policy.ts';
import type { FrontendTls } from '../schema/frontend.ts';
import type { BackendTls, ListenerTls as ListenerTlsConfig, TlsVersion as TlsVersionConfig } from '../schema/tls.ts';
import { readText, report, reportUnknown, type Context, type Path } from './context.ts';

/** Server-side TLS of a listener; what it leaves open comes from `frontendPolicies.tls`. */
export function listenerTls(
  context: Context,
  path: Path,
  config: ListenerTlsConfig,
  frontend: FrontendTls | undefined,
): ListenerTls | undefined {
  // Where the identity is said to come from elsewhere, that was refused before.
  const pair = config.spiffe === undefined ? keyPair(context, path, config) : undefined;
  const dynamicCa = config.mode === 'dynamicCa';
  if (dynamicCa && pair !== undefined) checkAuthority(context, [...path, 'cert'], pair.certificate);
  const clientRoots = config.root === undefined ? undefined : roots(context, [...path, 'root'], config.root);
  if (dynamicCa && config.root !== undefined) {
    report(context, [...path, 'root'], 'client certificates are not possible with mode dynamicCa');
  }
  const optional = config.clientCertificate === 'optional';
  if (config.clientCertificate !== undefined && config.root === undefined) {
    report(context, [...path, 'clientCertificate'], 'needs root, which client certificates must come from');
  }
  const minVersion = version(context, [...path, 'minTLSVersion'], config.minTLSVersion ?? frontend?.minVersion);
  const maxVersion = version(context, [...path, 'maxTLSVersion'], config.maxTLSVersion ?? frontend?.maxVersion);
  if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion) {
    report(context, [...path, 'minTLSVersion'], `${minVersion} is above maxTLSVersion, ${maxVersion}`);
  }
  const cipherSuites = suites(context, [...path, 'cipherSuites'], config.cipherSuites ?? frontend?.cipherSuites);
  const groups = keyGroups(
    context,
    [...path, 'keyExchangeGroups'],
    config.keyExchangeGroups ?? frontend?.keyExchangeGroups,
  );
  checkSuites(context, [...path, 'cipherSuites'], cipherSuites, minVersion, maxVersion);
  if (pair === undefined) return undefined;
  return {
    ...(dynamicCa ? { mode: 'dynamicCa' } : {}),
    ...pair,
    ...(clientRoots === undefined ? {} : { clientRoots }),
    ...(optional ? { clientCertificate: 'optional' } : {}),
    ...(cipherSuites === undefined ? {} : { cipherSuites }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(groups === undefined ? {} : { groups }),
  };
}

/** TLS to a backend. */
export function backendTls(context: Context, path: Path, config: BackendTls): BackendTlsSpec {
  const pair = config.cert === undefined && config.key === undefined ? undefined : keyPair(context, path, config);
  const trust = config.root === undefined ? undefined : roots(context, [...path, 'root'], config.root);
  const groups = keyGroups(context, [...path, 'keyExchangeGroups'], config.keyExchangeGroups);
  return {
    ...pair,
    ...(trust === undefined ? {} : { roots: trust }),
    ...(config.hostname === undefined ? {} : { hostname: config.hostname }),
    insecure: config.insecure,
    insecureHost: config.insecureHost,
    ...(config.alpn === undefined ? {} : { alpn: config.alpn }),
    ...(config.subjectAltNames === undefined ? {} : { subjectAltNames: config.subjectAltNames }),
    ...(groups === undefined ? {} : { groups }),
  };
}

/** TLS with the system's trust roots, which an `https:` URL asks for. */
export const systemTls: BackendTlsSpec = { insecure: false, insecureHost: false };

function keyPair(
  context: Context,
  path: Path,
  config: { readonly cert?: string; readonly key?: string },
): { certificate: string; privateKey: string } | undefined {
  for (const name of ['cert', 'key'] as const) {
    if (config[name] === undefined) report(context, path, `${name} is missing: the PEM file of the ${words[name]}`);
  }
  const certificate = config.cert === undefined ? undefined : readText(context, [...path, 'cert'], config.cert);
  const privateKey = config.key === undefined ? undefined : readText(context, [...path, 'key'], config.key);
  const leaf = certificate === undefined ? undefined : parseCertificate(context, [...path, 'cert'], certificate);
  if (privateKey === undefined) return undefined;
  let key;
  try {
    key = createPrivateKey(privateKey);
  } catch (error) {
    report(context, [...path, 'key'], `the file holds no usable private key: ${messageOf(error)}`);
    return undefined;
  }
  if (leaf === undefined || certificate === undefined) return undefined;
  if (!leaf.checkPrivateKey(key)) {
    report(context, [...path, 'key'], 'the private key does not belong to the certificate');
    return undefined;
  }
  return { certificate, privateKey };
}

const words = { cert: 'certificate chain', key: 'private key' } as const;

function roots(context: Context, path: Path, name: string): string | undefined {
  const text = readText(context, path, name);
  return text === undefined || parseCertificate(context, path, text) === undefined ? undefined : text;
}

function parseCertificate(context: Context, path: Path, pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    report(context, path, `the file holds no usable certificate: ${messageOf(error)}`);
    return undefined;
  }
}

function checkAuthority(context: Context, path: Path, pem: string): void {
  if (!new X509Certificate(pem).ca) {
    report(context, path, 'mode dynamicCa needs the certificate of a CA, and this is none (basicConstraints CA:TRUE)');
  }
}

/** TLS 1.3 has suites of its own, which no other version takes (RFC 8446 §B.4). */
function checkSuites(
  context: Context,
  path: Path,
  suites: readonly string[] | undefined,
  low: TlsVersion = 'TLSv1.2',
  high: TlsVersion = 'TLSv1.3',
): void {
  if (suites === undefined || suites.length === 0) return;
  const possible = (['TLSv1.2', 'TLSv1.3'] as const).filter((version) => version >= low && version <= high);
  const isNew = (suite: string): boolean => suite.startsWith('TLS_');
  if (possible.some((version) => suites.some((suite) => isNew(suite) === (version === 'TLSv1.3')))) return;
  report(context, path, `none of these is a cipher suite of ${possible.join(' or ')}`);
}

const versions: Readonly<Record<TlsVersionConfig, TlsVersion | undefined>> = {
  TLS_V1_0: undefined,
  TLS_V1_1: undefined,
  TLS_V1_2: 'TLSv1.2',
  TLS_V1_3: 'TLSv1.3',
};

function version(context: Context, path: Path, name: TlsVersionConfig | undefined): TlsVersion | undefined {
  if (name === undefined) return undefined;
  if (versions[name] === undefined) report(context, path, 'only TLS_V1_2 and TLS_V1_3 are possible (RFC 8996)');
  return versions[name];
}

const tls12Suites = [
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
] as const;

/** Names as IANA or OpenSSL has them → the name that OpenSSL, and so Node, takes. */
const suiteNames: ReadonlyMap<string, string> = new Map([
  ...tls12Suites.flatMap(([iana, openssl]) => [[iana, openssl] as const, [openssl, openssl] as const]),
  ...['AES_256_GCM_SHA384', 'AES_128_GCM_SHA256', 'CHACHA20_POLY1305_SHA256'].flatMap((suite) => [
    [`TLS_${suite}`, `TLS_${suite}`] as const,
    [`TLS13_${suite}`, `TLS_${suite}`] as const,
  ]),
]);

const groupNames: ReadonlyMap<string, string> = new Map([
  ['X25519', 'X25519'],
  ['P-256', 'P-256'],
  ['P-384', 'P-384'],
  ['X25519_MLKEM768', 'X25519MLKEM768'],
]);

function suites(context: Context, path: Path, names: readonly string[] | undefined): readonly string[] | undefined {
  return mapNames(context, path, names, suiteNames, 'cipher suite');
}

function keyGroups(context: Context, path: Path, names: readonly string[] | undefined): readonly string[] | undefined {
  return mapNames(context, path, names, groupNames, 'key exchange group');
}

function mapNames(
  context: Context,
  path: Path,
  names: readonly string[] | undefined,
  table: ReadonlyMap<string, string>,
  what: string,
): readonly string[] | undefined {
  return names?.flatMap((name, index) => {
    const known = table.get(name);
    if (known !== undefined) return [known];
    reportUnknown(context, [...path, index], what, name, table.keys());
    return [];
  });
}

/** What OpenSSL says, without its codes. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
}
