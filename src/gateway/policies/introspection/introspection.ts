import { authentication } from '../../authentication/authenticate.ts';
import { challengeFor, quoted, refusal } from '../../authentication/challenge.ts';
import { ProvedFacts } from '../../authentication/facts.ts';
import { Introspector, type ActiveToken } from '../../tokens/introspector.ts';
import { strongerOf } from '../../principal.ts';
import { createCall } from '../../upstream/call.ts';
import type { PolicyFactory } from '../policy.ts';

/** Clients prove who they are with a token that its authorization server says is active. */
export const introspection: PolicyFactory<'introspection'> = {
  kind: 'introspection',
  compile(spec, context) {
    const introspector = new Introspector(spec, createCall(context.helper(spec.server)), context.log);
    const challenge = challengeFor(spec.sources, 'Bearer');
    return authentication<ActiveToken>('introspection', spec, context, {
      root: 'jwt',
      check: (credential) => introspector.check(credential),
      accept(x, { claims, issuer, id }, token) {
        // Rules need not know how a token was checked.
        x.setFact('jwt', new ProvedFacts(claims, 'rawToken', token));
        x.principal = strongerOf(x.principal, {
          kind: 'introspection',
          id,
          issuer,
          claims,
        });
        x.credential = token;
      },
      refuse: (problem) =>
        problem === null
          ? refusal(challenge, 'a token is missing: send an access token as the route expects it', '')
          : refusal(challenge, problem, `error="invalid_token", error_description=${quoted(problem)}`),
    });
  },
};
