import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  Client as NewClient,
  StreamableHTTPClientTransport as NewTransport,
  UnauthorizedError as NewUnauthorizedError,
} from '@modelcontextprotocol/client';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import type { TestProvider } from '../../testkit/openid/provider.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { startMcpGateway, type McpGateway } from '../mcp/mcp-gateway.ts';
import { TestIssuer } from '../../src/gateway/tokens/testing/issuer.ts';
import { Person, startAuthorizationServer } from './mcp-sign-in.ts';

const program = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
const everything = `
- name: everything
  stdio: { cmd: node, args: [${program}, stdio] }`;

function start(t: TestContext, issuer: string, more = ''): Promise<McpGateway> {
  const section = `policies:
    mcpAuthentication:
      issuer: ${issuer}
      audiences: [the-gateway]
      resourceMetadata: { scopesSupported: [read] }
      ${more}`;
  return startMcpGateway(t, everything, {}, { workers: 2, section });
}

const info = { name: 'e2e', version: '1' };

/** Signs in as the official client does, and lists tools. */
async function signInAndList(url: URL, person: Person = new Person()): Promise<readonly string[]> {
  const first = new StreamableHTTPClientTransport(url, { authProvider: person });
  await assert.rejects(new Client(info).connect(first), UnauthorizedError);
  await first.finishAuth(person.callback.get('code') ?? '');
  const client = new Client(info);
  await client.connect(new StreamableHTTPClientTransport(url, { authProvider: person }));
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}

test('the official client finds the authorization server, registers, signs in and gets in', async (t) => {
  await using server = await startAuthorizationServer();
  const gateway = await start(t, server.issuer);
  assert.ok((await signInAndList(gateway.url)).includes('echo'));
});

/** The gateway stands in the server's place as long as that does not say that it names itself in its answers. */
async function likeOlder(server: TestProvider): Promise<void> {
  const path = '/.well-known/openid-configuration';
  const { authorization_response_iss_parameter_supported: said, ...body } = (await (
    await fetch(server.issuer + path)
  ).json()) as Record<string, unknown>;
  assert.equal(said, true);
  server.answer(path, { status: 200, body });
}

test('the same by way of the gateway, which stands in for a provider that clients cannot use', async (t) => {
  await using server = await startAuthorizationServer();
  await likeOlder(server);
  const gateway = await start(t, server.issuer, 'provider: { keycloak: {} }');
  assert.ok((await signInAndList(gateway.url)).includes('echo'));
  // Registered here, signed in there.
  assert.equal(server.count('/reg'), 1);
});

for (const provider of ['', 'provider: { keycloak: {} }']) {
  const way = provider === '' ? '' : ', by way of the gateway, too';
  test(`a client that says who it is in a document need not register${way}`, async (t) => {
    await using server = await startAuthorizationServer('document');
    if (provider !== '') await likeOlder(server);
    const gateway = await start(t, server.issuer, provider);
    assert.ok((await signInAndList(gateway.url, new Person('document'))).includes('echo'));
    assert.equal(server.count('/reg'), 0);
  });
}

test('a provider that names itself in its answers is what clients are sent to, because newer ones compare', async (t) => {
  await using server = await startAuthorizationServer();
  const gateway = await start(t, server.issuer, 'provider: { keycloak: {} }');
  const about = await fetch(new URL('/.well-known/oauth-protected-resource/mcp', gateway.url));
  assert.deepEqual(((await about.json()) as Record<string, unknown>)['authorization_servers'], [server.issuer]);

  const person = new Person();
  const first = new NewTransport(gateway.url, { authProvider: person });
  await assert.rejects(new NewClient(info).connect(first), NewUnauthorizedError);
  assert.equal(person.callback.get('iss'), server.issuer);
  await first.finishAuth(person.callback);
  const client = new NewClient(info);
  await client.connect(new NewTransport(gateway.url, { authProvider: person }));
  await client.close();
});

