/** Keycloak as the issuer of tokens, as the provider at which browsers sign in, and as the one that exchanges tokens. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startBrowser } from '../../testkit/browser.ts';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startKeycloak, type Keycloak } from '../../testkit/openid/keycloak.ts';
import { startUpstream, type SeenRequest, type Upstream } from '../../testkit/upstream.ts';

let keycloak: Keycloak;

before(async () => {
  keycloak = await startKeycloak();
});

after(async () => {
  await keycloak[Symbol.asyncDispose]();
});

const gatewayClient = '{ clientId: gateway, clientSecret: "secret of the gateway" }';

const withAuth = (upstream: Upstream, auth: string): string =>
  `{ host: "${upstream.host}", policies: { backendAuth: ${auth} } }`;

function jwtAuth(): string {
  const jwks = `${keycloak.issuer}/protocol/openid-connect/certs`;
  return `{ jwtAuth: { mode: strict, issuer: "${keycloak.issuer}", audiences: [gateway], jwks: { url: "${jwks}" } } }`;
}

function bearer(token: string): { readonly headers: { readonly authorization: string } } {
  return { headers: { authorization: `Bearer ${token}` } };
}

/** The claims of the token that a backend got. */
function claimsSent(request: SeenRequest | undefined): Readonly<Record<string, unknown>> {
  const token = request?.headers.authorization?.slice('Bearer '.length) ?? '';
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

test('its tokens are verified, and exchanged for ones that the backend takes', async () => {
  await using upstream = await startUpstream();
  const exchange = `{ oauthTokenExchange: { host: "${keycloak.host}", path: ${keycloak.tokenPath},
    audiences: [backend], clientAuth: ${gatewayClient} } }`;
  await using gateway = await startGateway(oneRoute(jwtAuth(), withAuth(upstream, exchange)));
  const token = await keycloak.accessToken();
  for (let i = 0; i < 3; i++) {
    const reply = await send(gateway.port, bearer(token));
    assert.equal(reply.status, 200, reply.text);
  }
  const claims = claimsSent(upstream.requests[2]);
  assert.equal(claims['aud'], 'backend');
  assert.equal(claims['azp'], 'gateway');
  assert.equal(claims['preferred_username'], 'alice');
  assert.equal(upstream.requests[0]?.headers.authorization, upstream.requests[2]?.headers.authorization);
  // Not with another signature, and what was made for the backend is not for the gateway.
  const changed = `${token.slice(0, -4)}${token.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
  assert.equal((await send(gateway.port, bearer(changed))).status, 401);
  const forBackend = upstream.requests[0]?.headers.authorization?.slice('Bearer '.length) ?? '';
  assert.equal((await send(gateway.port, bearer(forBackend))).status, 401);
});

test('what it refuses is told by its code', async () => {
  await using upstream = await startUpstream();
  const exchange = (client: string): string =>
    `{ oauthTokenExchange: { host: "${keycloak.host}", path: ${keycloak.tokenPath}, audiences: [backend], clientAuth: ${client} } }`;
  await using gateway = await startGateway(oneRoute('', withAuth(upstream, exchange(gatewayClient))));
  const refused = await send(gateway.port, bearer('not-a-token'));
  assert.equal(refused.status, 502);
  assert.match(refused.text, /could not be obtained: invalid_(?:token|request|grant)/);
  await gateway.reload(oneRoute('', withAuth(upstream, exchange('{ clientId: gateway, clientSecret: wrong }'))));
  const unknown = await send(gateway.port, bearer(await keycloak.accessToken()));
  assert.match(unknown.text, /could not be obtained: (?:unauthorized_client|invalid_client)/);
  assert.equal(upstream.requests.length, 0);
});

/** A partner whose users Keycloak knows under names of its own (JWT authorization grants, identity assertions). */
async function startPartner(): Promise<{
  readonly server: Upstream;
  assertion(claims: Readonly<Record<string, unknown>>, type: string): string;
}> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'partner', use: 'sig', alg: 'RS256' };
  const server = await startUpstream((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/jwks') return response.end(JSON.stringify({ keys: [key] }));
    const form = new URLSearchParams(request.body.toString());
    const claims = { aud: form.get('audience'), client_id: 'gateway' };
    const answer = {
      access_token: assertion(claims, 'oauth-id-jag+jwt'),
      issued_token_type: form.get('requested_token_type'),
      token_type: 'N_A',
      expires_in: 60,
    };
    return response.end(JSON.stringify(answer));
  });
  const issuer = `http://${server.host}`;

  function assertion(claims: Readonly<Record<string, unknown>>, typ: string): string {
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const iat = Math.floor(Date.now() / 1000);
    const all = { iss: issuer, sub: 'alice-at-partner', iat, exp: iat + 60, jti: randomUUID(), ...claims };
    const text = `${encode({ alg: 'RS256', kid: 'partner', typ })}.${encode(all)}`;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  }

  await keycloak.admin('POST', '/identity-provider/instances', {
    alias: 'partner',
    providerId: 'jwt-authorization-grant',
    enabled: true,
    config: { issuer, jwksUrl: `${issuer}/jwks`, useJwksUrl: 'true' },
  });
  const [user] = (await keycloak.admin('GET', '/users?username=alice&exact=true')) as { id: string }[];
  await keycloak.admin('POST', `/users/${user?.id}/federated-identity/partner`, {
    identityProvider: 'partner',
    userId: 'alice-at-partner',
    userName: 'alice-at-partner',
  });
  return { server, assertion };
}

test('it grants tokens for JWTs and identity assertions of a partner', async () => {
  const partner = await startPartner();
  await using _server = partner.server;
  await using upstream = await startUpstream();
  const grant = `{ oauthTokenExchange: { host: "${keycloak.host}", path: ${keycloak.tokenPath}, grantType: jwtBearer,
    clientAuth: ${gatewayClient} } }`;
  await using gateway = await startGateway(oneRoute('', withAuth(upstream, grant)));
  const granted = await send(gateway.port, bearer(partner.assertion({ aud: keycloak.issuer }, 'JWT')));
  assert.equal(granted.status, 200, gateway.diagnostics.join('\n'));
  assert.equal(claimsSent(upstream.requests[0])['preferred_username'], 'alice');
  assert.equal(claimsSent(upstream.requests[0])['iss'], keycloak.issuer);

  const access = `{ crossAppAccess: {
    identityProvider: { host: "${partner.server.host}", path: /token, clientAuth: { clientId: gateway-at-partner } },
    resourceAuthorizationServer: { host: "${keycloak.host}", path: ${keycloak.tokenPath}, clientAuth: ${gatewayClient} },
    audience: "${keycloak.issuer}" } }`;
  await gateway.reload(oneRoute('', withAuth(upstream, access)));
  const crossed = await send(gateway.port, bearer('id-token-of-the-partner'));
  assert.equal(crossed.status, 200, gateway.diagnostics.join('\n'));
  assert.equal(claimsSent(upstream.requests[1])['preferred_username'], 'alice');
});

test('clients of MCP are sent to it, and come back with tokens', async () => {
  await using upstream = await startUpstream();
  const policy = `{ mcpAuthentication: { issuer: "${keycloak.issuer}", audiences: [gateway], provider: { keycloak: {} },
    resourceMetadata: {}, requiredScopes: [{ scopes: [profile] }] } }`;
  await using gateway = await startGateway(oneRoute(policy, upstream.host));
  // It names itself in its answers (RFC 9207), so nobody can stand in its place.
  const { text } = await send(gateway.port, { path: '/.well-known/oauth-protected-resource/mcp' });
  assert.deepEqual((JSON.parse(text) as Record<string, unknown>)['authorization_servers'], [keycloak.issuer]);
  const reply = await send(gateway.port, { path: '/mcp', ...bearer(await keycloak.accessToken()) });
  assert.equal(reply.status, 200, reply.text);
});

test('a browser signs in at it, and out', async () => {
  await using upstream = await startUpstream();
  const [port = 0] = await freePorts(1);
  const url = `http://localhost:${port}`;
  await using gateway = await startGateway({
    yaml: `
binds:
- port: ${port}
  listeners:
  - policies:
      oidc:
        issuer: ${keycloak.issuer}
        clientId: app
        clientSecret: secret of the app
        redirectURI: ${url}/oauth/callback
        logoutPath: /logout
        postLogoutRedirectURI: ${url}/bye
        scopes: [email]
    routes:
    - policies: { transformations: { request: { set: { x-user: jwt.preferred_username } } } }
      backends: [{ host: "${upstream.host}" }]
`,
  });
  await using browser = await startBrowser();
  const tab = await browser.tab();
  await tab.open(`${url}/docs?page=2`);
  assert.ok((await tab.url()).startsWith(keycloak.issuer));
  await tab.submit({ '#username': 'alice', '#password': 'the password of alice' }, '#kc-login');
  await tab.reaches(`${url}/docs?page=2`);
  assert.equal(await tab.text(), 'ok');
  const [request] = upstream.requests;
  assert.equal(request?.headers['x-user'], 'alice');
  assert.equal(request.headers.cookie, undefined);
  // Out, here and at Keycloak: it asks for the password again.
  await tab.open(`${url}/logout`);
  await tab.reaches(keycloak.issuer);
  assert.match(await tab.text(), /Sign in to your account/i);
  assert.deepEqual(
    gateway.diagnostics.filter((line) => line.includes('warn')),
    [],
  );
});
