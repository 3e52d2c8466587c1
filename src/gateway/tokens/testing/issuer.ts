import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { algorithms } from '../algorithms.ts';

/** An issuer for tests: signs anything, in any way, with keys made on the spot. */
export class TestIssuer {
  readonly #keys: Map<string, { readonly privateKey: KeyObject; readonly jwk: Record<string, unknown> }> = new Map();

  /** Makes a key. `members` go into its JWK. */
  addKey(keyId: string, kind: KeyKind = 'P-256', members: Readonly<Record<string, unknown>> = {}): void {
    const { publicKey, privateKey } = keyPair(kind);
    this.#keys.set(keyId, { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid: keyId, ...members } });
  }

  removeKey(keyId: string): void {
    this.#keys.delete(keyId);
  }

  /** The public key as everybody may have it. */
  publicKeyPem(keyId: string): string {
    return String(createPublicKey(this.#key(keyId).privateKey).export({ type: 'spki', format: 'pem' }));
  }

  /** The public keys as a JWK set. */
  keySet(): string {
    return JSON.stringify({ keys: [...this.#keys.values()].map(({ jwk }) => jwk) });
  }

  /** A signed token. `header` has `alg` and `kid` unless they are overruled; a text is taken as the header's JSON. */
  token(
    keyId: string,
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>> | string = {},
    algorithm = 'ES256',
  ): string {
    const head = typeof header === 'string' ? header : JSON.stringify({ alg: algorithm, kid: keyId, ...header });
    const signed = `${base64(head)}.${base64(JSON.stringify(claims))}`;
    const { digest, options } = algorithms.get(algorithm) ?? { digest: 'sha256', options: {} };
    const signature = sign(digest, Buffer.from(signed), { key: this.#key(keyId).privateKey, ...options });
    return `${signed}.${signature.toString('base64url')}`;
  }

  #key(keyId: string): { readonly privateKey: KeyObject; readonly jwk: Record<string, unknown> } {
    const key = this.#keys.get(keyId);
    if (key === undefined) throw new Error(`no key ${keyId}`);
    return key;
  }
}

/** A token with an HMAC, as who takes a public key for a shared secret would make it. */
export function hmacToken(secret: string, claims: Readonly<Record<string, unknown>>, header: object): string {
  const signed = `${base64(JSON.stringify(header))}.${base64(JSON.stringify(claims))}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** Kinds of keys. */
export type KeyKind = 'RSA' | 'RSA-1024' | 'P-256' | 'P-384' | 'P-521' | 'secp256k1' | 'Ed25519' | 'Ed448';

function keyPair(kind: KeyKind): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (kind) {
    case 'RSA':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    case 'RSA-1024':
      return generateKeyPairSync('rsa', { modulusLength: 1024 });
    case 'Ed25519':
      return generateKeyPairSync('ed25519');
    case 'Ed448':
      return generateKeyPairSync('ed448');
    default:
      return generateKeyPairSync('ec', { namedCurve: kind });
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64url');
}
