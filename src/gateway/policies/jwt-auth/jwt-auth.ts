import { acceptToken } from '../../authentication/accept-token.ts';
import { authentication } from '../../authentication/authenticate.ts';
import { challengeFor, quoted, refusal } from '../../authentication/challenge.ts';
import { documentKeys } from '../../tokens/document-keys.ts';
import { TokenVerifier, type VerifiedToken } from '../../tokens/verifier.ts';
import type { PolicyFactory } from '../policy.ts';

/** Clients prove who they are with a JWT of an issuer that is trusted. */
export const jwtAuth: PolicyFactory<'jwtAuth'> = {
  kind: 'jwtAuth',
  compile(spec, context) {
    const verifier = new TokenVerifier(
      spec.issuers.map(({ keys, ...rules }) => ({ rules, keys: documentKeys(rules.issuer, keys, context) })),
    );
    const challenge = challengeFor(spec.sources, 'Bearer');
    return authentication<VerifiedToken>('jwtAuth', spec, context, {
      root: 'jwt',
      check: (credential) => verifier.verify(credential),
      accept: acceptToken,
      refuse: (problem) =>
        problem === null
          ? refusal(challenge, 'a token is missing: send a JWT as the route expects it', '')
          : refusal(challenge, problem, `error="invalid_token", error_description=${quoted(problem)}`),
    });
  },
};