test('where the gateway must stand in its place all the same, the log says who refuses that', async (t) => {
  await using server = await startAuthorizationServer();
  const gateway = await start(t, server.issuer, 'provider: { auth0: {} }');
  const about = await fetch(new URL('/.well-known/oauth-protected-resource/mcp', gateway.url));
  const { origin } = gateway.url;
  assert.deepEqual(((await about.json()) as Record<string, unknown>)['authorization_servers'], [`${origin}/mcp`]);
  await gateway.waygate.says('which newer clients refuse where the gateway stands in its place');
});

const issuer = new TestIssuer();
issuer.addKey('k');

/** An authorization server of which only documents are needed. */
function policy(server: string, more = ''): string {
  const keys = JSON.stringify(issuer.keySet());
  return `{ mcpAuthentication: { issuer: "${server}", audiences: [aud], jwks: ${keys}, resourceMetadata: { resource: "https://mcp.test/mcp", scopesSupported: [a, b], bearerMethodsSupported: [header] } ${more} } }`;
}

test('without a good token the answer says where to get one', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute(policy('https://idp.test'), upstream.host));
  const missing = await send(gateway.port, { path: '/mcp', method: 'POST' });
  assert.equal(missing.status, 401);
  const metadata = 'resource_metadata="https://mcp.test/.well-known/oauth-protected-resource/mcp", scope="a b"';
  assert.equal(missing.headers['www-authenticate'], `Bearer ${metadata}`);
  const claims = { iss: 'https://idp.test', aud: 'other', exp: 9e9 };
  const bad = await send(gateway.port, {
    path: '/mcp',
    headers: { authorization: `Bearer ${issuer.token('k', claims)}` },
  });
  assert.equal(
    bad.headers['www-authenticate'],
    `Bearer ${metadata}, error="invalid_token", error_description="the token is for another audience"`,
  );
  const good = issuer.token('k', { ...claims, aud: ['x', 'aud'] });
  assert.equal((await send(gateway.port, { path: '/mcp', headers: { authorization: `Bearer ${good}` } })).status, 200);
  assert.equal((await upstream.request(1)).headers.authorization, undefined);
});

test('the metadata of the resource is for everybody, pages of other origins too', async () => {
  await using gateway = await startGateway(oneRoute(policy('https://idp.test'), '127.0.0.1:1'));
  for (const path of ['', '/mcp']) {
    const { status, headers, text } = await send(gateway.port, {
      path: `/.well-known/oauth-protected-resource${path}`,
    });
    assert.equal(status, 200);
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.deepEqual(JSON.parse(text), {
      resource: 'https://mcp.test/mcp',
      authorization_servers: ['https://idp.test'],
      bearer_methods_supported: ['header'],
      scopes_supported: ['a', 'b'],
    });
  }
  const other = await send(gateway.port, { path: '/.well-known/oauth-protected-resource/other' });
  assert.equal((JSON.parse(other.text) as { resource: string }).resource, 'https://mcp.test/other');
  const options = await send(gateway.port, { method: 'OPTIONS', path: '/.well-known/oauth-protected-resource/mcp' });
  assert.equal(options.status, 204);
  for (const path of ['/.well-known/oauth-protected-resourcex', '/.well-known/openid-configuration', '/.well-known/']) {
    assert.equal((await send(gateway.port, { path })).status, 404, path);
  }
});

