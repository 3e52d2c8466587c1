import { constants } from 'node:crypto';

/** How a signature of one JWS algorithm is checked (RFC 7518 §3, RFC 8037 §3.1). */
export interface Algorithm {
  readonly name: string;
  /** The only kind of key that it goes with. */
  readonly keyType: 'RSA' | 'EC' | 'OKP';
  /** The only curves that it goes with; absent for RSA. */
  readonly curves?: readonly string[];
  /** Absent where the algorithm has its own. */
  readonly digest?: string;
  readonly options: { readonly padding?: number; readonly saltLength?: number; readonly dsaEncoding?: 'ieee-p1363' };
}

const pkcs1 = { padding: constants.RSA_PKCS1_PADDING };
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const raw = { dsaEncoding: 'ieee-p1363' } as const;
const edwards = { keyType: 'OKP', curves: ['Ed25519', 'Ed448'], options: {} } as const;

const all: readonly Algorithm[] = [
  { name: 'RS256', keyType: 'RSA', digest: 'sha256', options: pkcs1 },
  { name: 'RS384', keyType: 'RSA', digest: 'sha384', options: pkcs1 },
  { name: 'RS512', keyType: 'RSA', digest: 'sha512', options: pkcs1 },
  { name: 'PS256', keyType: 'RSA', digest: 'sha256', options: pss },
  { name: 'PS384', keyType: 'RSA', digest: 'sha384', options: pss },
  { name: 'PS512', keyType: 'RSA', digest: 'sha512', options: pss },
  { name: 'ES256', keyType: 'EC', curves: ['P-256'], digest: 'sha256', options: raw },
  { name: 'ES384', keyType: 'EC', curves: ['P-384'], digest: 'sha384', options: raw },
  { name: 'ES512', keyType: 'EC', curves: ['P-521'], digest: 'sha512', options: raw },
  { name: 'EdDSA', ...edwards },
  // RFC 9864: the same with the curve in the name.
  { name: 'Ed25519', ...edwards, curves: ['Ed25519'] },
];

/**
 * Every algorithm that tokens may be signed with. None of them uses a shared secret, and `none` is not here: a public key
 * can not be mistaken for a secret, nor a missing signature for a good one (RFC 8725 §2.1, §3.1).
 */
export const algorithms: ReadonlyMap<string, Algorithm> = new Map(all.map((algorithm) => [algorithm.name, algorithm]));
