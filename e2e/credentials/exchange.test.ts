/** Tokens that are made from the client's: exchanged, vouched for, signed here. */
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, hash, verify, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TestIssuer } from '../../src/gateway/tokens/testing/issuer.ts';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream, type SeenRequest, type Upstream } from '../../testkit/upstream.ts';
import { json } from './bench.ts';

const rsa = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const pem = JSON.stringify(rsa.privateKey);

function formOf(request: SeenRequest | undefined): Readonly<Record<string, string | readonly string[]>> {
  const form = new URLSearchParams(request?.body.toString());
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const all = form.getAll(name);
      return [name, all.length === 1 ? (all[0] ?? '') : all];
    }),
  );
}

/** A token endpoint that makes `for(…)` of what it is given, and counts. */
async function startSts(more: Readonly<Record<string, unknown>> = { expires_in: 300 }): Promise<Upstream> {
  return await startUpstream((request, response) => {
    const form = formOf(request);
    json(response, { access_token: `for(${String(form['subject_token'] ?? form['assertion'])})`, ...more });
  });
}

const backend = (upstream: Upstream, auth: string): string =>
  `{ host: "${upstream.host}", policies: { backendAuth: ${auth} } }`;

const bearer = (token: string): { headers: { authorization: string } } => ({
  headers: { authorization: `Bearer ${token}` },
});

function part(token: string, index: number): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

