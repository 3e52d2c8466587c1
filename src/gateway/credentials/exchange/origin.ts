import { GatewayError } from '../../../base/errors.ts';
import type { TokenOrigin } from '../../../model/policies/backend-auth.ts';
import type { RequestHead } from '../../../net/http/message.ts';
import type { Expressions } from '../../attributes/expressions.ts';
import type { Caller } from '../../upstream/caller.ts';
import { credentialAt } from '../place.ts';

/** Finds a token of the client, for a request that is about to be sent. Throws `authenticationFailed` without one. */
export type FindToken = (head: RequestHead, caller: Caller | null) => string;

/**
 * Compiles where a client's token comes from.
 *
 * @param what What errors call it: `a token to exchange`.
 */
export function compileOrigin(origin: TokenOrigin, what: string, expressions: Expressions): FindToken {
  const find = finder(origin, expressions);
  return (head, caller) => {
    const token = find(head, caller);
    if (token !== null) return token;
    throw new GatewayError('authenticationFailed', `the request has no ${what}, which the backend needs`, {
      fields: [['www-authenticate', 'Bearer']],
    });
  };
}

function finder(
  origin: TokenOrigin,
  expressions: Expressions,
): (head: RequestHead, caller: Caller | null) => string | null {
  if (origin.kind === 'expression') {
    const text = expressions.text(origin.expression, 'request');
    return (_head, caller) => (caller === null ? null : text(caller.attributes()) || null);
  }
  // Only there did authentication surely look for the one that it took out, and what is there now nobody has checked.
  const usual = origin.kind === 'header' && origin.name === 'authorization';
  return (head, caller) => {
    // A head that was sent before has the new token in place of the client's.
    if (caller === null) return credentialAt(head, origin);
    return (usual ? caller.credential : null) ?? credentialAt(caller.request, origin);
  };
}
