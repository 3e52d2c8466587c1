import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient, send } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

/** `/admin` is answered here, all else goes to `host` ; the log has the path that expressions see. */
function guarded(host: string, http: string): string {
  return `
frontendPolicies: { http: ${http}, accessLog: { add: { seen: request.path } } }
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
routes:
- matches: [{ path: { pathPrefix: /admin } }]
  policies: { directResponse: { status: 403, body: guarded } }
- backends: [{ host: "${host}" }]
`;
}

test('routes, expressions and upstreams see one path, whatever the client wrote', async () => {
  await using upstream = await startUpstream();
  const http =
    '{ pathNormalization: { mergeSlashes: true, dotSegments: resolve, encodedSlash: decode, backslash: toSlash } }';
  await using gateway = await startGateway(guarded(upstream.host, http));
  const ask = async (path: string): Promise<number> => {
    const client = RawClient.connect(gateway.port);
    client.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(await client.rest())?.[1]);
    client.destroy();
    return status;
  };
  for (const path of [
    '/admin',
    '//admin',
    '/x/../admin',
    '/x/%2e%2e/admin/y',
    '/x%2f..%2fadmin',
    '/x\\..\\admin',
    '/./admin?q=/../',
  ])
    assert.equal(await ask(path), 403, path);
  assert.equal(upstream.requests.length, 0);
  assert.equal(await ask('/a/../b//c%2Fd?x=../%2f//'), 200);
  const { url } = await upstream.request(1);
  assert.equal(url, '/b/c/d?x=../%2f//');
  const lines = await gateway.lines(8);
  assert.deepEqual([lines.at(-1)?.['http.path'], lines.at(-1)?.['seen']], ['/a/../b//c%2Fd', '/b/c/d']);
});

test('what may be read in two ways is 400 where it is to be refused', async () => {
  await using upstream = await startUpstream();
  const http =
    '{ pathNormalization: { dotSegments: reject, encodedSlash: reject, backslash: reject }, underscores: reject }';
  await using gateway = await startGateway(guarded(upstream.host, http));
  for (const path of ['/x/%2e%2e/admin', '/x%2fy', '/x%5cy']) {
    const { status, text } = await send(gateway.port, { path });
    assert.deepEqual([status, JSON.parse(text).error.reason], [400, 'badRequest'], path);
  }
  assert.equal((await send(gateway.port, { headers: { x_a: '1' } })).status, 400);
  assert.equal((await send(gateway.port, { path: '/x.y/z' })).status, 200);
  assert.equal(upstream.requests.length, 1);
  assert.equal((await gateway.lines(5)).length, 5);
});

test('without a word paths and names go on as they came', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(guarded(upstream.host, '{}'));
  await send(gateway.port, { path: '//x/%2e%2e/admin', headers: { x_a: '1' } });
  const { url, headers } = await upstream.request(1);
  assert.deepEqual([url, headers['x_a']], ['//x/%2e%2e/admin', '1']);
});
