import type { JwtAuthSpec, JwtIssuerSpec } from '../../../model/policies/authentication.ts';
import { authentication } from '../../authentication/authenticate.ts';
import { challengeFor, quoted, refusal } from '../../authentication/challenge.ts';
import { ProvedFacts } from '../../authentication/facts.ts';
import type { Exchange } from '../../exchange.ts';
import { strongerOf } from '../../principal.ts';
import { fixedKeys, type KeySource } from '../../tokens/key-source.ts';
import { KeySet } from '../../tokens/key-set.ts';
import { TokenVerifier, type VerifiedToken } from '../../tokens/verifier.ts';
import type { PolicyContext, PolicyFactory } from '../policy.ts';

/** Clients prove who they are with a JWT of an issuer that is trusted. */
export const jwtAuth: PolicyFactory<'jwtAuth'> = {
  kind: 'jwtAuth',
  compile(spec, context) {
    const verifier = compileVerifier(spec.issuers, context);
    const challenge = challengeFor(spec.sources, 'Bearer');
    return authentication<VerifiedToken>('jwtAuth', spec, context, {
      check: (credential) => verifier.verify(credential),
      accept: acceptToken,
      refuse: (problem) =>
        problem === null
          ? refusal(challenge, 'a token is missing: send a JWT as the route expects it', '')
          : refusal(challenge, problem, `error="invalid_token", error_description=${quoted(problem)}`),
    });
  },
};

/** Who verifies tokens of these issuers. Throws a readable Error for keys that are none. */
export function compileVerifier(
  issuers: JwtAuthSpec['issuers'],
  context: Pick<PolicyContext, 'keys' | 'log'>,
): TokenVerifier {
  return new TokenVerifier(
    issuers.map((issuer) => ({
      rules: {
        issuer: issuer.issuer,
        ...(issuer.audiences === undefined ? {} : { audiences: issuer.audiences }),
        requiredClaims: issuer.requiredClaims,
        leewayMs: issuer.leewayMs,
      },
      keys: keysOf(issuer, context),
    })),
  );
}

function keysOf({ issuer, keys }: JwtIssuerSpec, context: Pick<PolicyContext, 'keys' | 'log'>): KeySource {
  if (keys.kind === 'url') return context.keys(keys.url);
  try {
    const set = new KeySet(keys.text);
    for (const { keyId, why } of set.skipped) {
      context.log.warn('a key of a key set is not used', { issuer, kid: keyId, why });
    }
    return fixedKeys(set);
  } catch (error) {
    throw new Error(`jwks of ${issuer}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Makes known whom a token speaks of. */
export function acceptToken(x: Exchange, { issuer, subject, claims }: VerifiedToken, token: string): void {
  x.setFact('jwt', new ProvedFacts(claims, 'rawToken', token));
  // No subject is ambiguous with an issuer's end: a blank in an issuer is written as a URI has it.
  const id = `jwt:${issuer.replaceAll(' ', '%20')} ${subject}`;
  x.principal = strongerOf(x.principal, { kind: 'jwt', id, issuer, claims });
  x.credential = token;
}