test('each provider gets what it needs, and clients see the gateway in its place', async () => {
  await using idp = await startUpstream();
  const base = `http://${idp.host}`;
  const seen = { issuer: base, authorization_endpoint: `${base}/authorize?p=1`, token_endpoint: `${base}/token` };
  idp.answer(({ url, method, headers, body }, response) => {
    if (url.startsWith('/.well-known/')) {
      response.end(JSON.stringify({ ...seen, registration_endpoint: `${base}/register` }));
    } else {
      response
        .writeHead(201)
        .end(JSON.stringify({ url, method, type: headers['content-type'], body: body.toString() }));
    }
  });
  const own = 'https://mcp.test/.well-known/oauth-authorization-server/mcp';
  const path = '/.well-known/oauth-authorization-server/mcp';
  await using gateway = await startGateway(oneRoute(policy(base), '127.0.0.1:1'));
  const document = async (): Promise<Record<string, unknown>> =>
    JSON.parse((await send(gateway.port, { path })).text) as Record<string, unknown>;
  const post = async (action: string, body: string): Promise<Record<string, unknown>> =>
    JSON.parse((await send(gateway.port, { method: 'POST', path: `${path}/${action}`, body })).text) as Record<
      string,
      unknown
    >;
  assert.equal((await document())['issuer'], base);

  await gateway.reload(oneRoute(policy(base, ', provider: { auth0: {} }'), '127.0.0.1:1'));
  const auth0 = await document();
  assert.equal(auth0['issuer'], 'https://mcp.test/mcp');
  assert.equal(auth0['authorization_endpoint'], `${base}/authorize?p=1&audience=aud`);
  assert.equal(auth0['registration_endpoint'], `${own}/client-registration`);
  assert.deepEqual(await post('client-registration', '{"redirect_uris":[]}'), {
    url: '/register',
    method: 'POST',
    type: 'application/json',
    body: '{"redirect_uris":[]}',
  });
  assert.equal((await post('client-registration', '[]'))['error'], 'invalid_client_metadata');

  // What the provider does not say of clients with documents, nobody says.
  assert.equal(auth0['client_id_metadata_document_supported'], undefined);

  await gateway.reload(oneRoute(policy(base, ', provider: { okta: {} }'), '127.0.0.1:1'));
  assert.equal((await post('client-registration', '{}'))['url'], '/oauth2/v1/clients');

  await gateway.reload(oneRoute(policy(base, ', provider: { authentik: {} }, clientId: known'), '127.0.0.1:1'));
  assert.deepEqual(await post('client-registration', '{"redirect_uris":["http://localhost/a"],"client_name":"n"}'), {
    client_id: 'known',
    client_id_issued_at: 0,
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: ['http://localhost/a'],
    client_name: 'n',
  });

  const entra = ', provider: { entra: {} }, clientId: known, clientSecret: hush';
  await gateway.reload(oneRoute(policy(base, entra), '127.0.0.1:1'));
  assert.equal((await document())['token_endpoint'], `${own}/token`);
  assert.deepEqual((await document())['code_challenge_methods_supported'], ['S256']);
  const away = await send(gateway.port, { path: `${path}/authorize?resource=https%3A%2F%2Fx&scope=a%20b&state=s` });
  assert.deepEqual([away.status, away.headers.location], [302, `${base}/authorize?p=1&scope=a+b&state=s`]);
  const sent = async (form: string): Promise<unknown> => (await post('token', form))['body'];
  assert.equal(
    await sent('grant_type=authorization_code&client_id=known&resource=x&code=c'),
    'grant_type=authorization_code&client_id=known&code=c&client_secret=hush',
  );
  assert.equal(
    await sent('grant_type=client_credentials&client_id=known'),
    'grant_type=client_credentials&client_id=known',
  );
  assert.equal(await sent('grant_type=refresh_token&client_id=other'), 'grant_type=refresh_token&client_id=other');
});

test('an authorization server that is down, or another than it should be, is 503', async () => {
  await using idp = await startUpstream((_, response) => response.end('{"issuer":"https://evil.test"}'));
  const source = policy(`http://${idp.host}`).replace(/jwks: "(?:[^"\\]|\\.)*",/, '');
  await using gateway = await startGateway(oneRoute(source, '127.0.0.1:1'));
  const token = issuer.token('k', { iss: `http://${idp.host}`, aud: 'aud', exp: 9e9 });
  const reply = await send(gateway.port, { path: '/mcp', headers: { authorization: `Bearer ${token}` } });
  assert.equal(reply.status, 503);
  assert.equal((await send(gateway.port, { path: '/.well-known/oauth-authorization-server' })).status, 503);
});
