import { ProvedFacts } from '../../authentication/facts.ts';
import type { Claims } from '../../tokens/claims.ts';
import type { Principal } from '../../principal.ts';

/** What a browser carries, sealed; times in milliseconds since the epoch. */
export interface SessionData {
  /** Names the session for as long as it lasts, whatever is renewed: 64 random bits, base64url. */
  readonly id: string;
  readonly idToken: string;
  readonly refreshToken: string | null;
  readonly signedInMs: number;
  /** When its tokens were last renewed. */
  readonly renewedMs: number;
  /** When they end. */
  readonly expiresMs: number;
}

/** A session as requests use it. */
export interface Session extends SessionData {
  readonly claims: Claims;
  readonly principal: Principal;
  /** `jwt` of expressions. */
  readonly fact: ProvedFacts;
  /** The id as a mark of the sessions that ended. */
  readonly mark: bigint;
}

/** The text that is sealed. */
export function encodeSession(data: SessionData): string {
  const { id, idToken, refreshToken, signedInMs, renewedMs, expiresMs } = data;
  return JSON.stringify([id, idToken, refreshToken, signedInMs, renewedMs, expiresMs]);
}

/** The session in a text that {@link encodeSession} made. Null for one of another version. */
export function decodeSession(text: string): SessionData | null {
  const [id, idToken, refreshToken, signedInMs, renewedMs, expiresMs] = JSON.parse(text) as unknown[];
  if (typeof id !== 'string' || typeof idToken !== 'string') return null;
  if (refreshToken !== null && typeof refreshToken !== 'string') return null;
  if (typeof signedInMs !== 'number' || typeof renewedMs !== 'number' || typeof expiresMs !== 'number') return null;
  return { id, idToken, refreshToken, signedInMs, renewedMs, expiresMs };
}

/** What requests of a session need. The ID token was verified before the session was sealed. */
export function openSession(data: SessionData, issuer: string): Session {
  const claims = claimsOf(data.idToken);
  // No subject is ambiguous with an issuer's end: a blank in an issuer is written as a URI has it.
  const id = `oidc:${issuer.replaceAll(' ', '%20')} ${String(claims['sub'])}`;
  return {
    ...data,
    claims,
    principal: { kind: 'oidc', id, issuer, claims },
    fact: new ProvedFacts(claims, 'rawToken', data.idToken),
    mark: Buffer.from(data.id, 'base64url').readBigUInt64BE(),
  };
}

function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.', 2)[1] ?? '', 'base64url').toString()) as Claims;
}
