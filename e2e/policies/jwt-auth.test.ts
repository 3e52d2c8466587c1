import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient, send, type Reply } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { hmacToken, TestIssuer } from '../../src/gateway/tokens/testing/issuer.ts';
import { clientCredentialsToken, startTokenProvider } from './token-provider.ts';

const soon = Math.floor(Date.now() / 1000) + 600;
const claims = { iss: 'https://idp.test', aud: 'api', sub: 'alice', exp: soon };
const issuer = new TestIssuer();
issuer.addKey('k1');
issuer.addKey('rsa', 'RSA');

/** A policy with the issuer's keys as they are. */
function jwtAuth(more = 'mode: strict'): string {
  const keys = JSON.stringify(issuer.keySet()).replaceAll('$', '$$');
  return `jwtAuth: { ${more}, issuer: "https://idp.test", audiences: [api], jwks: ${keys} }`;
}

const bearer = (token: string): { readonly headers: { readonly authorization: string } } => ({
  headers: { authorization: `Bearer ${token}` },
});

function refused({ status, headers, text }: Reply, why: RegExp): void {
  assert.equal(status, 401);
  assert.match(headers['www-authenticate'] ?? '', /^Bearer/);
  assert.match(text, why);
}

test('a token lets in, is known to expressions and does not reach the backend', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(
    oneRoute(
      `{ ${jwtAuth()}, transformations: { request: { set: { x-user: jwt.sub, x-token: string(jwt.rawToken) } } } }`,
      upstream.host,
    ),
  );
  const token = issuer.token('k1', claims);
  assert.equal((await send(gateway.port, bearer(token))).status, 200);
  assert.equal((await send(gateway.port, { headers: { authorization: `bEaReR   ${token}` } })).status, 200);
  for (const { headers } of upstream.requests) {
    assert.deepEqual([headers['x-user'], headers.authorization], ['alice', undefined]);
    assert.doesNotMatch(JSON.stringify(headers), new RegExp(token));
  }
  assert.equal((await gateway.lines(2))[0]?.['jwt.sub'], 'alice');
  assert.doesNotMatch(await gateway.rawLog(), new RegExp(token));
});

test('strict is meant where the file does not say, and a warning says so', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(
    oneRoute(`{ ${jwtAuth('audiences: [api]').replace(', audiences: [api]', '')} }`, upstream.host),
  );
  const reply = await send(gateway.port);
  refused(reply, /a token is missing/);
  assert.equal(reply.headers['www-authenticate'], 'Bearer');
  assert.deepEqual(JSON.parse(reply.text), {
    error: { reason: 'authenticationFailed', message: 'a token is missing: send a JWT as the route expects it' },
  });
});

test('optional lets in who has no token, permissive everybody, and neither trusts a bad one', async () => {
  await using upstream = await startUpstream();
  const withUser = (mode: string): string =>
    oneRoute(
      `{ ${jwtAuth(`mode: ${mode}`)}, transformations: { request: { set: { x-user: 'has(jwt.sub) ? jwt.sub : "nobody"' } } } }`,
      upstream.host,
    );
  const expired = issuer.token('k1', { ...claims, exp: 1 });
  await using gateway = await startGateway(withUser('optional'));
  assert.equal((await send(gateway.port)).status, 200);
  assert.equal((await send(gateway.port, { headers: { authorization: 'Basic eDp5' } })).status, 200);
  refused(await send(gateway.port, bearer(expired)), /expired/);
  assert.equal((await send(gateway.port, bearer(issuer.token('k1', claims)))).status, 200);
  assert.equal((await upstream.request(3)).headers['x-user'], 'alice');
  await gateway.reload(withUser('permissive'));
  assert.equal((await send(gateway.port, bearer(expired))).status, 200);
  const seen = await upstream.request(4);
  assert.notEqual(seen.headers['x-user'], 'alice');
  // It is none that this gateway knows anything of.
  assert.equal(seen.headers.authorization, `Bearer ${expired}`);
});

