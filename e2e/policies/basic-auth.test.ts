import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { send, type Reply } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { connectOver1 } from '../tunnel/tunnel-client.ts';

const users = [
  `alice:${hashSync('secret', 5)}`,
  'bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=',
  `ünï:${hashSync('pä:ss', 4)}`,
];
const htpasswd = JSON.stringify(users.join('\n').replaceAll('$', '$$$$'));

const as = (user: string, password: string): { readonly headers: { readonly authorization: string } } => ({
  headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
});

test('a user with the right password gets in, is known to expressions, and the password stays here', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(
    oneRoute(
      `{ basicAuth: { mode: strict, htpasswd: ${htpasswd} }, transformations: { request: { set: { x-user: basicAuth.username } } } }`,
      upstream.host,
    ),
  );
  for (const [user, password] of [
    ['alice', 'secret'],
    ['alice', 'secret'],
    ['bob', 'secret'],
    ['ünï', 'pä:ss'],
  ] as const) {
    assert.equal((await send(gateway.port, as(user, password))).status, 200, user);
    const { headers } = await upstream.request(upstream.requests.length);
    assert.equal(headers.authorization, undefined);
    if (user !== 'ünï') assert.equal(headers['x-user'], user);
  }
});

test('without a right password a browser is asked for one', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(
    oneRoute(`{ basicAuth: { htpasswd: ${htpasswd}, realm: 'staff "only"' } }`, upstream.host),
  );
  const asked = ({ status, headers }: Reply): void => {
    assert.equal(status, 401);
    assert.equal(headers['www-authenticate'], 'Basic realm="staff \\"only\\"", charset="UTF-8"');
  };
  asked(await send(gateway.port));
  asked(await send(gateway.port, as('alice', 'wrong')));
  asked(await send(gateway.port, as('nobody', 'secret')));
  asked(await send(gateway.port, as('', '')));
  for (const authorization of ['Basic ', 'Basic !!!', 'Basic bm9jb2xvbg==', 'Bearer x']) {
    asked(await send(gateway.port, { headers: { authorization } }));
  }
  assert.equal(upstream.requests.length, 0);
});

test('optional lets in who says nothing', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(
    oneRoute(`{ basicAuth: { mode: optional, htpasswd: ${htpasswd} } }`, upstream.host),
  );
  assert.equal((await send(gateway.port)).status, 200);
  assert.equal((await send(gateway.port, as('alice', 'wrong'))).status, 401);
});

test('the credential of a proxy is asked for with 407', async () => {
  await using upstream = await startUpstream();
  const location = '{ header: { name: Proxy-Authorization, prefix: "Basic " } }';
  await using gateway = await startGateway(
    oneRoute(
      `{ basicAuth: { mode: strict, htpasswd: ${htpasswd}, authorizationLocation: ${location} } }`,
      upstream.host,
    ),
  );
  const { status, headers } = await send(gateway.port);
  assert.deepEqual([status, headers['proxy-authenticate']], [407, 'Basic realm="Restricted", charset="UTF-8"']);
  const { authorization } = as('alice', 'secret').headers;
  assert.equal((await send(gateway.port, { headers: { 'proxy-authorization': authorization } })).status, 200);
  assert.equal((await upstream.request(1)).headers['proxy-authorization'], undefined);
});

test('who asks for a tunnel shows the credential of a proxy', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(
    oneRoute(
      `{ basicAuth: { mode: strict, htpasswd: ${htpasswd} } }`,
      upstream.host,
      'frontendPolicies: { connect: { mode: route } }',
    ),
  );
  const { authorization } = as('alice', 'secret').headers;
  const status = async (fields: string): Promise<number> => {
    const tunnel = await connectOver1(gateway.port, upstream.host, { fields });
    tunnel.close();
    return tunnel.status;
  };
  assert.equal(await status(''), 407);
  assert.equal(await status(`Authorization: ${authorization}\r\n`), 407);
  assert.equal(await status(`Proxy-Authorization: ${authorization}\r\n`), 200);
});
