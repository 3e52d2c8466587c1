import { hash } from 'node:crypto';
import { wallMs } from '../../base/clock.ts';
import { GatewayError } from '../../base/errors.ts';
import { LruMap } from '../../base/lru.ts';
import { claimProblem, timeProblem, validityOf, type ClaimRules, type Claims, type Validity } from './claims.ts';
import { maximumTokenLength, readToken, type TokenProblem, type UnverifiedToken } from './compact.ts';
import type { KeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';

/** An issuer whose tokens are taken. */
export interface TokenIssuer {
  readonly rules: ClaimRules;
  readonly keys: KeySource;
}

/** A token that was verified. */
export interface VerifiedToken extends Validity {
  readonly issuer: string;
  readonly claims: Claims;
  /** Who the token speaks of, unique among the issuer's tokens. */
  readonly subject: string;
}

interface Entry {
  readonly token: VerifiedToken;
  readonly issuer: TokenIssuer;
  /** What it was verified with: other keys make it unverified. */
  readonly keys: KeySet;
}

/** Tokens remembered by one verifier; about a kilobyte each. */
const cachedTokens = 10_000;

/**
 * Verifies access tokens of some issuers. A token that is verified is remembered by its digest until it ends or its
 * issuer's keys change; it is itself not kept. Signatures are checked at once and not on a thread: a check takes less
 * time than the way there and back.
 */
export class TokenVerifier {
  readonly #issuers: ReadonlyMap<string, readonly TokenIssuer[]>;
  readonly #cache: LruMap<string, Entry>;
  readonly #now: () => number;

  constructor(issuers: readonly TokenIssuer[], now: () => number = wallMs) {
    this.#issuers = Map.groupBy(issuers, ({ rules }) => rules.issuer);
    this.#cache = new LruMap(cachedTokens);
    this.#now = now;
  }

  /**
   * The verified token, or what is wrong with it. A promise only while keys are fetched. Throws or rejects with
   * `authenticationUnavailable` where there are no keys.
   */
  verify(token: string): VerifiedToken | TokenProblem | Promise<VerifiedToken | TokenProblem> {
    if (token.length > maximumTokenLength) return `the token is longer than ${maximumTokenLength} characters`;
    const digest = hash('sha256', token, 'base64');
    const now = this.#now();
    const entry = this.#cache.get(digest);
    if (entry !== undefined) {
      if (entry.issuer.keys.current() === entry.keys) {
        const problem = timeProblem(entry.token, now);
        if (problem === undefined) return entry.token;
      }
      this.#cache.delete(digest);
    }
    const unverified = readToken(token);
    if (typeof unverified === 'string') return unverified;
    const issuers = this.#issuers.get(String(unverified.claims['iss']));
    if (issuers === undefined) return 'the token is of an issuer that is not trusted here';
    return this.#try(unverified, digest, issuers, 0);
  }

  /** Several issuers of one name differ in audiences or keys: the first that takes the token counts. */
  #try(
    token: UnverifiedToken,
    digest: string,
    issuers: readonly TokenIssuer[],
    index: number,
  ): VerifiedToken | TokenProblem | Promise<VerifiedToken | TokenProblem> {
    const issuer = issuers[index];
    if (issuer === undefined) throw new GatewayError('internal');
    const orNext = (result: VerifiedToken | TokenProblem): ReturnType<TokenVerifier['verify']> =>
      typeof result === 'string' && index + 1 < issuers.length ? this.#try(token, digest, issuers, index + 1) : result;
    const result = this.#check(token, digest, issuer);
    return result instanceof Promise ? result.then(orNext) : orNext(result);
  }

  #check(
    token: UnverifiedToken,
    digest: string,
    issuer: TokenIssuer,
  ): VerifiedToken | TokenProblem | Promise<VerifiedToken | TokenProblem> {
    const problem = claimProblem(token.claims, issuer.rules);
    if (problem !== undefined) return problem;
    const validity = validityOf(token.claims, issuer.rules.leewayMs);
    if (typeof validity === 'string') return validity;
    const late = timeProblem(validity, this.#now());
    if (late !== undefined) return late;
    const keys = issuer.keys.current();
    if (keys instanceof Promise)
      return keys.then((fetched) => this.#withKeys(token, digest, issuer, validity, fetched));
    return this.#withKeys(token, digest, issuer, validity, keys);
  }

  #withKeys(
    token: UnverifiedToken,
    digest: string,
    issuer: TokenIssuer,
    validity: Validity,
    keys: KeySet,
  ): VerifiedToken | TokenProblem | Promise<VerifiedToken | TokenProblem> {
    const { keyId } = token;
    if (keyId === undefined || keys.has(keyId)) return this.#signed(token, digest, issuer, validity, keys);
    // The issuer may have begun to use a key that it had not when it was last asked.
    const renewed = issuer.keys.renewed();
    return renewed === null
      ? unknownKey
      : renewed.then(
          (fetched) => (fetched.has(keyId) ? this.#signed(token, digest, issuer, validity, fetched) : unknownKey),
          // The keys that are there serve on: of them, none is the one that the token names.
          () => unknownKey,
        );
  }

  #signed(
    token: UnverifiedToken,
    digest: string,
    issuer: TokenIssuer,
    validity: Validity,
    keys: KeySet,
  ): VerifiedToken | TokenProblem {
    const checks = keys.find(token.algorithm, token.keyId);
    if (checks.length === 0) return 'the algorithm of the token (alg) does not go with the key';
    if (!checks.some((check) => check(token.signed, token.signature))) return 'the signature of the token is wrong';
    const verified: VerifiedToken = {
      ...validity,
      issuer: issuer.rules.issuer,
      claims: token.claims,
      subject: subjectOf(token.claims, digest),
    };
    this.#cache.set(digest, { token: verified, issuer, keys });
    return verified;
  }
}

const unknownKey: TokenProblem = 'the token is signed with a key that its issuer does not list';

/** The subject; where there is none, a token speaks only of itself. */
function subjectOf(claims: Claims, digest: string): string {
  const { sub } = claims;
  return typeof sub === 'string' && sub !== '' ? sub : `token:${digest.slice(0, 22)}`;
}
