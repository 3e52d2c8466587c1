import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { closedHost, startUpstream } from '../../testkit/upstream.ts';

test('traffic is shared by weight, and a weight of 0 gets none', async () => {
  await using heavy = await startUpstream();
  await using light = await startUpstream();
  const backends = (a: number, b: number): string[] => [
    `{ host: "${heavy.host}", weight: ${a} }`,
    `{ host: "${light.host}", weight: ${b} }`,
  ];
  await using gateway = await startGateway(oneRoute('', backends(9, 1)));
  for (let i = 0; i < 300; i++) await send(gateway.port);
  assert.equal(heavy.requests.length + light.requests.length, 300);
  // The chance that a fair choice leaves these bounds is below one in ten thousand million.
  assert.ok(light.requests.length >= 1 && light.requests.length <= 75, `${light.requests.length} of 300`);
  const before = light.requests.length;
  await gateway.reload(oneRoute('', backends(1, 0)));
  for (let i = 0; i < 20; i++) await send(gateway.port);
  assert.equal(light.requests.length, before);
});

test('a route without any backend is 503, and one whose weights are all 0 is refused', async () => {
  await using gateway = await startGateway(oneRoute(''));
  const { status, text } = await send(gateway.port);
  assert.deepEqual([status, JSON.parse(text).error.reason], [503, 'noBackend']);
  await assert.rejects(gateway.reload(oneRoute('', '{ host: "127.0.0.1:1", weight: 0 }')), /every weight is 0/);
});

test('a named backend is reached with its own policies, which those of its use override', async () => {
  await using upstream = await startUpstream();
  const named = `
backends:
- name: shared
  host: "${upstream.host}"
  policies:
    requestHeaderModifier: { set: { x-from: backend } }
    backendAuth: { key: secret }
`;
  await using gateway = await startGateway(oneRoute('', '{ backend: shared }', named));
  await send(gateway.port, { headers: { authorization: 'Bearer client' } });
  const first = (await upstream.request(1)).headers;
  assert.deepEqual([first['x-from'], first.authorization], ['backend', 'Bearer secret']);
  const [line] = await gateway.lines(1);
  assert.equal(line?.['endpoint'], upstream.host);
  const use = '{ backend: shared, policies: { requestHeaderModifier: { set: { x-from: use } } } }';
  await gateway.reload(oneRoute('', use, named));
  await send(gateway.port);
  const second = (await upstream.request(2)).headers;
  assert.deepEqual([second['x-from'], second.authorization], ['use', 'Bearer secret']);
});

test('what a backend adds for one upstream is neither logged nor seen by its mirror', async () => {
  await using upstream = await startUpstream();
  await using mirror = await startUpstream();
  const policies = `{ requestMirror: { backend: { host: "${mirror.host}" }, percentage: 1 } }`;
  const backend = `{ host: "${upstream.host}", policies: { backendAuth: { key: secret } } }`;
  await using gateway = await startGateway(oneRoute(policies, backend));
  await send(gateway.port);
  assert.equal((await upstream.request(1)).headers.authorization, 'Bearer secret');
  assert.equal((await mirror.request(1)).headers.authorization, undefined);
  await gateway.lines(1);
  assert.ok(!(await gateway.rawLog()).includes('secret'));
});

test('a dynamic backend goes where the request’s host, or an expression, says', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', '{ dynamic: {} }'));
  assert.equal((await send(gateway.port, { headers: { host: upstream.host } })).text, 'ok');
  assert.equal((await send(gateway.port, { headers: { host: `localhost:${upstream.port}` } })).text, 'ok');
  assert.equal((await upstream.request(2)).headers.host, `localhost:${upstream.port}`);
  assert.equal((await send(gateway.port, { headers: { host: await closedHost() } })).status, 503);
  await gateway.reload(oneRoute('', `{ dynamic: { target: "request.headers['x-to']" } }`));
  assert.equal((await send(gateway.port, { headers: { 'x-to': upstream.host } })).text, 'ok');
  for (const to of ['', 'no port:x', 'user@host:1', 'a/b:80', '127.0.0.1:0', '127.0.0.1:70000', '[::1']) {
    const { status } = await send(gateway.port, { headers: { 'x-to': to } });
    assert.equal(status, 503, to);
  }
  assert.equal((await send(gateway.port)).status, 503);
});

test('the port that a dynamic backend goes to without one is that of the request’s scheme, whoever came before', async () => {
  const policies = `{ transformations: { request: { set: { ":scheme": 'request.headers["x-scheme"]' } } } }`;
  await using gateway = await startGateway(oneRoute(policies, '{ dynamic: {} }'));
  for (const scheme of ['http', 'https', 'http']) {
    // Nobody listens there.
    const { status } = await send(gateway.port, { headers: { host: '127.9.8.7', 'x-scheme': scheme } });
    assert.equal(status, 503);
  }
  const lines = await gateway.lines(3);
  assert.deepEqual(
    lines.map(({ endpoint }) => endpoint),
    ['127.9.8.7:80', '127.9.8.7:443', '127.9.8.7:80'],
  );
});

test('the internal backend is the admin API, by its own path or the request’s', async () => {
  await using admin = await startUpstream();
  const config = `config: { adminAddr: "localhost:${admin.port}" }`;
  await using gateway = await startGateway(oneRoute('', '{ backend: admin }', named('forward')));
  function named(internal: string): string {
    return `${config}\nbackends: [{ name: admin, internal: ${internal} }]`;
  }
  const headers = { host: 'public.test', origin: 'http://public.test' };
  assert.equal((await send(gateway.port, { path: '/config_dump?a=1', headers })).text, 'ok');
  const first = await admin.request(1);
  assert.deepEqual([first.url, first.headers.host], ['/config_dump?a=1', `localhost:${admin.port}`]);
  assert.equal(first.headers.origin, undefined);
  await gateway.reload(oneRoute('', '{ backend: admin }', named('/config_dump')));
  await send(gateway.port, { path: '/anything?a=1' });
  assert.equal((await admin.request(2)).url, '/config_dump?a=1');
});

test('an invalid backend is 500, and its message goes to the log only', async () => {
  await using gateway = await startGateway(oneRoute('', '{ invalid: null }'));
  const { status, text } = await send(gateway.port);
  assert.deepEqual([status, JSON.parse(text).error.reason], [500, 'invalidConfiguration']);
  const [line] = await gateway.lines(1);
  assert.equal(line?.['reason'], 'invalidConfiguration');
});

test('an upstream may listen on a Unix socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-unix-'));
  try {
    const path = join(folder, 'app.sock');
    await using upstream = await startUpstream(undefined, { path });
    await using gateway = await startGateway(oneRoute('', `unix:${path}`));
    const { text } = await send(gateway.port, { method: 'POST', body: 'hello', headers: { host: 'client.test' } });
    assert.equal(text, 'ok');
    const { body, headers } = await upstream.request(1);
    assert.deepEqual([body.toString(), headers.host], ['hello', 'client.test']);
    const [line] = await gateway.lines(1);
    assert.equal(line?.['endpoint'], `unix:${path}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a host name that does not resolve is 503 and says so', async () => {
  await using gateway = await startGateway(oneRoute('', 'does-not-exist.invalid:80'));
  const { status, text } = await send(gateway.port);
  assert.deepEqual([status, JSON.parse(text).error.reason], [503, 'dnsFailed']);
});
