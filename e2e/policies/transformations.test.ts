import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Answer } from '../../testkit/upstream.ts';

const echo: Answer = (request, response) => {
  response.setHeader('x-up', 'old');
  response.setHeader('x-gone', '1');
  response.end(JSON.stringify({ method: request.method, url: request.url, body: request.body.toString() }));
};

/** `transformations` of a route, one line for each part. */
const transform = (parts: string): string => `\n    transformations:\n${parts.replace(/^/gm, '      ')}`;

test('fields are computed, added, set and taken away; metadata is seen by all that follows', async () => {
  await using upstream = await startUpstream(echo);
  const policies = transform(`request:
  metadata: { team: "request.headers['x-team'].upperAscii()" }
  add: { x-list: "'b'" }
  set: { x-team: metadata.team, X-Who: "'team ' + metadata.team", content-length: "'9'" }
  remove: [x-secret]
response:
  metadata: { status: response.code }
  set: { x-up: "metadata.team + string(metadata.status)", x-path: request.path }
  remove: [x-gone]`);
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const headers = { 'x-team': 'red', 'x-list': 'a', 'x-secret': '1' };
  const reply = await send(gateway.port, { path: '/p', headers });
  const seen = await upstream.request(1);
  assert.deepEqual(
    ['x-team', 'x-who', 'x-list', 'x-secret', 'content-length'].map((name) => seen.headers[name]),
    ['RED', 'team RED', 'a, b', undefined, undefined],
  );
  assert.deepEqual(
    ['x-up', 'x-path', 'x-gone'].map((name) => reply.headers[name]),
    ['RED200', '/p', undefined],
  );
});

test('a field whose expression fails is taken away, so that no client stands in for it', async () => {
  await using upstream = await startUpstream(echo);
  const policies =
    transform(`request: { set: { x-user: jwt.sub, x-line: "request.headers['x-in'] + '\\\\r\\\\nx-evil: 1'" } }
response: { set: { x-up: "response.headers['absent']" } }`);
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const reply = await send(gateway.port, { headers: { 'x-user': 'admin', 'x-line': '1', 'x-in': 'a' } });
  const { headers } = await upstream.request(1);
  assert.deepEqual([headers['x-user'], headers['x-line'], headers['x-evil']], [undefined, undefined, undefined]);
  assert.deepEqual([reply.status, reply.headers['x-up']], [200, undefined]);
});

