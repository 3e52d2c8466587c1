import type { Exchange } from '../exchange.ts';
import { strongerOf } from '../principal.ts';
import type { VerifiedToken } from '../tokens/verifier.ts';
import { ProvedFacts } from './facts.ts';

/** Makes known whom a verified token speaks of. */
export function acceptToken(x: Exchange, { issuer, subject, claims }: VerifiedToken, token: string): void {
  x.setFact('jwt', new ProvedFacts(claims, 'rawToken', token));
  // No subject is ambiguous with an issuer's end: a blank in an issuer is written as a URI has it.
  const id = `jwt:${issuer.replaceAll(' ', '%20')} ${subject}`;
  x.principal = strongerOf(x.principal, { kind: 'jwt', id, issuer, claims });
  x.credential = token;
}
