/** An authorization server as MCP wants it, and a person who signs in there for a client of MCP. */
import assert from 'node:assert/strict';
import type { OAuthClientProvider } from '@modelcontextprotocol/client';
import { startProvider, type TestProvider } from '../../testkit/openid/provider.ts';
import { Visitor } from '../../testkit/openid/visitor.ts';

const callback = 'http://localhost:9/callback';

const clientMetadata = {
  client_name: 'e2e',
  redirect_uris: [callback],
  application_type: 'native' as const,
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

/** Where the client says who it is (draft-ietf-oauth-client-id-metadata-document). */
export const clientDocument = 'https://client.test/metadata.json';

/**
 * oidc-provider: clients register, or say who they are in a document, resources are named, and tokens are for
 * `the-gateway`.
 */
export function startAuthorizationServer(by: 'registration' | 'document' = 'registration'): Promise<TestProvider> {
  return startProvider({
    redirectUri: 'http://localhost/',
    settings: {
      scopes: ['openid', 'offline_access', 'read', 'write'],
      features: {
        devInteractions: { enabled: true },
        registration: { enabled: by === 'registration' },
        clientIdMetadataDocument: { enabled: by === 'document', ack: 'draft-02' },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({
            scope: 'read write',
            audience: 'the-gateway',
            accessTokenTTL: 600,
            accessTokenFormat: 'jwt',
          }),
        },
      },
      // Stands in for the web, where the client has its document.
      fetch: async (url: URL | string) => {
        assert.equal(String(url), clientDocument);
        return Response.json({ client_id: clientDocument, ...clientMetadata });
      },
    },
  });
}

type Information = Awaited<ReturnType<OAuthClientProvider['clientInformation']>>;
type Tokens = Awaited<ReturnType<OAuthClientProvider['tokens']>>;

/** What a client of MCP keeps, with a person who signs in. */
export class Person implements OAuthClientProvider {
  readonly redirectUrl: string = callback;
  readonly clientMetadata: OAuthClientProvider['clientMetadata'] = clientMetadata;
  /** Where the client has a document, too; without one it registers. */
  readonly clientMetadataUrl?: string;
  /** What the person came back with last. */
  callback: URLSearchParams = new URLSearchParams();
  /** The scopes that the person was asked for, each time; offline_access is the client's own wish. */
  readonly asked: (readonly string[])[] = [];
  #information: Information;
  #tokens: Tokens;
  #verifier = '';

  constructor(by: 'registration' | 'document' = 'registration') {
    if (by === 'document') this.clientMetadataUrl = clientDocument;
  }

  clientInformation(): Information {
    return this.#information;
  }
  saveClientInformation(information: NonNullable<Information>): void {
    this.#information = information;
  }
  tokens(): Tokens {
    return this.#tokens;
  }
  saveTokens(tokens: NonNullable<Tokens>): void {
    this.#tokens = tokens;
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }
  codeVerifier(): string {
    return this.#verifier;
  }
  async redirectToAuthorization(url: URL): Promise<void> {
    const scopes = url.searchParams.get('scope')?.split(' ') ?? [];
    this.asked.push(scopes.filter((scope) => scope !== 'offline_access'));
    const isBack = (next: string): boolean => next.startsWith(callback);
    const visitor = new Visitor();
    const page = await visitor.signIn(await visitor.visit(url.href, {}, isBack), 'alice', isBack);
    this.callback = new URL(page.headers.location ?? '', page.url).searchParams;
    assert.ok(this.callback.has('code'), `no code: ${page.status} ${page.url} ${page.text.slice(0, 500)}`);
  }
}
