import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

function routeAt(prefix: string, policies: string, backend = '127.0.0.1:1'): string {
  return `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
routes:
- name: only
  matches: [{ path: { pathPrefix: ${prefix} } }]
  policies: ${policies}
  backends: [{ host: "${backend}" }]
`;
}

test('a redirect changes scheme, host, port and path one by one', async () => {
  await using gateway = await startGateway(oneRoute('{ requestRedirect: {} }'));
  const location = async (redirect: string, host = 'a.test:81', path = '/x/y?q=1'): Promise<unknown> => {
    await gateway.reload(routeAt('/x', `{ requestRedirect: ${redirect} }`));
    const { status, headers, text } = await send(gateway.port, { path, headers: { host } });
    assert.equal(text, '');
    assert.equal(headers['content-length'], '0');
    return [status, headers.location];
  };
  assert.deepEqual(await location('{}'), [302, 'http://a.test:81/x/y?q=1']);
  assert.deepEqual(await location('{ scheme: https }'), [302, 'https://a.test/x/y?q=1']);
  assert.deepEqual(await location('{ scheme: https, authority: { port: 8443 } }'), [
    302,
    'https://a.test:8443/x/y?q=1',
  ]);
  assert.deepEqual(await location('{ scheme: https, authority: { port: 443 } }'), [302, 'https://a.test/x/y?q=1']);
  assert.deepEqual(await location('{ authority: { host: b.test } }'), [302, 'http://b.test:81/x/y?q=1']);
  assert.deepEqual(await location('{ authority: { full: "b.test:82" } }'), [302, 'http://b.test:82/x/y?q=1']);
  assert.deepEqual(await location('{ authority: { port: 80 } }'), [302, 'http://a.test/x/y?q=1']);
  assert.deepEqual(await location('{ path: { full: /new } }'), [302, 'http://a.test:81/new?q=1']);
  assert.deepEqual(await location('{ path: { prefix: /z } }'), [302, 'http://a.test:81/z/y?q=1']);
  assert.deepEqual(await location('{ path: { prefix: / } }'), [302, 'http://a.test:81/y?q=1']);
  assert.deepEqual(await location('{ path: { prefix: / } }', 'a.test', '/x'), [302, 'http://a.test/']);
  for (const status of [301, 303, 307, 308]) {
    assert.deepEqual(await location(`{ status: ${status} }`), [status, 'http://a.test:81/x/y?q=1']);
  }
  assert.deepEqual(await location('{ scheme: https }', '[::1]:81'), [302, 'https://[::1]/x/y?q=1']);
});

test('a rewrite changes the path, and the query stays', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const sent = async (prefix: string, rewrite: string, path: string): Promise<string | undefined> => {
    await gateway.reload(routeAt(prefix, `{ urlRewrite: { path: ${rewrite} } }`, upstream.host));
    assert.equal((await send(gateway.port, { path })).status, 200);
    return upstream.requests.at(-1)?.url;
  };
  assert.equal(await sent('/v1', '{ prefix: /api/ }', '/v1/a/b?q=1'), '/api/a/b?q=1');
  assert.equal(await sent('/v1', '{ prefix: /api }', '/v1'), '/api');
  assert.equal(await sent('/v1', '{ prefix: /api }', '/v1/'), '/api/');
  assert.equal(await sent('/v1/', '{ prefix: / }', '/v1/a'), '/a');
  assert.equal(await sent('/v1', '{ prefix: / }', '/v1?q=1'), '/?q=1');
  assert.equal(await sent('/', '{ prefix: /base }', '/a'), '/base/a');
  assert.equal(await sent('/', '{ full: /only }', '/a?q=1'), '/only?q=1');
});

test('a redirect sees the rewritten URL, and a backend’s redirect answers instead of it', async () => {
  await using gateway = await startGateway(
    routeAt('/x', '{ urlRewrite: { path: { prefix: /y } }, requestRedirect: { status: 301 } }'),
  );
  const { headers } = await send(gateway.port, { path: '/x/a', headers: { host: 'a.test' } });
  assert.equal(headers.location, 'http://a.test/y/a');
  await gateway.reload(
    routeAt('/x', '{ urlRewrite: { path: { prefix: /longer } }, requestRedirect: { path: { prefix: /z } } }'),
  );
  const again = await send(gateway.port, { path: '/x/a', headers: { host: 'a.test' } });
  assert.equal(again.headers.location, 'http://a.test/z/a');
  await gateway.reload(
    oneRoute('', '{ host: "127.0.0.1:1", policies: { requestRedirect: { authority: { full: b.test } } } }'),
  );
  assert.equal((await send(gateway.port, { headers: { host: 'a.test' } })).headers.location, 'http://b.test/');
});

test('a prefix is replaced where it stands in the path that a transformation made, else the whole path is', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const sent = async (path: string): Promise<string | undefined> => {
    const policies = `{ transformations: { request: { set: { ":path": '${path}' } } }, urlRewrite: { path: { prefix: /x } } }`;
    await gateway.reload(routeAt('/api', policies, upstream.host));
    assert.equal((await send(gateway.port, { path: '/api/u' })).status, 200);
    return upstream.requests.at(-1)?.url;
  };
  assert.equal(await sent('request.path + "/v"'), '/x/u/v');
  assert.equal(await sent('"/version2" + request.path'), '/x');
});
