import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { closedHost, startUpstream } from '../../testkit/upstream.ts';

test('a service of HTTP is asked with what the file says, and its answer is the client’s', async () => {
  await using upstream = await startUpstream();
  await using service = await startUpstream((request, response) => {
    response.setHeader('x-user', ['ann', 'bob']);
    if (request.url.startsWith('/auth/ok')) response.end('{"tier":"gold"}');
    else if (request.url.startsWith('/auth/moved')) response.writeHead(302, { location: '/login' }).end();
    else response.writeHead(401, { 'www-authenticate': 'Basic' }).end('who?');
  });
  const policies = `
    extAuthz:
      host: "${service.host}"
      includeRequestHeaders: [cookie, ":method", host]
      includeRequestBody: { maxRequestBytes: 100 }
      protocol:
        http:
          path: '"/auth" + request.path'
          addRequestHeaders: { x-path: request.path, x-absent: 'request.headers["nope"]' }
          includeResponseHeaders: [X-User]
          metadata: { tier: json(response.body).tier }
    transformations: { request: { set: { x-tier: extauthz.tier } } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const headers = { host: 'a.example', cookie: 'a=b', authorization: 'Bearer secret', 'x-user': 'evil' };
  const ok = await send(gateway.port, { method: 'POST', path: '/ok?x', headers, body: 'hello' });
  assert.equal(ok.status, 200);
  const asked = await service.request(1);
  assert.deepEqual([asked.method, asked.url, asked.body.toString()], ['POST', '/auth/ok', 'hello']);
  const { cookie, host, authorization, 'x-path': path, 'x-envoy-auth-partial-body': partial } = asked.headers;
  assert.deepEqual([cookie, host, authorization, path, partial], ['a=b', 'a.example', undefined, '/ok', 'false']);
  assert.equal(asked.headers['x-absent'], undefined);
  const seen = await upstream.request(1);
  assert.deepEqual(
    [seen.headers['x-user'], seen.headers['x-tier'], seen.body.toString()],
    ['ann, bob', 'gold', 'hello'],
  );
  const no = await send(gateway.port, { path: '/no', headers });
  assert.deepEqual([no.status, no.text, no.headers['www-authenticate']], [401, 'who?', 'Basic']);
  const moved = await send(gateway.port, { path: '/moved', headers });
  assert.deepEqual([moved.status, moved.headers['location']], [302, '/login']);
  assert.equal(service.connections, 1);
  assert.equal(upstream.requests.length, 1);
});

test('a field that the service vouches for is never the client’s', async () => {
  await using upstream = await startUpstream();
  await using service = await startUpstream((request, response) =>
    response.writeHead(request.url === '/down' ? 503 : 200).end(),
  );
  const policies = `{ extAuthz: { host: "${service.host}", failureMode: allow, protocol: { http: { includeResponseHeaders: [X-User] } } } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  for (const path of ['/', '/down'])
    assert.equal((await send(gateway.port, { path, headers: { 'x-user': 'admin' } })).status, 200, path);
  assert.deepEqual(
    upstream.requests.map(({ headers }) => headers['x-user']),
    [undefined, undefined],
  );
});

test('a browser that a service of HTTP refuses can be sent elsewhere', async () => {
  await using upstream = await startUpstream();
  await using service = await startUpstream((request, response) =>
    response.writeHead(Number(request.url.slice(1))).end(),
  );
  const redirect = `'"https://login.example/?to=" + url.encode(request.path)'`;
  const policies = `{ extAuthz: { host: "${service.host}", protocol: { http: { redirect: ${redirect} } } } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  for (const status of [401, 403]) {
    const reply = await send(gateway.port, { path: `/${status}` });
    assert.deepEqual([reply.status, reply.headers['location']], [302, `https://login.example/?to=%2F${status}`]);
  }
  assert.equal((await send(gateway.port, { path: '/404' })).status, 404);
  assert.equal(upstream.requests.length, 0);
});

test('an expression that fails, or a service of HTTP that does, lets nothing pass', async () => {
  await using upstream = await startUpstream();
  await using service = await startUpstream((_request, response) => response.writeHead(503).end());
  const config = (http: string, host = service.host): string =>
    oneRoute(`{ extAuthz: { host: "${host}", protocol: { http: ${http} } } }`, upstream.host);
  await using gateway = await startGateway(config('{}'));
  assert.equal((await send(gateway.port, { path: '/' })).status, 403);
  assert.equal(service.requests.length, 1);
  for (const http of [`{ path: 'request.headers["x"]' }`, `{ path: '3' }`, `{ body: 'request.headers["x"]' }`]) {
    await gateway.reload(config(http));
    assert.equal((await send(gateway.port, { path: '/' })).status, 403, http);
  }
  assert.equal(service.requests.length, 1);
  await gateway.reload(config('{}', await closedHost()));
  assert.equal((await send(gateway.port, { path: '/' })).status, 403);
  assert.equal(upstream.requests.length, 0);
});

test('no client makes a service of HTTP fail by its share of the question', async () => {
  await using upstream = await startUpstream();
  await using service = await startUpstream();
  const path = `'"/auth?t=" + request.headers["x-token"]'`;
  const policies = `{ extAuthz: { host: "${service.host}", failureMode: allow, protocol: { http: { path: ${path} } } } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const status = async (token: string): Promise<number> =>
    (await send(gateway.port, { path: '/', headers: { 'x-token': token } })).status;
  assert.equal(await status('a'), 200);
  for (const token of ['a b', 'a#b', 'a\tb']) assert.equal(await status(token), 403, token);
  assert.deepEqual([service.requests.length, upstream.requests.length], [1, 1]);
});