test('expressions that fail are counted, and said with their place, what that means and what they read', async () => {
  await using upstream = await startUpstream(echo);
  const policies =
    transform(`request: { metadata: { m: jwt.team }, set: { x-user: jwt.sub, x-line: "request.headers['x-in']", ":path": jwt.sub } }
response: { body: "string(response.code / 0)" }`);
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  for (let i = 0; i < 2; i++) assert.equal((await send(gateway.port, { headers: { 'x-in': 'a' } })).status, 500);
  assert.equal(gateway.metric('policy_expression_errors', { policy: 'transformations' }), 8);
  const said = gateway.diagnostics.filter((line) => line.includes('a rule could not be evaluated'));
  assert.deepEqual(
    said.map((line) => /could not be evaluated: (.*?); .*rule[=":]+([\w:.-]+)/.exec(line)?.slice(1)),
    [
      ['it is left as it was', 'request.metadata.m'],
      ['the field x-user is taken away', 'request.set.x-user'],
      [':path is left as it was', 'request.set.:path'],
      ['the response fails', 'response.body'],
    ],
  );
  assert.match(said[1] ?? '', /jwt\.sub/);
});

test('replace computes all fields anew; where it fails nothing goes on', async () => {
  await using upstream = await startUpstream(echo);
  const policies =
    transform(`request: { replace: "request.headers.filterKeys(k, k.startsWith('x-keep'))", set: { x-more: "'1'" } }
response: { replace: "{'x-only': ['1', '2'], 'transfer-encoding': 'x', 'bad name': '1'}" }`);
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const reply = await send(gateway.port, { headers: { 'x-keep-a': '1', 'x-other': '1', cookie: 'a=b' } });
  const { headers } = await upstream.request(1);
  assert.deepEqual(
    ['x-keep-a', 'x-more', 'x-other', 'cookie'].map((name) => headers[name]),
    ['1', '1', undefined, undefined],
  );
  assert.deepEqual([reply.headers['x-only'], reply.headers['x-up']], ['1, 2', undefined]);
  const failing = (where: string): string =>
    oneRoute(transform(`${where}: { replace: "{'a': request.headers['absent']}" }`), upstream.host);
  for (const where of ['request', 'response']) {
    await gateway.reload(failing(where));
    const failed = await send(gateway.port);
    assert.deepEqual([failed.status, failed.headers['x-up']], [500, undefined], where);
    assert.match(failed.text, /expressionFailed/);
  }
  assert.equal(upstream.requests.length, 2);
});

test('pseudo headers change the request line and the status; what could not stand there changes nothing', async () => {
  await using upstream = await startUpstream(echo);
  const policies = transform(`request:
  set: { ":method": "'PUT'", ":path": "request.headers['x-path']", ":scheme": "'https'", ":authority": "'b.example'" }
response: { set: { ":status": "'418'" } }`);
  const rewrite = '\n    urlRewrite: { authority: none }';
  await using gateway = await startGateway(oneRoute(policies + rewrite, upstream.host));
  const reply = await send(gateway.port, { headers: { 'x-path': '/new?q=1' } });
  assert.equal(reply.status, 418);
  const seen = await upstream.request(1);
  assert.deepEqual([seen.method, seen.url, seen.headers.host], ['PUT', '/new?q=1', 'b.example']);
  assert.equal(seen.headers['x-forwarded-proto'], 'https');
  for (const evil of ['new', '/a b', '/a\tHTTP/1.1', '/a#b', '']) {
    const { text } = await send(gateway.port, { path: '/old', headers: { 'x-path': evil } });
    assert.equal((JSON.parse(text) as { url: string }).url, '/old', evil);
  }
  const [line] = await gateway.lines(6);
  assert.equal(line?.['http.status'], 418);
});

test('before a route is chosen, a transformation decides which one it is', async () => {
  await using upstream = await startUpstream(echo);
  await using gateway = await startGateway(`
gateways:
  default: { port: $PORT, address: ["127.0.0.1"], transformations: { request: { set: { ":path": "'/b' + request.path" } }, response: { set: { x-last: "'gateway'" } } } }
routes:
- { name: b, matches: [{ path: { pathPrefix: /b } }], backends: [{ host: "${upstream.host}" }], policies: { transformations: { response: { set: { x-last: "'route'", x-route: proxy.route.name } } } } }
`);
  const reply = await send(gateway.port, { path: '/x' });
  assert.deepEqual([reply.status, reply.headers['x-route'], reply.headers['x-last']], [200, 'b', 'gateway']);
  assert.equal((await upstream.request(1)).url, '/b/x');
});

test('a body is computed from the request, and its length follows', async () => {
  await using upstream = await startUpstream(echo);
  const policies = transform(`request: { body: "{'was': string(request.body), 'path': request.path}" }`);
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  for (const body of ['hi', '', 'x'.repeat(100_000)]) {
    const reply = await send(gateway.port, { method: 'POST', path: '/p', body });
    const seen = JSON.parse((JSON.parse(reply.text) as { body: string }).body) as unknown;
    assert.deepEqual(seen, { was: body, path: '/p' });
  }
});

test('a response body is computed when it is whole, whatever its coding, and keeps no field that is wrong now', async () => {
  const text = JSON.stringify({ secret: 1, name: 'ä' });
  const answers: readonly [string, Buffer][] = [
    ['', Buffer.from(text)],
    ['gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
  ];
  let at = 0;
  await using upstream = await startUpstream((_, response) => {
    const [coding, bytes] = answers[at % answers.length] as [string, Buffer];
    if (coding !== '') response.setHeader('content-encoding', coding);
    response.setHeader('etag', '"v1"');
    response.write(bytes.subarray(0, 3));
    response.end(bytes.subarray(3));
  });
  const policies = transform(`response:
  body: "{'name': json(response.body).name, 'size': size(response.body)}"
  set: { x-name: "string(json(response.body).name.size())" }`);
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  for (; at < answers.length; at++) {
    const { status, text: got, headers } = await send(gateway.port);
    assert.equal(status, 200, got);
    assert.deepEqual(JSON.parse(got), { name: 'ä', size: Buffer.byteLength(text) });
    assert.deepEqual([headers['x-name'], headers['content-encoding'], headers.etag], ['1', undefined, 'W/"v1"']);
    assert.equal(headers['content-length'], String(Buffer.byteLength(got)));
  }
  const head = await send(gateway.port, { method: 'HEAD' });
  assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', undefined]);
});

test('a response whose body cannot be computed becomes an error, never a part of it', async () => {
  await using upstream = await startUpstream((request, response) => {
    response.setHeader('x-up', '1');
    if (request.url === '/lie') response.setHeader('content-encoding', 'gzip');
    if (request.url === '/strange') response.setHeader('content-encoding', 'compress');
    response.end(request.url === '/large' ? Buffer.alloc(3_000_000) : 'no JSON');
  });
  const policies = transform(`response: { body: json(response.body).a }`);
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  for (const [path, status, reason] of [
    ['/', 500, 'expressionFailed'],
    ['/lie', 502, 'upstreamProtocol'],
    ['/strange', 502, 'upstreamProtocol'],
    ['/large', 502, 'responseTooLarge'],
  ] as const) {
    const reply = await send(gateway.port, { path });
    assert.deepEqual([reply.status, reply.headers['x-up']], [status, undefined], path);
    assert.match(reply.text, new RegExp(reason));
  }
  await gateway.lines(4);
});

test('a compressed bomb is an error, not the memory of the machine', async () => {
  const bomb = gzipSync(Buffer.alloc(64_000_000));
  await using upstream = await startUpstream((_, response) => {
    response.setHeader('content-encoding', 'gzip');
    response.end(bomb);
  });
  await using gateway = await startGateway(oneRoute(transform('response: { body: response.body }'), upstream.host));
  const reply = await send(gateway.port);
  assert.equal(reply.status, 502);
  assert.match(reply.text, /responseTooLarge/);
});

test('the variant that the request chose changes its response, too', async () => {
  await using upstream = await startUpstream((request, response) => {
    response.setHeader('x-saw', String(request.headers['x-variant']));
    response.end('body');
  });
  const policies = transform(`conditional:
- condition: request.path == '/a'
  request: { set: { x-variant: "'a'", ":path": "'/elsewhere'" } }
  response: { set: { x-variant: "'a'" } }
- request: { set: { x-variant: "'other'" } }
  response: { body: "string(response.body) + '!'" }`);
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const a = await send(gateway.port, { path: '/a' });
  assert.deepEqual([a.headers['x-saw'], a.headers['x-variant'], a.text], ['a', 'a', 'body']);
  const other = await send(gateway.port, { path: '/b' });
  assert.deepEqual([other.headers['x-saw'], other.headers['x-variant'], other.text], ['other', undefined, 'body!']);
});

test('answers of policies that come before are not transformed; those that come after are', async () => {
  await using upstream = await startUpstream(echo);
  const parts = `response: { set: { x-done: "'1'" }, body: "json(response.body).method" }`;
  const before = '\n    cors: { allowOrigins: ["*"] }';
  await using gateway = await startGateway(oneRoute(transform(parts) + before, upstream.host));
  const asked = { origin: 'https://a.example', 'access-control-request-method': 'PUT' };
  const preflight = await send(gateway.port, { method: 'OPTIONS', headers: asked });
  assert.deepEqual([preflight.status, preflight.headers['x-done']], [200, undefined]);
  const reply = await send(gateway.port);
  assert.deepEqual([reply.text, reply.headers['x-done']], ['GET', '1']);
  const after = `\n    directResponse: { status: 201, bodyExpression: "{'method': 'none'}" }`;
  await gateway.reload(oneRoute(transform(parts) + after));
  const direct = await send(gateway.port);
  assert.deepEqual([direct.status, direct.text, direct.headers['x-done']], [201, 'none', '1']);
});

test('an expression sees the host and the length that those before it made', async () => {
  await using upstream = await startUpstream(echo);
  const policies = transform(`request:
  add: { x-before: "request.headers['host']", ":authority": "'b.example'" }
  set: { x-after: "request.headers['host'] + ' ' + request.host" }
  body: "'12345'"
response: { set: { x-length: "request.headers['content-length']" } }`);
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const reply = await send(gateway.port, { method: 'POST', headers: { host: 'a.example' }, body: 'x' });
  const { headers } = await upstream.request(1);
  assert.deepEqual(
    [headers['x-before'], headers['x-after'], reply.headers['x-length']],
    ['a.example', 'b.example b.example', '5'],
  );
});
