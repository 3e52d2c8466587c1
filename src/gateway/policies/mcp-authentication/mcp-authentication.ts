import type { McpAuthenticationSpec } from '../../../model/policies/mcp-authentication.ts';
import type { ResponseHead } from '../../../net/http/message.ts';
import { acceptToken } from '../../authentication/accept-token.ts';
import { authentication } from '../../authentication/authenticate.ts';
import { McpScopes } from '../../authorization/mcp-scopes.ts';
import type { Exchange } from '../../exchange.ts';
import { TokenVerifier, type VerifiedToken } from '../../tokens/verifier.ts';
import { documentKeys } from '../../tokens/document-keys.ts';
import type { LocalReply, Policy, PolicyContext, PolicyFactory, Verdict } from '../policy.ts';
import { AuthorizationServer } from './authorization-server.ts';
import { Challenges } from './challenges.ts';
import { isAdapted, resourceDocument, resourceMembers, serverDocument } from './documents.ts';
import { authorize, register, token } from './endpoints.ts';
import { pathAfter, publicOrigin, resourceWellKnown, serverWellKnown } from './public-url.ts';
import { providerTraits } from './providers.ts';
import { openJson, oauthError, preflight } from './replies.ts';

/** Seconds that clients may keep metadata. */
const metadataAge = 300;

/**
 * OAuth for MCP servers (MCP, "Authorization"): tells clients where tokens come from, and verifies those that they bring.
 * The backend knows what a request is about; where it takes more scopes than the token has, its answer becomes a challenge.
 */
export const mcpAuthentication: PolicyFactory<'mcpAuthentication'> = {
  kind: 'mcpAuthentication',
  compile(spec, context) {
    const server = new AuthorizationServer(spec, context);
    context.onRelease(() => server.close());
    const scopes = new McpScopes(spec.scopes);
    const metadata = resourceMembers(spec.resourceMetadata, scopes.always);
    const challenges = new Challenges(spec, textsOf(metadata['scopes_supported']));
    const checked = authentication<VerifiedToken>('mcpAuthentication', spec, context, {
      root: 'jwt',
      accept: acceptToken,
      refuse: (problem, x) => challenges.unauthenticated(problem, x),
      check: verifierOf(spec, server, context),
    });
    const documents = new Documents({ ...spec, resourceMetadata: metadata }, server, context);
    const authenticate = scopes.always.length === 0 ? checked.request : thenScopes(checked.request, scopes, challenges);
    return {
      kind: 'mcpAuthentication',
      request: (x) => (x.request.path.startsWith('/.well-known/') ? documents.answer(x) : authenticate?.(x)),
      response: scopes.byItem ? (x, head) => challenge(x, head, challenges) : null,
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

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Lets pass what `before` lets pass and has a token with the scopes that every request takes. */
function thenScopes(before: Policy['request'], scopes: McpScopes, challenges: Challenges): (x: Exchange) => Verdict {
  const check = (x: Exchange): undefined => {
    const lacked = scopes.lacked(x, null);
    if (lacked !== null) throw challenges.insufficient(lacked, x);
  };
  return (x) => {
    const verdict = before?.(x);
    return verdict instanceof Promise ? verdict.then(() => check(x)) : check(x);
  };
}

/** Makes the answer to a request that takes more scopes than its token has one that its client can act upon. */
function challenge(x: Exchange, head: ResponseHead, challenges: Challenges): void {
  const lacked = x.record.mcp?.lackedScopes;
  if (lacked === undefined || head.status !== 403) return;
  const { status, fields } = challenges.insufficient(lacked, x);
  head.status = status;
  for (const [name, value] of fields) head.headers.append(name, value);
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
      if (!isAdapted(this.#spec))
        return openJson(200, resourceDocument(this.#spec, null, origin, resource), metadataAge);
      return this.#aboutResource(origin, resource);
    }
    return this.#aboutServer(x, origin, server ?? '');
  }

  async #aboutResource(origin: string, path: string): Promise<LocalReply> {
    // Where it cannot be asked, nobody will get a token from it either.
    const metadata = await this.#server.metadata().catch(() => null);
    return openJson(200, resourceDocument(this.#spec, metadata, origin, path), metadata === null ? 0 : metadataAge);
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
