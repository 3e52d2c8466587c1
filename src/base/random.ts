import { randomBytes, randomUUID } from 'node:crypto';

/** A float in [0, 1), not for secrets: load balancing, jitter, sampling. */
export const random: () => number = Math.random;

/** `bytes` cryptographically strong random bytes, base64url without padding. */
export function randomToken(bytes = 16): string {
  return randomBytes(bytes).toString('base64url');
}

/** `count` cryptographically strong random bytes: keys. */
export function randomKey(count: number): Uint8Array {
  return new Uint8Array(randomBytes(count));
}

/** A version 4 UUID (RFC 9562). */
export const uuid: () => string = randomUUID;