test('attacks get 401 with a word on why, and never an answer of the backend', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute(`{ ${jwtAuth()} }`, upstream.host));
  const [head = '', body = ''] = issuer.token('k1', claims, { alg: 'none' }).split('.');
  const attacks: readonly (readonly [string, RegExp])[] = [
    [`${head}.${body}.`, /no JWT/],
    [issuer.token('k1', claims, { alg: 'none' }), /algorithm/],
    [hmacToken(issuer.publicKeyPem('rsa'), claims, { alg: 'HS256', kid: 'rsa' }), /algorithm/],
    [issuer.token('k1', claims, { alg: 'RS256' }), /algorithm/],
    [issuer.token('k1', claims, { kid: 'rsa' }), /algorithm/],
    [issuer.token('k1', claims, { kid: 'unknown' }), /does not list/],
    [issuer.token('k1', { ...claims, exp: 1000 }), /expired/],
    [issuer.token('k1', { ...claims, nbf: soon }), /not valid yet/],
    [issuer.token('k1', { ...claims, aud: 'other' }), /another audience/],
    [issuer.token('k1', { ...claims, iss: 'https://evil.test' }), /not trusted/],
    [issuer.token('k1', { ...claims, exp: undefined }), /lacks the claim exp/],
    [issuer.token('k1', { ...claims, pad: 'x'.repeat(15_000) }), /longer than/],
    [issuer.token('k1', claims, { crit: ['x'] }), /crit/],
  ];
  for (const [token, why] of attacks) {
    const reply = await send(gateway.port, bearer(token));
    refused(reply, why);
    assert.match(reply.headers['www-authenticate'] ?? '', /^Bearer error="invalid_token", error_description="[^"]+"$/);
    assert.doesNotMatch(reply.text, new RegExp(token.slice(-20)));
  }
  assert.equal(upstream.requests.length, 0);
});

