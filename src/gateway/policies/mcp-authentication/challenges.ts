import { GatewayError } from '../../../base/errors.ts';
import type { McpAuthenticationSpec } from '../../../model/policies/mcp-authentication.ts';
import { challengeFor, quoted, refusal, type Challenge } from '../../authentication/challenge.ts';
import type { Exchange } from '../../exchange.ts';
import { publicOrigin, resourceWellKnown } from './public-url.ts';

/** How clients are told that they need a token, or one with more scopes (MCP, "Authorization"; RFC 6750 §3). */
export class Challenges {
  readonly #challenge: Challenge;
  readonly #resource: unknown;
  readonly #first: readonly string[];

  /** @param first The scopes that clients are to ask for when they have no token yet. */
  constructor({ sources, resourceMetadata }: McpAuthenticationSpec, first: readonly string[]) {
    this.#challenge = challengeFor(sources, 'Bearer');
    this.#resource = resourceMetadata['resource'];
    this.#first = first;
  }

  /** For a request without a good token. @param problem Of the one that it has; null: it has none. */
  unauthenticated(problem: string | null, x: Exchange, scopes: readonly string[] = this.#first): GatewayError {
    const parameters = this.#parameters(x, scopes);
    if (problem !== null) parameters.push('error="invalid_token"', `error_description=${quoted(problem)}`);
    const message = problem ?? 'a token is missing: sign in at the authorization server';
    return refusal(this.#challenge, message, parameters.join(', '));
  }

  /** For a request that takes all these scopes, with a token that has not all of them, or without one. */
  insufficient(scopes: readonly string[], x: Exchange): GatewayError {
    if (x.fact('jwt') === undefined) return this.unauthenticated(null, x, scopes);
    const { field, scheme } = this.#challenge;
    const message = `this takes a token with the scope ${scopes.join(' ')}`;
    const parameters = [
      'error="insufficient_scope"',
      ...this.#parameters(x, scopes),
      `error_description=${quoted(message)}`,
    ];
    return new GatewayError('authorizationFailed', message, {
      fields: [[field, `${scheme} ${parameters.join(', ')}`]],
    });
  }

  #parameters(x: Exchange, scopes: readonly string[]): string[] {
    const path = x.record.path.replace(/\/$/, '');
    const metadata = `resource_metadata=${quoted(`${publicOrigin(x, this.#resource)}${resourceWellKnown}${path}`)}`;
    return scopes.length === 0 ? [metadata] : [metadata, `scope=${quoted(scopes.join(' '))}`];
  }
}
