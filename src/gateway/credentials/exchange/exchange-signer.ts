import { hash } from 'node:crypto';
import { GatewayError } from '../../../base/errors.ts';
import type {
  CrossAppSpec,
  TokenEndpointSpec,
  TokenExchangeSpec,
  TokenOrigin,
} from '../../../model/policies/backend-auth.ts';
import type { RequestHead } from '../../../net/http/message.ts';
import type { Expressions } from '../../attributes/expressions.ts';
import type { Caller } from '../../upstream/caller.ts';
import type { RequestSigner } from '../../upstream/upstream.ts';
import type { TokenEndpoint } from '../oauth/token-endpoint.ts';
import { bearer, compilePut, dropCredential } from '../place.ts';
import { crossDomain, exchange, type Presented } from './grants.ts';
import { checkMayAct } from './may-act.ts';
import { compileOrigin, type FindToken } from './origin.ts';
import type { TokenCache } from './token-cache.ts';

/** What signers with exchanged tokens need. */
export interface ExchangePorts {
  readonly expressions: Expressions;
  readonly cache: TokenCache;
  endpoint(spec: TokenEndpointSpec): TokenEndpoint;
}

/** Signs with a token that a token endpoint gives for the client's. */
export function tokenExchangeSigner(spec: TokenExchangeSpec, ports: ExchangePorts): RequestSigner {
  const { cache, expressions } = ports;
  const endpoint = ports.endpoint(spec.endpoint);
  const put = compilePut(spec.location ?? bearer);
  const subjectOf = compileOrigin(spec.subject.origin, 'token to exchange', expressions);
  const actor = spec.actor === undefined ? null : compileOrigin(spec.actor.origin, 'token of an actor', expressions);
  const parameters = [...spec.parameters].map(
    ([name, expression]) => [name, expressions.text(expression, 'request')] as const,
  );
  const used = origins(spec.subject.origin, spec.actor?.origin);

  function present(head: RequestHead, caller: Caller | null): Presented {
    const subject = subjectOf(head, caller);
    const acting = actor === null ? null : actor(head, caller);
    if (acting !== null && spec.actor?.enforceMayAct === true) checkMayAct(subject, acting);
    return { subject, actor: acting, parameters: computed(parameters, caller) };
  }

  return {
    coversBody: false,
    sign(head, _body, caller) {
      const presented = present(head, caller);
      const token = cache.get(
        digest(presented),
        (signal) => exchange(endpoint, spec, presented, signal),
        secretsOf(presented),
      );
      return token instanceof Promise ? token.then((fetched) => finish(head, fetched)) : finish(head, token);
    },
  };

  function finish(head: RequestHead, token: string): void {
    for (const place of used) dropCredential(head, place);
    put(head, token);
  }
}

/** Signs with a token of another domain, for which the user's provider vouches. */
export function crossAppSigner(spec: CrossAppSpec, ports: ExchangePorts): RequestSigner {
  const provider = ports.endpoint(spec.identityProvider);
  const server = ports.endpoint(spec.authorizationServer);
  const put = compilePut(bearer);
  const subjectOf: FindToken = compileOrigin(spec.subject.origin, 'token of its user', ports.expressions);
  const used = origins(spec.subject.origin);
  const finish = (head: RequestHead, token: string): void => {
    for (const place of used) dropCredential(head, place);
    put(head, token);
  };
  return {
    coversBody: false,
    sign(head, _body, caller) {
      const subject = subjectOf(head, caller);
      const token = ports.cache.get(
        digest({ subject, actor: null, parameters: [] }),
        (signal) => crossDomain(provider, server, spec, subject, signal),
        [subject],
      );
      return token instanceof Promise ? token.then((fetched) => finish(head, fetched)) : finish(head, token);
    },
  };
}

/** Where tokens stood that are not for the backend. */
function origins(
  ...all: readonly (TokenOrigin | undefined)[]
): readonly Exclude<TokenOrigin, { kind: 'expression' }>[] {
  return all.filter((origin) => origin !== undefined && origin.kind !== 'expression');
}

function computed(
  parameters: readonly (readonly [string, (attributes: ReturnType<Caller['attributes']>) => string | undefined])[],
  caller: Caller | null,
): [string, string][] {
  if (parameters.length === 0) return [];
  const attributes = caller?.attributes();
  return parameters.map(([name, text]) => {
    const value = attributes === undefined ? undefined : text(attributes);
    if (value !== undefined) return [name, value];
    throw new GatewayError('expressionFailed', `the parameter ${name} of the token request could not be computed`);
  });
}

function digest(presented: Presented): string {
  return hash('sha256', JSON.stringify([presented.subject, presented.actor, presented.parameters]), 'base64url');
}

function secretsOf({ subject, actor }: Presented): readonly string[] {
  return actor === null ? [subject] : [subject, actor];
}
