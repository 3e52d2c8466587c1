import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send, type Reply } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

const page = 'https://app.example';

/** The CORS fields of an answer, by their last words. */
function fields({ headers }: Reply): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith('access-control-') ? [[name.slice('access-control-'.length), value]] : [],
    ),
  );
}

const preflight = (origin: string, extra: Record<string, string> = {}): { method: string; headers: typeof extra } => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'PUT', ...extra },
});

test('a preflight of an allowed origin is answered by the gateway with what is allowed', async () => {
  await using upstream = await startUpstream();
  const policies = `{ cors: { allowOrigins: ["${page}"], allowMethods: [GET, PUT], allowHeaders: [x-a, x-b],
    exposeHeaders: [x-c], allowCredentials: true, maxAge: 10m } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const reply = await send(gateway.port, preflight(page));
  assert.equal(reply.status, 200);
  assert.deepEqual(fields(reply), {
    'allow-origin': page,
    'allow-methods': 'GET, PUT',
    'allow-headers': 'x-a, x-b',
    'allow-credentials': 'true',
    'expose-headers': 'x-c',
    'max-age': '600',
  });
  assert.match(String(reply.headers.vary), /\bOrigin\b/);
  assert.equal(upstream.requests.length, 0);
});

test('a preflight of another origin is answered without a word, and does not reach the upstream', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute(`{ cors: { allowOrigins: ["${page}"] } }`, upstream.host));
  for (const origin of ['https://evil.example', 'null', 'https://app.example.evil.example', 'http://app.example', '']) {
    const reply = await send(gateway.port, preflight(origin));
    assert.deepEqual([reply.status, fields(reply)], [200, {}], origin);
  }
  assert.equal(upstream.requests.length, 0);
});

test('what is no preflight goes on: OPTIONS without a method to ask for, or without an origin', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute(`{ cors: { allowOrigins: ["${page}"] } }`, upstream.host));
  await send(gateway.port, { method: 'OPTIONS', headers: { origin: page } });
  const reply = await send(gateway.port, { method: 'OPTIONS', headers: { 'access-control-request-method': 'PUT' } });
  assert.deepEqual([reply.text, fields(reply)], ['ok', {}]);
  assert.equal(upstream.requests.length, 2);
});

test('requests of every origin go on; only the allowed ones are told so, whatever the upstream says', async () => {
  await using upstream = await startUpstream((_, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('vary', 'accept');
    response.end('ok');
  });
  const policies = `{ cors: { allowOrigins: ["${page}"], exposeHeaders: [x-c] } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const allowed = await send(gateway.port, { headers: { origin: page } });
  assert.deepEqual(fields(allowed), { 'allow-origin': page, 'expose-headers': 'x-c' });
  const refused = await send(gateway.port, { headers: { origin: 'https://evil.example' } });
  assert.deepEqual([refused.text, fields(refused)], ['ok', {}]);
  const none = await send(gateway.port);
  assert.deepEqual(fields(none), {});
  for (const { headers } of [allowed, refused, none]) assert.equal(headers.vary, 'accept, Origin');
});

test('a wildcard with credentials never becomes the origin of whoever asks with credentials', async () => {
  await using upstream = await startUpstream();
  const policies = `{ cors: { allowOrigins: ["*", "${page}"], allowCredentials: true } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const named = await send(gateway.port, { headers: { origin: page } });
  assert.deepEqual(fields(named), { 'allow-origin': page, 'allow-credentials': 'true' });
  for (const origin of ['https://evil.example', 'null']) {
    const anybody = await send(gateway.port, { headers: { origin } });
    assert.deepEqual(fields(anybody), { 'allow-origin': '*' }, origin);
  }
  await gateway.reload(
    oneRoute(`{ cors: { allowOrigins: ["https://*", "null"], allowCredentials: true } }`, upstream.host),
  );
  for (const origin of ['https://evil.example', 'null']) {
    const reply = await send(gateway.port, { headers: { origin } });
    assert.deepEqual(fields(reply), { 'allow-origin': origin }, origin);
  }
});

test('an origin below a name is that of its pages only', async () => {
  await using upstream = await startUpstream();
  const policies = `{ cors: { allowOrigins: ["https://*.app.example"], allowCredentials: true } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const granted = async (origin: string): Promise<boolean> =>
    fields(await send(gateway.port, { headers: { origin } }))['allow-origin'] === origin;
  assert.equal(await granted('https://a.app.example'), true);
  for (const evil of [
    'https://evil-app.example',
    'https://app.example',
    'https://a.app.example.evil.example',
    'https://a.app.example:444',
    'https://x@a.app.example',
    'https://a.app.example/',
    'https://*.app.example',
    'http://a.app.example',
  ]) {
    assert.equal(await granted(evil), false, evil);
  }
});

test('a star for methods and fields becomes what the browser asks for, and nothing that is none', async () => {
  await using gateway = await startGateway(
    oneRoute(`{ cors: { allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"] } }`),
  );
  const asked = { 'access-control-request-headers': 'X-A,x-b , "evil", x c' };
  const reply = await send(gateway.port, preflight(page, asked));
  assert.deepEqual(fields(reply), { 'allow-origin': '*', 'allow-methods': 'PUT', 'allow-headers': 'X-A, x-b' });
});

test('errors that the gateway answers carry the fields, so that a page can read them', async () => {
  await using gateway = await startGateway(oneRoute(`{ cors: { allowOrigins: ["${page}"] } }`, '127.0.0.1:1'));
  const reply = await send(gateway.port, { headers: { origin: page } });
  assert.deepEqual([reply.status, fields(reply)], [503, { 'allow-origin': page }]);
});

test('before a route is chosen, preflights for any path are answered; a route may let in more', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(`
gateways:
  default: { port: $PORT, address: ["127.0.0.1"], cors: { allowOrigins: ["${page}"] } }
routes:
- { name: a, matches: [{ path: { pathPrefix: /a } }], backends: [{ host: "${upstream.host}" }], policies: { cors: { allowOrigins: ["https://b.example"] } } }
`);
  const lost = await send(gateway.port, { ...preflight(page), path: '/nowhere' });
  assert.deepEqual([lost.status, fields(lost)], [200, { 'allow-origin': page }]);
  const missing = await send(gateway.port, { path: '/nowhere', headers: { origin: page } });
  assert.deepEqual([missing.status, fields(missing)], [404, { 'allow-origin': page }]);
  for (const origin of [page, 'https://b.example']) {
    const reply = await send(gateway.port, { path: '/a', headers: { origin } });
    assert.deepEqual(fields(reply), { 'allow-origin': origin });
  }
  assert.deepEqual(fields(await send(gateway.port, { path: '/a', headers: { origin: 'https://evil.example' } })), {});
});
