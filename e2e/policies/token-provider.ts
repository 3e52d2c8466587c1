import { client, startProvider, type TestProvider } from '../../testkit/openid/provider.ts';

/** Starts oidc-provider with access tokens for machines: JWTs or opaque ones, for the audience `https://api.test`. */
export function startTokenProvider(): Promise<TestProvider> {
  return startProvider({
    redirectUri: 'http://localhost/',
    settings: {
      scopes: ['read', 'write'],
      features: {
        clientCredentials: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        revocation: { enabled: true, allowedPolicy: () => true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_: unknown, resource: string) => ({
            scope: 'read write',
            audience: 'https://api.test',
            accessTokenTTL: 600,
            accessTokenFormat: resource.endsWith('/jwt') ? 'jwt' : 'opaque',
          }),
        },
      },
    },
    client: { grant_types: ['client_credentials', 'authorization_code', 'refresh_token'] },
  });
}

/** An access token of the provider's client with the scope `read`. */
export async function clientCredentialsToken({ issuer }: TestProvider, format: 'jwt' | 'opaque'): Promise<string> {
  const response = await form(`${issuer}/token`, {
    grant_type: 'client_credentials',
    resource: `https://api.test/${format}`,
    scope: 'read',
  });
  const body = (await response.json()) as { access_token?: string };
  if (body.access_token === undefined) throw new Error(`no token: ${JSON.stringify(body)}`);
  return body.access_token;
}

/** Takes a token back. */
export async function revoke({ issuer }: TestProvider, token: string): Promise<void> {
  const { status } = await form(`${issuer}/token/revocation`, { token });
  if (status !== 200) throw new Error(`not taken back: ${status}`);
}

function form(url: string, members: Readonly<Record<string, string>>): Promise<Response> {
  const credential = Buffer.from(`${client.id}:${encodeURIComponent(client.secret)}`).toString('base64');
  return fetch(url, {
    method: 'POST',
    headers: { authorization: `Basic ${credential}` },
    body: new URLSearchParams(members),
  });
}
