import type { TokenProblem } from './compact.ts';

/** A token's claims (RFC 7519 §4). */
export type Claims = Readonly<Record<string, unknown>>;

/** What must be true of the claims of an issuer's tokens. */
export interface ClaimRules {
  readonly issuer: string;
  /** The token must name one of them; absent: any audience. */
  readonly audiences?: readonly string[];
  readonly requiredClaims: readonly string[];
  /** How far clocks may differ. */
  readonly leewayMs: number;
}

/** When a token is good, in milliseconds since the epoch, leeway included. */
export interface Validity {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** When the claims say that the token is good; a text: they say it in a wrong way. */
export function validityOf(claims: Claims, leewayMs: number): Validity | TokenProblem {
  const { exp, nbf } = claims;
  if (exp !== undefined && !isTime(exp)) return 'the claim exp is no number';
  if (nbf !== undefined && !isTime(nbf)) return 'the claim nbf is no number';
  return {
    fromMs: nbf === undefined ? -Infinity : nbf * 1000 - leewayMs,
    untilMs: exp === undefined ? Infinity : exp * 1000 + leewayMs,
  };
}

/** Whether the claims, apart from times, are right; a text says what is not. */
export function claimProblem(claims: Claims, rules: ClaimRules): TokenProblem | undefined {
  if (claims['iss'] !== rules.issuer) return 'the token is of another issuer';
  for (const name of rules.requiredClaims) {
    if (!Object.hasOwn(claims, name) || claims[name] === null) return `the token lacks the claim ${name}`;
  }
  const { audiences } = rules;
  if (audiences !== undefined && !namesOneOf(claims['aud'], audiences)) return 'the token is for another audience';
  return undefined;
}

/** Whether `aud` (a text or a list, RFC 7519 §4.1.3) names one of the audiences. */
export function namesOneOf(aud: unknown, audiences: readonly string[]): boolean {
  if (typeof aud === 'string') return audiences.includes(aud);
  return Array.isArray(aud) && aud.some((entry) => typeof entry === 'string' && audiences.includes(entry));
}

/** What is wrong with the time, if anything. */
export function timeProblem({ fromMs, untilMs }: Validity, now: number): TokenProblem | undefined {
  if (now >= untilMs) return 'the token has expired';
  return now < fromMs ? 'the token is not valid yet' : undefined;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
