import type { Authorizer } from '../../authorization/authorizer.ts';
import { checkRules, compileHttpCheck } from '../../authorization/http-check.ts';
import { compileAuthorization } from '../../authorization/place-authorization.ts';
import type { Exchange } from '../../exchange.ts';
import { joinAuthorization } from '../../../model/policies/join-authorization.ts';
import type { PolicyContext, PolicyFactory } from '../policy.ts';

/** Refuses requests that rules or Cedar policies do not allow; those of all levels count together. */
export const authorization: PolicyFactory<'authorization'> = {
  kind: 'authorization',
  merge: joinAuthorization,
  compile(spec, context) {
    const { authorizers } = context;
    // One route may stand at several listeners; all workers compile them in the same order.
    const place = spec.cedar === undefined ? context.place : `${context.place} ${authorizers.size}`;
    const { rules, cedar } = compileAuthorization(spec, { ...context, place });
    const byCedar = cedar === null ? null : checkCedar(cedar, context);
    return {
      kind: 'authorization',
      request: function authorizeRequest(x): undefined {
        if (rules !== null) checkRules(x, rules, 'this route');
        byCedar?.(x);
      },
      response: null,
    };
  },
};

function checkCedar(authorizer: Authorizer, { phase, authorizers }: PolicyContext): (x: Exchange) => void {
  const check = compileHttpCheck(authorizer);
  if (phase === 'gateway') return (x) => check(x, false);
  for (const place of authorizer.places) authorizers.set(place, authorizer);
  return (x) => {
    x.authorizer = authorizer;
    check(x, x.route?.authorizes === true);
  };
}