function jwt(claims: unknown): string {
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encoded({ alg: 'none' })}.${encoded(claims)}.x`;
}

test('a client’s token is exchanged once, and the backend gets the new one only', async () => {
  await using upstream = await startUpstream();
  await using sts = await startSts();
  const exchange = `{ oauthTokenExchange: { host: "${sts.host}", path: /token, audiences: [a, b], scopes: [read, write],
    resources: ["https://r"], requestedTokenType: t, clientAuth: { clientId: "id:1", clientSecret: "s cret" },
    additionalParams: { tenant: 'request.headers["x-tenant"]' } } }`;
  await using gateway = await startGateway(oneRoute('', backend(upstream, exchange)));
  const headers = { authorization: 'Bearer alice', 'x-tenant': 'one' };
  const replies = await Promise.all(Array.from({ length: 30 }, () => send(gateway.port, { headers })));
  for (const { status } of replies) assert.equal(status, 200);
  for (const request of upstream.requests) assert.equal(request.headers.authorization, 'Bearer for(alice)');
  assert.equal(sts.requests.length, 1);
  const [request] = sts.requests;
  assert.equal(request?.url, '/token');
  assert.equal(request.headers.authorization, `Basic ${Buffer.from('id%3A1:s+cret').toString('base64')}`);
  assert.deepEqual(formOf(request), {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: 'alice',
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    requested_token_type: 't',
    audience: ['a', 'b'],
    resource: 'https://r',
    scope: 'read write',
    tenant: 'one',
  });
  // Other tokens and other parameters are other exchanges.
  await send(gateway.port, { headers: { ...headers, authorization: 'Bearer bob' } });
  await send(gateway.port, { headers: { ...headers, 'x-tenant': 'two' } });
  assert.equal(sts.requests.length, 3);
  assert.equal(upstream.requests.at(-2)?.headers.authorization, 'Bearer for(bob)');
});

test('without a token there is nothing to exchange: 401; a refusal is told by its code, and holds for a moment', async () => {
  await using upstream = await startUpstream();
  await using sts = await startUpstream((_request, response) =>
    json(response, { error: 'invalid_grant', error_description: 'alice is not known' }, 400),
  );
  const exchange = `{ oauthTokenExchange: { host: "${sts.host}" } }`;
  await using gateway = await startGateway(oneRoute('', backend(upstream, exchange)));
  const none = await send(gateway.port);
  assert.equal(none.status, 401);
  assert.equal(none.headers['www-authenticate'], 'Bearer');
  assert.equal((await send(gateway.port, { headers: { authorization: 'Basic x' } })).status, 401);
  for (let i = 0; i < 5; i++) {
    const refused = await send(gateway.port, bearer('alice-token'));
    assert.equal(refused.status, 502);
    assert.match(refused.text, /"credentialsFailed".*could not be obtained: invalid_grant/);
    assert.doesNotMatch(refused.text, /not known/);
  }
  assert.equal(sts.requests.length, 1);
  assert.equal(upstream.requests.length, 0);
  assert.doesNotMatch(gateway.diagnostics.join(), /alice-token/);
});

test('a token is kept no longer than it is good, and no more of them than may be', async () => {
  await using upstream = await startUpstream();
  await using sts = await startSts({ expires_in: 1 });
  const exchange = (cache: string): string => `{ oauthTokenExchange: { host: "${sts.host}"${cache} } }`;
  await using gateway = await startGateway(oneRoute('', backend(upstream, exchange(''))));
  await send(gateway.port, bearer('a'));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await send(gateway.port, bearer('a'));
  assert.equal(sts.requests.length, 2);
  await using small = await startGateway(oneRoute('', backend(upstream, exchange(', cache: { maxEntries: 0 }'))));
  await send(small.port, bearer('a'));
  await send(small.port, bearer('a'));
  assert.equal(sts.requests.length, 4);
});

/** A token of the issuer `i`, and its keys. */
function signedToken(): { readonly token: string; readonly jwks: string } {
  const issuer = new TestIssuer();
  issuer.addKey('k');
  const exp = Math.floor(Date.now() / 1000) + 600;
  return { token: issuer.token('k', { iss: 'i', sub: 'alice', exp }), jwks: issuer.keySet() };
}

test('the token of authentication is exchanged, though it is no longer in the request', async () => {
  await using upstream = await startUpstream();
  await using sts = await startSts();
  const { token, jwks } = signedToken();
  const policies = `{ jwtAuth: { mode: strict, issuer: i, jwks: '${jwks}' } }`;
  const exchange = `{ oauthTokenExchange: { host: "${sts.host}" } }`;
  await using gateway = await startGateway(oneRoute(policies, backend(upstream, exchange)));
  assert.equal((await send(gateway.port, bearer(token))).status, 200);
  assert.equal(upstream.requests[0]?.headers.authorization, `Bearer for(${token})`);
  // Passed on, it is the validated one; and nothing without that.
  await gateway.reload(oneRoute(policies, backend(upstream, '{ passthrough: {} }')));
  await send(gateway.port, bearer(token));
  assert.equal(upstream.requests[1]?.headers.authorization, `Bearer ${token}`);
  await gateway.reload(oneRoute(policies, upstream.host));
  await send(gateway.port, bearer(token));
  assert.equal(upstream.requests[2]?.headers.authorization, undefined);
});

test('what authentication has checked is exchanged and passed on, not another bearer beside it', async () => {
  await using upstream = await startUpstream();
  await using sts = await startSts();
  const { token, jwks } = signedToken();
  const policies = `{ jwtAuth: { mode: strict, issuer: i, jwks: '${jwks}', location: { cookie: { name: t } } } }`;
  const headers = { cookie: `t=${token}`, authorization: 'Bearer forged' };
  const exchange = `{ oauthTokenExchange: { host: "${sts.host}" } }`;
  await using gateway = await startGateway(oneRoute(policies, backend(upstream, exchange)));
  await send(gateway.port, { headers });
  await gateway.reload(oneRoute(policies, backend(upstream, '{ passthrough: {} }')));
  await send(gateway.port, { headers });
  assert.deepEqual(
    upstream.requests.map((request) => request.headers.authorization),
    [`Bearer for(${token})`, `Bearer ${token}`],
  );
});

test('each try of a request has the token; the client’s own goes nowhere', async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(upstream.requests.length < 3 ? 503 : 200).end();
  });
  await using sts = await startSts();
  const exchange = `{ oauthTokenExchange: { host: "${sts.host}", subjectToken: { source: { cookie: { name: s } } },
    authorizationLocation: { header: { name: x-token } } } }`;
  const retry = '{ retry: { attempts: 3, codes: [503] } }';
  await using gateway = await startGateway(oneRoute(retry, backend(upstream, exchange)));
  const reply = await send(gateway.port, { headers: { cookie: 'a=1; s=alice; b=2' } });
  assert.equal(reply.status, 200);
  assert.equal(upstream.requests.length, 3);
  for (const { headers } of upstream.requests) {
    assert.equal(headers['x-token'], 'for(alice)');
    assert.equal(headers.cookie, 'a=1; b=2');
  }
});

test('an actor acts for a user who lets it', async () => {
  await using upstream = await startUpstream();
  await using sts = await startSts();
  const exchange = `{ oauthTokenExchange: { host: "${sts.host}",
    actorToken: { source: { header: { name: x-actor } }, enforceMayAct: true } } }`;
  await using gateway = await startGateway(oneRoute('', backend(upstream, exchange)));
  const actor = jwt({ sub: 'agent', iss: 'i' });
  const call = (subject: unknown): ReturnType<typeof send> =>
    send(gateway.port, { headers: { authorization: `Bearer ${jwt(subject)}`, 'x-actor': actor } });
  assert.equal((await call({ sub: 'alice', may_act: { sub: 'agent', iss: 'i' } })).status, 200);
  assert.equal(formOf(sts.requests[0])['actor_token'], actor);
  assert.equal(upstream.requests[0]?.headers['x-actor'], undefined);
  for (const mayAct of [undefined, { sub: 'other' }, { sub: 'agent', iss: 'other' }, { iss: 'i' }, 'agent', []]) {
    const refused = await call({ sub: 'alice', may_act: mayAct });
    assert.equal(refused.status, 403);
    assert.match(refused.text, /may_act/);
  }
  assert.equal((await send(gateway.port, bearer('no-jwt'))).status, 401);
  assert.equal(sts.requests.length, 1);
});

test('a JWT as the grant, and a client that proves itself with a key and its certificate', async () => {
  await using upstream = await startUpstream();
  await using sts = await startSts();
  const certs = join(import.meta.dirname, '../../src/config/testdata/certs');
  const exchange = `{ oauthTokenExchange: { host: "${sts.host}", grantType: jwtBearer, scopes: [s], clientAuth: {
    method: privateKeyJwt, clientId: me, signingKey: ${pem}, kid: k1, alg: PS256, assertionAudience: "https://as",
    certificate: { file: "${certs}/server.pem" }, certificateHeader: "x5t#S256" } } }`;
  await using gateway = await startGateway(oneRoute('', backend(upstream, exchange)));
  assert.equal((await send(gateway.port, bearer('alice'))).status, 200);
  const { client_assertion: assertion, ...form } = formOf(sts.requests[0]);
  assert.deepEqual(form, {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: 'alice',
    scope: 's',
    client_id: 'me',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });
  const token = String(assertion);
  const der = new X509Certificate(readFileSync(join(certs, 'server.pem'))).raw;
  assert.deepEqual(part(token, 0), {
    alg: 'PS256',
    typ: 'JWT',
    kid: 'k1',
    'x5t#S256': hash('sha256', der, 'base64url'),
  });
  const { jti, iat, exp, ...claims } = part(token, 1);
  assert.deepEqual(claims, { iss: 'me', sub: 'me', aud: 'https://as' });
  assert.equal(typeof jti, 'string');
  assert.equal(Number(exp) - Number(iat), 300);
  assert.ok(verifies(token));
});

/** True for a signature of PS256 with our key. */
function verifies(token: string): boolean {
  const signed = Buffer.from(token.slice(0, token.lastIndexOf('.')));
  const signature = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
  const key = createPublicKey(rsa.publicKey);
  return verify('sha256', signed, { key, padding: 6, saltLength: 32 }, signature);
}

test('across domains: an identity assertion becomes a token of the other side', async () => {
  await using upstream = await startUpstream();
  let kind = 'urn:ietf:params:oauth:token-type:id-jag';
  await using idp = await startUpstream((_request, response) =>
    json(response, { access_token: 'assertion', issued_token_type: kind, token_type: 'N_A', expires_in: 60 }),
  );
  await using server = await startSts();
  const access = `{ crossAppAccess: {
    identityProvider: { host: "${idp.host}", path: /idp, clientAuth: { clientId: c, clientSecret: s, method: clientSecretPost } },
    resourceAuthorizationServer: { host: "${server.host}", path: /as, clientAuth: { clientId: d } },
    audience: "https://as", scopes: [chat], accessTokenScopes: [read], resources: ["https://r"] } }`;
  await using gateway = await startGateway(oneRoute('', backend(upstream, access)));
  for (let i = 0; i < 3; i++) assert.equal((await send(gateway.port, bearer('id-token'))).status, 200);
  assert.equal(upstream.requests[0]?.headers.authorization, 'Bearer for(assertion)');
  assert.equal(idp.requests.length + server.requests.length, 2);
  assert.deepEqual(formOf(idp.requests[0]), {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    audience: 'https://as',
    subject_token: 'id-token',
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    resource: 'https://r',
    scope: 'chat',
    client_id: 'c',
    client_secret: 's',
  });
  assert.deepEqual(formOf(server.requests[0]), {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: 'assertion',
    scope: 'read',
    client_id: 'd',
  });
  // Any other token of the provider's must not be shown to the other side.
  kind = 'urn:ietf:params:oauth:token-type:access_token';
  assert.equal((await send(gateway.port, bearer('another'))).status, 502);
  assert.equal(server.requests.length, 1);
});

test('a token that is signed here, one for many requests', async () => {
  await using upstream = await startUpstream();
  const signed = `{ jwtSign: { signingKey: ${pem}, alg: PS256, kid: k, claims: { iss: me, n: [1] }, ttl: 2s },
    credentials: [{ location: { header: { name: x-tenant } }, key: t }] }`;
  await using gateway = await startGateway(oneRoute('', backend(upstream, signed)));
  await send(gateway.port, bearer('of-the-client'));
  await send(gateway.port);
  const [first = '', second] = upstream.requests.map(({ headers }) => headers.authorization?.slice('Bearer '.length));
  assert.equal(first, second);
  assert.ok(verifies(first));
  assert.deepEqual(part(first, 0), { alg: 'PS256', typ: 'JWT', kid: 'k' });
  const { iat, exp, ...claims } = part(first, 1);
  assert.deepEqual(claims, { iss: 'me', n: [1] });
  assert.equal(Number(exp) - Number(iat), 2);
  assert.equal(upstream.requests[0]?.headers['x-tenant'], 't');
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await send(gateway.port);
  assert.notEqual(upstream.requests[2]?.headers.authorization?.slice('Bearer '.length), first);
});

test('a token endpoint that hangs up or answers nonsense is no token', async () => {
  await using upstream = await startUpstream();
  for (const answer of ['{}', '[]', 'no json', '{"access_token":""}', '{"access_token":1}']) {
    await using sts = await startUpstream((_request, response) => response.end(answer));
    const exchange = `{ oauthTokenExchange: { host: "${sts.host}" } }`;
    await using gateway = await startGateway(oneRoute('', backend(upstream, exchange)));
    assert.equal((await send(gateway.port, bearer('alice'))).status, 502, answer);
  }
  const exchange = `{ oauthTokenExchange: { host: "127.0.0.1:9" } }`;
  await using gateway = await startGateway(oneRoute('', backend(upstream, exchange)));
  assert.equal((await send(gateway.port, bearer('alice'))).status, 502);
  assert.equal(upstream.requests.length, 0);
});

test('models and MCP servers get exchanged tokens, too', async () => {
  await using sts = await startSts();
  const auth = `{ oauthTokenExchange: { host: "${sts.host}" } }`;
  await using provider = await startUpstream((_request, response) =>
    json(response, {
      id: 'c',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    }),
  );
  await using server = await startUpstream((request, response) => {
    const { id, method } = JSON.parse(request.body.toString() || '{}') as { id?: number; method?: string };
    if (id === undefined) {
      response.writeHead(202).end();
      return;
    }
    const initialized = {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 's', version: '1' },
    };
    json(response, { jsonrpc: '2.0', id, result: method === 'initialize' ? initialized : { tools: [] } });
  });
  await using gateway = await startGateway(`
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
routes:
- matches: [{ path: { pathPrefix: /mcp } }]
  backends: [{ mcp: { targets: [{ name: t, mcp: { host: "http://${server.host}/mcp" }, policies: { backendAuth: ${auth} } }] } }]
- backends: [{ ai: { name: a, hostOverride: "${provider.host}", provider: { openAI: {} } }, policies: { backendAuth: ${auth} } }]
`);
  const chat = await send(gateway.port, {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { authorization: 'Bearer alice', 'content-type': 'application/json' },
    body: '{"model":"m","messages":[{"role":"user","content":"hi"}]}',
  });
  assert.equal(chat.status, 200, chat.text);
  assert.equal(provider.requests[0]?.headers.authorization, 'Bearer for(alice)');
  const opened = await send(gateway.port, {
    method: 'POST',
    path: '/mcp',
    headers: {
      authorization: 'Bearer bob',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}',
  });
  assert.equal(opened.status, 200, opened.text);
  assert.equal((await server.request(1)).headers.authorization, 'Bearer for(bob)');
});
