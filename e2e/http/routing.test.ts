import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';

/** A configuration whose routes answer their names. */
function named(
  routes: Readonly<Record<string, string>>,
  gateways = 'default: { port: $PORT, address: ["127.0.0.1"] }',
): string {
  const items = Object.entries(routes).map(
    ([name, what]) => `- { name: ${name}, policies: { directResponse: { status: 200, body: ${name} } }, ${what} }`,
  );
  return `gateways: { ${gateways} }\nroutes:\n${items.join('\n')}\n`;
}

test('the most specific match wins, whatever the order in the file', async () => {
  await using gateway = await startGateway(
    named({
      any: 'matches: [{ path: { pathPrefix: / } }]',
      regex: 'matches: [{ path: { regex: "/v[0-9]+/.*" } }]',
      prefix: 'matches: [{ path: { pathPrefix: /v1 } }]',
      longer: 'matches: [{ path: { pathPrefix: /v1/users } }]',
      exact: 'matches: [{ path: { exact: /v1/users/me } }]',
      method: 'matches: [{ path: { pathPrefix: /v1 }, method: PUT }]',
      header: 'matches: [{ path: { pathPrefix: /v1 }, headers: [{ name: X-Tenant, value: { regex: "t-[0-9]+" } }] }]',
      query: 'matches: [{ path: { pathPrefix: /v1 }, query: [{ name: q, value: { exact: "a b" } }] }]',
    }),
  );
  const route = async (path: string, method = 'GET', headers = {}): Promise<string> =>
    (await send(gateway.port, { path, method, headers })).text;
  assert.equal(await route('/'), 'any');
  assert.equal(await route('/v2/x'), 'any');
  assert.equal(await route('/v1'), 'prefix');
  assert.equal(await route('/v1x'), 'any');
  assert.equal(await route('/v1/users/you'), 'longer');
  assert.equal(await route('/v1/users/me'), 'exact');
  assert.equal(await route('/v1/users/me/'), 'longer');
  assert.equal(await route('/v1/x', 'PUT', { 'x-tenant': 't-1' }), 'method');
  assert.equal(await route('/v1/x', 'GET', { 'x-tenant': 't-1' }), 'header');
  assert.equal(await route('/v1/x', 'GET', { 'x-tenant': 'not t-1' }), 'prefix');
  assert.equal(await route('/v1/x?q=a+b', 'GET', { 'x-tenant': 't-1' }), 'header');
  assert.equal(await route('/v1/x?q=a%20b'), 'query');
});

test('a regex route takes what no prefix does', async () => {
  await using gateway = await startGateway(
    named({
      regex: 'matches: [{ path: { regex: "/v[0-9]+/.*" } }]',
      prefix: 'matches: [{ path: { pathPrefix: /v1 } }]',
    }),
  );
  assert.equal((await send(gateway.port, { path: '/v2/x' })).text, 'regex');
  assert.equal((await send(gateway.port, { path: '/v1/x' })).text, 'prefix');
  assert.equal((await send(gateway.port, { path: '/x/v2/x' })).status, 404);
});

test('a host name that is named wins over a longer wildcard, that over a shorter one, that over any', async () => {
  await using gateway = await startGateway(
    named({
      any: 'matches: [{ path: { exact: /only-any } }, { path: { pathPrefix: / } }]',
      wide: 'hostnames: ["*.test"]',
      narrow: 'hostnames: ["*.a.test"]',
      exact: 'hostnames: [x.a.test], matches: [{ path: { pathPrefix: /x } }]',
    }),
  );
  const route = async (host: string, path = '/'): Promise<string> =>
    (await send(gateway.port, { path, headers: { host } })).text;
  assert.equal(await route('other'), 'any');
  assert.equal(await route('b.test'), 'wide');
  assert.equal(await route('y.a.test:8080'), 'narrow');
  assert.equal(await route('deep.y.a.test'), 'narrow');
  assert.equal(await route('X.A.test', '/x'), 'exact');
  // A more specific host that has no match for the path leaves it to the less specific ones.
  assert.equal(await route('x.a.test', '/y'), 'narrow');
  assert.equal(await route('a.test'), 'wide');
});
