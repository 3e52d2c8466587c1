import { createPrivateKey, sign, constants, type KeyObject } from 'node:crypto';
import type { SigningAlgorithm, SigningSpec } from '../../../model/policies/backend-auth.ts';

/** How each algorithm signs (RFC 7518 §3). */
const methods: Readonly<
  Record<
    SigningAlgorithm,
    {
      readonly digest: string;
      readonly keyType: string;
      readonly curve?: string;
      readonly options: {
        readonly padding?: number;
        readonly saltLength?: number;
        readonly dsaEncoding?: 'ieee-p1363';
      };
    }
  >
> = {
  RS256: { digest: 'sha256', keyType: 'rsa', options: {} },
  RS384: { digest: 'sha384', keyType: 'rsa', options: {} },
  RS512: { digest: 'sha512', keyType: 'rsa', options: {} },
  PS256: {
    digest: 'sha256',
    keyType: 'rsa',
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  },
  ES256: { digest: 'sha256', keyType: 'ec', curve: 'prime256v1', options: { dsaEncoding: 'ieee-p1363' } },
  ES384: { digest: 'sha384', keyType: 'ec', curve: 'secp384r1', options: { dsaEncoding: 'ieee-p1363' } },
};

/** Makes a signed JWT of claims. */
export type SignJwt = (claims: Readonly<Record<string, unknown>>) => string;

/**
 * Why a private key cannot be used with an algorithm; undefined when it can.
 *
 * @param pem Never repeated in the text.
 */
export function signingProblem({ privateKey, algorithm }: SigningSpec): string | undefined {
  let key: KeyObject;
  try {
    key = createPrivateKey(privateKey);
  } catch {
    return 'this is no private key in PEM';
  }
  const { keyType, curve } = methods[algorithm];
  if (key.asymmetricKeyType !== keyType) {
    return `${algorithm} needs a key of type ${keyType}, and this one is ${key.asymmetricKeyType ?? 'of no known type'}`;
  }
  const named = key.asymmetricKeyDetails?.namedCurve;
  return curve === undefined || named === curve
    ? undefined
    : `${algorithm} needs the curve ${curve}, and this key has ${named ?? 'none'}`;
}

/**
 * Compiles a signer of JWTs.
 *
 * @param extra Members of the header beside `alg`, `typ` and `kid`.
 * @throws Error where {@link signingProblem} names one.
 */
export function compileSigner(spec: SigningSpec, extra: Readonly<Record<string, unknown>> = {}): SignJwt {
  const problem = signingProblem(spec);
  if (problem !== undefined) throw new Error(problem);
  const key = createPrivateKey(spec.privateKey);
  const { digest, options } = methods[spec.algorithm];
  const header = encode({
    alg: spec.algorithm,
    typ: 'JWT',
    ...(spec.keyId === undefined ? {} : { kid: spec.keyId }),
    ...extra,
  });
  return (claims) => {
    const signed = `${header}.${encode(claims)}`;
    return `${signed}.${sign(digest, Buffer.from(signed), { key, ...options }).toString('base64url')}`;
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