test('attack: two Authorization fields are refused, whichever is good', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute(`{ ${jwtAuth()} }`, upstream.host));
  const good = `Authorization: Bearer ${issuer.token('k1', claims)}\r\n`;
  for (const fields of [
    `${good}Authorization: Bearer x\r\n`,
    `Authorization: Basic eDp5\r\n${good}`,
    `${good}${good}`,
  ]) {
    const client = RawClient.connect(gateway.port);
    client.write(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`);
    const text = await client.rest();
    assert.match(text, /^HTTP\/1\.1 401 /);
    assert.match(text, /more than once/);
  }
  assert.equal(upstream.requests.length, 0);
});

test('a token is found, and taken out, in a query parameter, a cookie, a field of its own or by an expression', async () => {
  await using upstream = await startUpstream();
  const token = issuer.token('k1', claims);
  const at = (location: string): string =>
    oneRoute(`{ ${jwtAuth(`mode: strict, location: ${location}`)} }`, upstream.host);
  await using gateway = await startGateway(at('{ queryParameter: { name: tok } }'));
  assert.equal((await send(gateway.port, { path: `/?a=1&tok=${token}&b=%20` })).status, 200);
  assert.equal((await upstream.request(1)).url, '/?a=1&b=%20');
  refused(await send(gateway.port, { path: `/?tok=${token}&tok=x` }), /more than once/);
  refused(await send(gateway.port, { path: `/?tok=bad.${token}` }), /no JWT/);
  assert.doesNotMatch(await gateway.rawLog(), /bad\./);
  await gateway.reload(at('{ cookie: { name: tok } }'));
  assert.equal((await send(gateway.port, { headers: { cookie: `a=1; tok=${token}; b=2` } })).status, 200);
  assert.equal((await upstream.request(2)).headers.cookie, 'a=1; b=2');
  refused(await send(gateway.port, { headers: { cookie: `tok=${token}; tok=${token}` } }), /more than once/);
  await gateway.reload(at('{ header: { name: X-Token } }'));
  assert.equal((await send(gateway.port, { headers: { 'x-token': token } })).status, 200);
  assert.equal((await upstream.request(3)).headers['x-token'], undefined);
  await gateway.reload(at(`{ expression: 'request.headers["x-a"].split(" ")[1]' }`));
  assert.equal((await send(gateway.port, { headers: { 'x-a': `JWT ${token}` } })).status, 200);
  refused(await send(gateway.port), /missing/);
});

test('tokens of a gateway are checked before a route is looked for', async () => {
  await using gateway = await startGateway(`
gateways:
  default: { port: $PORT, address: ["127.0.0.1"], ${jwtAuth()} }
routes:
- { matches: [{ path: { exact: /there } }], policies: { directResponse: { status: 200, bodyExpression: jwt.sub } } }
`);
  refused(await send(gateway.port, { path: '/nowhere' }), /missing/);
  const token = bearer(issuer.token('k1', claims));
  assert.equal((await send(gateway.port, { path: '/nowhere', ...token })).status, 404);
  assert.equal((await send(gateway.port, { path: '/there', ...token })).text, 'alice');
});

test('a route may ask for more than its gateway did, of the token that was shown there', async () => {
  const keys = JSON.stringify(issuer.keySet());
  const route = (audience: string): string =>
    `{ jwtAuth: { mode: strict, issuer: "https://idp.test", audiences: [${audience}], jwks: ${keys} }, directResponse: { status: 200, bodyExpression: jwt.sub } }`;
  await using gateway = await startGateway(`
gateways:
  default: { port: $PORT, address: ["127.0.0.1"], ${jwtAuth()} }
routes:
- { matches: [{ path: { exact: /same } }], policies: ${route('api')} }
- { matches: [{ path: { exact: /admin } }], policies: ${route('admin')} }
`);
  const plain = bearer(issuer.token('k1', claims));
  assert.equal((await send(gateway.port, { path: '/same', ...plain })).text, 'alice');
  refused(await send(gateway.port, { path: '/admin', ...plain }), /another audience/);
  const both = bearer(issuer.token('k1', { ...claims, aud: ['api', 'admin'] }));
  assert.equal((await send(gateway.port, { path: '/admin', ...both })).text, 'alice');
});

test('a file whose keys are none is refused with the reason', async () => {
  await assert.rejects(
    startGateway(oneRoute('{ jwtAuth: { mode: strict, issuer: a, jwks: "{}" } }', '127.0.0.1:1')),
    /jwks of a: the key set has no member keys/,
  );
});

test('keys behind a URL are fetched once, found anew when they change, and missing ones are 503', async () => {
  const own = new TestIssuer();
  own.addKey('first');
  let fail = true;
  await using server = await startUpstream((_, response) => {
    response.writeHead(fail ? 500 : 200, { 'content-type': 'application/json' }).end(own.keySet());
  });
  await using upstream = await startUpstream();
  const source = (extra: string): string =>
    oneRoute(
      `{ jwtAuth: { mode: strict, issuer: "https://idp.test", jwks: { url: "http://${server.host}/keys${extra}" } } }`,
      upstream.host,
    );
  await using gateway = await startGateway(source('?down'));
  const token = (): { readonly headers: { readonly authorization: string } } => bearer(own.token('first', claims));
  const down = await send(gateway.port, token());
  assert.equal(down.status, 503);
  assert.ok(Number(down.headers['retry-after']) > 0);
  fail = false;
  await gateway.reload(source(''));
  const before = server.requests.length;
  const replies = await Promise.all(Array.from({ length: 20 }, () => send(gateway.port, token())));
  assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]));
  assert.ok(server.requests.length <= before + 1);
  // A flood of tokens with made-up keys.
  const forged = new TestIssuer();
  forged.addKey('forged');
  const flood = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      send(gateway.port, bearer(forged.token('forged', claims, { kid: `made-up-${i}` }))),
    ),
  );
  for (const reply of flood) refused(reply, /does not list/);
  assert.ok(server.requests.length <= before + 2, `${server.requests.length - before} fetches`);
});

test('tokens that oidc-provider issues let in, as its metadata says', async () => {
  await using provider = await startTokenProvider();
  await using upstream = await startUpstream();
  const source = (audience: string): string =>
    oneRoute(
      `{ jwtAuth: { mode: strict, issuer: "${provider.issuer}", audiences: ["${audience}"], jwks: { url: "${provider.issuer}/jwks" } },
         transformations: { request: { set: { x-client: jwt.client_id, x-scope: jwt.scope } } } }`,
      upstream.host,
    );
  await using gateway: TestGateway = await startGateway(source('https://api.test'));
  const token = await clientCredentialsToken(provider, 'jwt');
  assert.equal((await send(gateway.port, bearer(token))).status, 200);
  const { headers } = await upstream.request(1);
  assert.deepEqual([headers['x-client'], headers['x-scope']], ['waygate', 'read']);
  const [head = '', body = '', signature = ''] = token.split('.');
  const swapped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  refused(await send(gateway.port, bearer(`${head}.${body}.${swapped}`)), /signature/);
  await gateway.reload(source('https://other.test'));
  refused(await send(gateway.port, bearer(token)), /another audience/);
});
