import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { JwtSignSpec, SigningSpec } from '../../model/policies/backend-auth.ts';
import type { SecretOrFile } from '../schema/common.ts';
import type { JwtSignAuth, JwtSigningAlg } from '../schema/credentials.ts';
import { report, type Context, type Path } from './context.ts';
import { locationField } from './credential-place.ts';
import { secret } from './secret.ts';

/** Claims that the signer sets. */
const ownClaims = ['iat', 'exp', 'nbf'] as const;

/** A JWT that is signed for the backend. */
export function jwtSign(context: Context, path: Path, config: JwtSignAuth): JwtSignSpec | undefined {
  for (const name of ownClaims) {
    if (!Object.hasOwn(config.claims, name)) continue;
    report(context, [...path, 'claims', name], `${name} is set when the token is signed`);
  }
  if (config.ttl < 1000) report(context, [...path, 'ttl'], 'expected at least 1s');
  const key = signingKey(context, path, config);
  if (key === undefined) return undefined;
  return {
    kind: 'jwtSign',
    ...key,
    claims: config.claims,
    ttlMs: config.ttl,
    ...locationField(context, [...path, 'location'], config.location),
  };
}

/** A private key that goes with its algorithm; undefined where it does not, which is reported. */
export function signingKey(
  context: Context,
  path: Path,
  config: { readonly signingKey: SecretOrFile; readonly alg: JwtSigningAlg; readonly kid?: string },
): SigningSpec | undefined {
  const privateKey = secret(context, [...path, 'signingKey'], config.signingKey);
  if (privateKey === undefined) return undefined;
  const problem = keyProblem(privateKey, config.alg);
  if (problem !== undefined) {
    report(context, [...path, 'signingKey'], problem);
    return undefined;
  }
  return { privateKey, algorithm: config.alg, ...(config.kid === undefined ? {} : { keyId: config.kid }) };
}

const curves: Readonly<Partial<Record<JwtSigningAlg, string>>> = { ES256: 'prime256v1', ES384: 'secp384r1' };

function keyProblem(pem: string, alg: JwtSigningAlg): string | undefined {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return 'expected a private key in PEM, without a password';
  }
  const curve = curves[alg];
  const type = curve === undefined ? 'rsa' : 'ec';
  if (key.asymmetricKeyType !== type) {
    return `${alg} needs a key of type ${type}, and this one is of type ${key.asymmetricKeyType ?? 'unknown'}`;
  }
  const named = key.asymmetricKeyDetails?.namedCurve;
  return curve === undefined || named === curve
    ? undefined
    : `${alg} needs a key on the curve ${curve}, and this one is on ${named ?? 'none'}`;
}
