import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/**
 * Secrets are compared here and nowhere else (lint forbids `timingSafeEqual` outside of `base/`): in constant time, or by
 * looking up a digest, whose order tells nothing about the secret.
 */

/** SHA-256 of a secret as 64 hex digits, lower case: what keys are looked up by. */
export function secretDigest(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** A short form of a digest that may be shown: 64 bits of SHA-256. */
export function digestPrefix(digest: string): string {
  return digest.slice(0, 16);
}

/** HMAC-SHA256, base64url: a digest that says nothing to who has not the key. */
export function keyedDigest(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** Compares in a time that depends on the length only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
