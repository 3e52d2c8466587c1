import { createPublicKey, verify, type JsonWebKeyInput, type KeyObject } from 'node:crypto';
import { algorithms, type Algorithm } from './algorithms.ts';

/** Checks one signature with one key and one algorithm. */
export type SignatureCheck = (signed: Buffer, signature: Buffer) => boolean;

/** Why a key is left out, for the log. */
export interface SkippedKey {
  readonly keyId: string | undefined;
  readonly why: string;
}

interface PublicKey {
  readonly keyId: string | undefined;
  readonly checks: ReadonlyMap<string, SignatureCheck>;
}

/** Of several keys that could be meant as many are tried: each costs a signature check. */
const mostTried = 4;

/** Bits of an RSA key; less is refused (RFC 7518 §3.3). */
const leastRsaBits = 2048;

/** The public keys of an issuer (RFC 7517), each tied to the algorithms that it may be used with. */
export class KeySet {
  readonly skipped: readonly SkippedKey[];
  readonly #keys: readonly PublicKey[];

  /** @param text A JWK set, or one JWK. Throws a readable Error where it is none or has no key to use. */
  constructor(text: string) {
    const skipped: SkippedKey[] = [];
    const keys: PublicKey[] = [];
    for (const jwk of keysOf(text)) {
      const keyId = typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined;
      const key = usableKey(jwk);
      if (typeof key === 'string') skipped.push({ keyId, why: key });
      else keys.push({ keyId, checks: key });
    }
    if (keys.length === 0) {
      throw new Error(skipped[0] === undefined ? 'the key set is empty' : `no key can be used: ${skipped[0].why}`);
    }
    this.skipped = skipped;
    this.#keys = keys;
  }

  get size(): number {
    return this.#keys.length;
  }

  /**
   * What can check a signature of `algorithm` by the key `keyId`; without an id, every key that the algorithm goes with.
   * Empty where there is none.
   */
  find(algorithm: string, keyId: string | undefined): readonly SignatureCheck[] {
    const found: SignatureCheck[] = [];
    for (const key of this.#keys) {
      if (keyId !== undefined && key.keyId !== keyId) continue;
      const check = key.checks.get(algorithm);
      if (check !== undefined && found.length < mostTried) found.push(check);
    }
    return found;
  }

  /** Whether a key has this id. */
  has(keyId: string): boolean {
    return this.#keys.some((key) => key.keyId === keyId);
  }
}

function keysOf(text: string): readonly Record<string, unknown>[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the key set is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('the key set is no JSON object');
  }
  const keys: unknown = 'keys' in value ? value.keys : 'kty' in value ? [value] : null;
  if (keys === null) throw new Error('the key set has no member keys');
  if (!Array.isArray(keys)) throw new Error('the member keys of the key set is no list');
  return keys.filter((key): key is Record<string, unknown> => typeof key === 'object' && key !== null);
}

/** The checks that a JWK allows, or why it allows none. */
function usableKey(jwk: Readonly<Record<string, unknown>>): ReadonlyMap<string, SignatureCheck> | string {
  const { kty, crv, use, alg, key_ops: operations } = jwk;
  if (use !== undefined && use !== 'sig') return 'it is not for signatures (use)';
  if (Array.isArray(operations) && !operations.includes('verify')) return 'it is not for verifying (key_ops)';
  const fitting = [...algorithms.values()].filter(
    (algorithm) =>
      algorithm.keyType === kty &&
      (algorithm.curves === undefined || algorithm.curves.includes(String(crv))) &&
      (alg === undefined || alg === algorithm.name || (alg === 'EdDSA' && algorithm.name === crv)),
  );
  if (fitting.length === 0) return `no algorithm that is accepted goes with it (kty ${String(kty)})`;
  let key: KeyObject;
  try {
    // A private key in the set gives its public part; it should not be there, but that is its owner's to mend.
    key = createPublicKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput);
  } catch {
    return 'it is malformed';
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? Infinity;
  if (bits < leastRsaBits) return `an RSA key of ${bits} bits is too short`;
  return new Map(fitting.map((algorithm) => [algorithm.name, checkWith(key, algorithm)]));
}

function checkWith(key: KeyObject, { digest, options }: Algorithm): SignatureCheck {
  const input = { key, ...options };
  return (signed, signature) => verify(digest, signed, input, signature);
}
