import type { Claims } from '../../tokens/claims.ts';
import type { ReadyProvider } from './provider.ts';

/** What an ID token must say beside what every token must. */
export interface Expected {
  readonly clientId: string;
  /** Of the request that it answers; null: it answers none, or may leave it out. */
  readonly nonce: string | null;
  /** Who it must speak of; null: anybody. */
  readonly subject: string | null;
}

/**
 * The claims of an ID token that is valid (OpenID Connect Core 1.0 §3.1.3.7, §12.2), or in words what is wrong with it.
 * Rejects with `authenticationUnavailable` where the provider's keys cannot be had.
 */
export async function verifyIdToken(
  token: string,
  provider: Pick<ReadyProvider, 'verifier'>,
  expected: Expected,
): Promise<Claims | string> {
  const verified = await provider.verifier.verify(token);
  if (typeof verified === 'string') return verified;
  const { claims } = verified;
  const { aud, azp, nonce, sub } = claims;
  if (Array.isArray(aud) && aud.length > 1 && azp === undefined) return 'it is for several audiences and has no azp';
  if (azp !== undefined && azp !== expected.clientId) return 'it was issued to another client (azp)';
  if (expected.nonce !== null && nonce !== expected.nonce) return 'it answers another request (nonce)';
  if (typeof sub !== 'string' || sub === '') return 'its subject is no text';
  if (expected.subject !== null && sub !== expected.subject) return 'it speaks of another user (sub)';
  return claims;
}
