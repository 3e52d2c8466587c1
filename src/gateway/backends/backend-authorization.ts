import type { AuthorizationSpec } from '../../model/policies/authorization.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { checkRules, compileHttpCheck } from '../authorization/http-check.ts';
import { joinAuthorizers } from '../authorization/joined-authorizer.ts';
import { compileAuthorization, type AuthorizationContext } from '../authorization/place-authorization.ts';
import type { Exchange } from '../exchange.ts';
import type { CompiledBackend } from './backend.ts';
import type { BackendGuard } from './guarded.ts';

/** What compiling needs of the worker. */
export interface BackendAuthorizationContext extends AuthorizationContext {
  /** Those of the snapshot, by their places. */
  readonly authorizers: Map<string, Authorizer>;
}

/** Refuses requests that the rules and Cedar policies of a backend, those of all levels together, do not allow. */
export function backendAuthorization(
  spec: AuthorizationSpec,
  backend: Pick<CompiledBackend, 'authorizes'>,
  context: BackendAuthorizationContext,
): BackendGuard {
  const { authorizers } = context;
  // A backend may be used several times; all workers compile these in the same order.
  const place = spec.cedar === undefined ? context.place : `${context.place} ${authorizers.size}`;
  const { rules, cedar } = compileAuthorization(spec, { ...context, place });
  if (cedar !== null) authorizers.set(place, cedar);
  const byCedar = cedar === null ? null : checkCedar(cedar, backend.authorizes === true);
  return {
    policy: {
      kind: 'authorization',
      request: function authorizeBackend(x): undefined {
        if (rules !== null) checkRules(x, rules, 'this backend');
        byCedar?.(x);
      },
      response: null,
    },
  };
}

/** @param asks The backend asks itself who may do what, once it knows what a request is for. */
function checkCedar(authorizer: Authorizer, asks: boolean): (x: Exchange) => void {
  const check = compileHttpCheck(authorizer);
  if (!asks) return (x) => check(x, false);
  const joined = new WeakMap<Authorizer, Authorizer>();
  const withRoute = (route: Authorizer): Authorizer => {
    let both = joined.get(route);
    if (both === undefined) joined.set(route, (both = joinAuthorizers([route, authorizer])));
    return both;
  };
  return (x) => {
    x.authorizer = x.authorizer === null ? authorizer : withRoute(x.authorizer);
    check(x, true);
  };
}
