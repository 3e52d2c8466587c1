import type { McpAuthenticationSpec } from '../../../model/policies/mcp-authentication.ts';
import { acceptToken } from '../../authentication/accept-token.ts';
import { authentication } from '../../authentication/authenticate.ts';
import { challengeFor, quoted, refusal } from '../../authentication/challenge.ts';
import type { Exchange } from '../../exchange.ts';
import { TokenVerifier, type VerifiedToken } from '../../tokens/verifier.ts';
import { documentKeys } from '../../tokens/document-keys.ts';
import type { LocalReply, PolicyContext, PolicyFactory, Verdict } from '../policy.ts';
import { AuthorizationServer } from './authorization-server.ts';
import { isAdapted, resourceDocument, serverDocument } from './documents.ts';
import { authorize, register, token } from './endpoints.ts';
import { pathAfter, publicOrigin, resourceWellKnown, serverWellKnown } from './public-url.ts';
import { providerTraits } from './providers.ts';
import { openJson, oauthError, preflight } from './replies.ts';

/** Seconds that clients may keep metadata. */
const metadataAge = 300;

/** OAuth for MCP servers (MCP, "Authorization"): tells clients where tokens come from, and verifies those that they bring. */
export const mcpAuthentication: PolicyFactory<'mcpAuthentication'> = {
  kind: 'mcpAuthentication',
  compile(spec, context) {
    const server = new AuthorizationServer(spec, context);
    context.onRelease(() => server.close());
    const checked = authentication<VerifiedToken>('mcpAuthentication', spec, context, {
      root: 'jwt',
      ...scheme(spec),
      check: verifierOf(spec, server, context),
    });
    const documents = new Documents(spec, server, context);
    return {
      kind: 'mcpAuthentication',
      request: (x) => (x.request.path.startsWith('/.well-known/') ? documents.answer(x) : checked.request?.(x)),
      response: null,
    };
  },
};

function verifierOf(
  spec: McpAuthenticationSpec,
  server: AuthorizationServer,
  context: PolicyContext,
): (credential: string) => ReturnType<TokenVerifier['verify']> {
  const { issuer, audiences, requiredClaims, leewayMs, keys } = spec;
  const rules = { issuer, audiences, requiredClaims, leewayMs };
  const verifier = new TokenVerifier([
    { rules, keys: keys === undefined ? server : documentKeys(issuer, keys, context) },
  ]);
  return (credential) => verifier.verify(credential);
}

function scheme(spec: McpAuthenticationSpec): {
  accept: typeof acceptToken;
  refuse: (problem: string | null, x: Exchange) => ReturnType<typeof refusal>;
} {
  const challenge = challengeFor(spec.sources, 'Bearer');
  const { resource, scopes_supported: scopes } = spec.resourceMetadata;
  const wanted = Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : [];
  return {
    accept: acceptToken,
    refuse(problem, x) {
      const url = `${publicOrigin(x, resource)}${resourceWellKnown}${x.request.path.replace(/\/$/, '')}`;
      const parameters = [`resource_metadata=${quoted(url)}`];
      if (wanted.length > 0) parameters.push(`scope=${quoted(wanted.join(' '))}`);
      if (problem !== null) parameters.push('error="invalid_token"', `error_description=${quoted(problem)}`);
      return refusal(
        challenge,
        problem ?? 'a token is missing: sign in at the authorization server',
        parameters.join(', '),
      );
    },
  };
}

/** What the gateway says of itself and of the authorization server, to anybody. */
class Documents {
  readonly #spec: McpAuthenticationSpec;
  readonly #server: AuthorizationServer;
  readonly #context: PolicyContext;

  constructor(spec: McpAuthenticationSpec, server: AuthorizationServer, context: PolicyContext) {
    this.#spec = spec;
    this.#server = server;
    this.#context = context;
  }

  answer(x: Exchange): Verdict {
    const { path, method } = x.request;
    const origin = publicOrigin(x, this.#spec.resourceMetadata['resource']);
    const resource = pathAfter(resourceWellKnown, path);
    const server = pathAfter(serverWellKnown, path);
    if (resource === null && server === null) return notFound();
    if (method === 'OPTIONS') return preflight();
    if (resource !== null) {
      if (method !== 'GET' && method !== 'HEAD') return notAllowed();
      return openJson(200, resourceDocument(this.#spec, origin, resource), metadataAge);
    }
    return this.#aboutServer(x, origin, server ?? '');
  }

  async #aboutServer(x: Exchange, origin: string, rest: string): Promise<LocalReply> {
    const spec = this.#spec;
    const { method } = x.request;
    const metadata = await this.#server.metadata();
    const [, path = '', action] = /^(.*?)(?:\/(client-registration|authorize|token))?$/.exec(rest) ?? [];
    if (action === undefined) {
      if (method !== 'GET' && method !== 'HEAD') return notAllowed();
      return openJson(200, serverDocument(spec, metadata, origin, path), metadataAge);
    }
    if (!isAdapted(spec)) return notFound();
    if (action === 'client-registration') {
      return method === 'POST' ? register(x, spec, metadata, this.#context.fetch) : notAllowed();
    }
    if (spec.provider === undefined || providerTraits[spec.provider].refusesResource !== true) return notFound();
    if (action === 'authorize') return method === 'GET' ? authorize(x, metadata) : notAllowed();
    return method === 'POST' ? token(x, spec, metadata, this.#context.fetch) : notAllowed();
  }
}

function notFound(): LocalReply {
  return oauthError(404, 'not_found', 'there is nothing here');
}

function notAllowed(): LocalReply {
  return oauthError(405, 'invalid_request', 'this method is not allowed here');
}
