import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, type CheckRequest, type CheckResponse } from '../../src/net/grpc/envoy/ext-authz.ts';
import { eventually, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startGrpcService, type GrpcService } from '../../testkit/grpc-service.ts';
import { startUpstream } from '../../testkit/upstream.ts';

type Service = GrpcService<CheckRequest, CheckResponse>;

/** A service that says what `decide` gives. */
function startService(decide: (request: CheckRequest) => CheckResponse): Promise<Service> {
  return startGrpcService(check, (call, message) => {
    if (message === null) return;
    call.reply(decide(message));
    call.end();
  });
}

const allowed: CheckResponse = { status: { code: 0 }, okResponse: {} };

test('a service of gRPC is shown the request and lets it pass', async () => {
  await using upstream = await startUpstream();
  await using service = await startService(() => allowed);
  const policies = `
    extAuthz:
      host: "${service.host}"
      protocol: { grpc: { context: { team: blue }, metadata: { app: '{"method": request.method, "n": 3}' } } }
      includeRequestBody: { maxRequestBytes: 10 }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const headers = {
    host: 'a.example',
    'x-a': ['1', '2'],
    cookie: 'a=b',
    'x-utf8': Buffer.from('ö').toString('latin1'),
  };
  const reply = await send(gateway.port, { method: 'POST', path: '/p?q=1', headers, body: Buffer.from('hello') });
  assert.deepEqual([reply.status, reply.text], [200, 'ok']);
  assert.equal((await upstream.request(1)).body.toString(), 'hello');
  const [call] = service.calls;
  assert.equal(call?.headers['grpc-timeout'], '2000m');
  const { attributes = {} } = call?.messages[0] ?? {};
  const { http = {}, time } = attributes.request ?? {};
  assert.deepEqual(
    [http.method, http.path, http.host, http.scheme, http.protocol, http.size, http.body],
    ['POST', '/p?q=1', 'a.example', 'http', 'HTTP/1.1', 5, 'hello'],
  );
  assert.ok((time?.seconds ?? 0) > 1_700_000_000);
  assert.match(http.id ?? '', /^[0-9a-f-]{36}$/);
  const field = (name: string): string | undefined => http.headers?.get(name);
  assert.deepEqual(
    [field('x-a'), field('cookie'), field('x-utf8'), field(':path'), field(':authority'), field('content-length')],
    ['1, 2', 'a=b', 'ö', '/p?q=1', 'a.example', '5'],
  );
  assert.equal(attributes.source?.address?.socketAddress?.address, '127.0.0.1');
  assert.equal(attributes.destination?.address?.socketAddress?.portValue, gateway.port);
  assert.deepEqual([...(attributes.contextExtensions ?? [])], [['team', 'blue']]);
  const app = attributes.metadataContext?.filterMetadata?.get('app');
  assert.deepEqual({ ...app }, { method: 'POST', n: 3 });
  assert.equal(gateway.metric('policy_service_calls', { policy: 'extAuthz', outcome: 'ok' }), 1);
});

test('what a service of gRPC allows may come with changes and facts', async () => {
  await using upstream = await startUpstream((request, response) => {
    response.setHeader('x-seen', String(request.headers['x-fact']));
    response.end();
  });
  await using service = await startService(() => ({
    status: {},
    okResponse: {
      headers: [
        { header: { key: 'x-user', value: 'ann' } },
        { header: { key: 'X-Role', value: 'b' }, append: { value: true } },
        { header: { key: ':path', value: '/changed?a=1&b=2' } },
        { header: { key: 'content-length', value: '99' } },
      ],
      headersToRemove: ['authorization', 'host'],
      responseHeadersToAdd: [{ header: { key: 'set-cookie', value: 's=1' }, append: { value: true } }],
      queryParametersToSet: [{ key: 'b', value: '3 4' }],
      queryParametersToRemove: ['a'],
    },
    dynamicMetadata: { tier: 'gold', deep: { n: 1 } },
  }));
  const policies = `
    extAuthz: { host: "${service.host}" }
    transformations: { request: { set: { x-fact: 'extauthz.tier + string(extauthz.deep.n)' } } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const headers = { host: 'a.example', authorization: 'Bearer x', 'x-role': 'a', 'x-user': 'evil' };
  const reply = await send(gateway.port, { path: '/p', headers });
  const seen = await upstream.request(1);
  assert.equal(seen.url, '/changed?b=3%204');
  assert.deepEqual(
    [seen.headers['x-user'], seen.headers['x-role'], seen.headers['authorization'], seen.headers['content-length']],
    ['ann', 'a, b', undefined, undefined],
  );
  assert.deepEqual([reply.headers['x-seen'], reply.headers['set-cookie']], ['gold1', ['s=1']]);
});

test('what a service of gRPC refuses never reaches the backend', async () => {
  await using upstream = await startUpstream();
  const denied: CheckResponse[] = [
    {
      status: { code: 7 },
      deniedResponse: {
        status: { code: 401 },
        headers: [{ header: { key: 'www-authenticate', value: 'Basic' } }],
        body: 'who?',
      },
    },
    { status: { code: 16 } },
    { status: { code: 7 }, deniedResponse: { status: { code: 9999 } } },
    { status: { code: 7 }, okResponse: { headers: [] } },
  ];
  let next = 0;
  await using service = await startService(() => denied[next++] ?? allowed);
  await using gateway = await startGateway(oneRoute(`{ extAuthz: { host: "${service.host}" } }`, upstream.host));
  const first = await send(gateway.port, { path: '/' });
  assert.deepEqual([first.status, first.text, first.headers['www-authenticate']], [401, 'who?', 'Basic']);
  const second = await send(gateway.port, { path: '/' });
  assert.equal(second.status, 403);
  assert.match(second.text, /externalAuthorizationFailed/);
  assert.equal((await send(gateway.port, { path: '/' })).status, 403);
  assert.equal((await send(gateway.port, { path: '/' })).status, 403);
  assert.equal(upstream.requests.length, 0);
});

test('a service that is down, slow, broken or confused is a refusal, unless the file says otherwise', async () => {
  await using upstream = await startUpstream();
  const head = { ':status': 200, 'content-type': 'application/grpc' };
  const faults: readonly (readonly [string, (call: Service['calls'][number]) => void])[] = [
    ['an error status', (call) => call.end(13, 'boom')],
    ['silence', () => undefined],
    ['no reply', (call) => call.end(0)],
    ['a reset', (call) => call.stream.close(2)],
    [
      'garbage',
      ({ stream }) => {
        stream.respond(head);
        stream.end(Buffer.from([0, 0, 0, 0, 3, 255, 255, 255]));
      },
    ],
    [
      'no gRPC',
      ({ stream }) => {
        stream.respond({ ':status': 502 });
        stream.end('bad');
      },
    ],
    [
      'an error that it reports',
      (call) => {
        call.reply({ status: { code: 13 }, errorResponse: {} });
        call.end();
      },
    ],
  ];
  for (const [mode, status] of [
    ['deny', 403],
    ['{ denyWithStatus: 418 }', 418],
    ['allow', 200],
  ] as const) {
    await using service = await startService(() => allowed);
    const policies = `{ extAuthz: { host: "${service.host}", failureMode: ${mode}, policies: { http: { requestTimeout: 200ms } } } }`;
    await using gateway = await startGateway(oneRoute(policies, upstream.host));
    for (const [what, fault] of faults) {
      service.serve((call, message) => {
        if (message !== null) fault(call);
      });
      const reply = await send(gateway.port, { path: '/' });
      const expected = mode === 'deny' && what === 'an error that it reports' ? 500 : status;
      assert.equal(reply.status, expected, `${mode}: ${what}`);
    }
    await service.close();
    assert.equal((await send(gateway.port, { path: '/' })).status, status, `${mode}: down`);
    assert.equal(gateway.metric('policy_service_calls', { policy: 'extAuthz', outcome: 'failed' }), faults.length + 1);
    assert.match(gateway.diagnostics.join('\n'), /the service of a policy failed/);
  }
});

test('a client that goes away ends the question', async () => {
  await using upstream = await startUpstream();
  await using service = await startService(() => allowed);
  service.serve(() => undefined);
  await using gateway = await startGateway(oneRoute(`{ extAuthz: { host: "${service.host}" } }`, upstream.host));
  const controller = new AbortController();
  const pending = fetch(`http://127.0.0.1:${gateway.port}/`, { signal: controller.signal });
  await eventually(() => service.calls.length === 1, 'the question');
  controller.abort();
  await assert.rejects(pending);
  await eventually(() => service.calls[0]?.closed === true, 'its end');
  assert.equal(upstream.requests.length, 0);
});

test('a body that is longer than the service is shown is refused, or shown in part', async () => {
  await using upstream = await startUpstream();
  await using service = await startService(() => allowed);
  const config = (more: string): string =>
    oneRoute(
      `{ extAuthz: { host: "${service.host}", includeRequestBody: { maxRequestBytes: 4${more} } } }`,
      upstream.host,
    );
  await using gateway = await startGateway(config(''));
  assert.equal((await send(gateway.port, { method: 'POST', path: '/', body: 'hello' })).status, 413);
  assert.equal(service.calls.length, 0);
  await gateway.reload(config(', allowPartialMessage: true, packAsBytes: true'));
  assert.equal((await send(gateway.port, { method: 'POST', path: '/', body: 'hello' })).status, 200);
  assert.equal((await upstream.request(1)).body.toString(), 'hello');
  const { http = {} } = service.calls[0]?.messages[0]?.attributes?.request ?? {};
  assert.deepEqual([http.size, Buffer.from(http.rawBody ?? []).toString(), http.body], [-1, 'hell', undefined]);
});

test('answers are kept by what the key says, for as long as they hold', async () => {
  await using upstream = await startUpstream();
  await using service = await startService(({ attributes }) =>
    attributes?.request?.http?.headers?.get('authorization') === 'good'
      ? { ...allowed, dynamicMetadata: { seconds: 60 } }
      : { status: { code: 7 }, dynamicMetadata: { seconds: 60 } },
  );
  const config = (ttl: string, key = 'request.headers["authorization"]'): string =>
    oneRoute(`{ extAuthz: { host: "${service.host}", cache: { key: ['${key}'], ttl: '${ttl}' } } }`, upstream.host);
  await using gateway = await startGateway(config('duration(string(extauthz.seconds) + "s")'));
  const status = async (authorization: string): Promise<number> =>
    (await send(gateway.port, { path: '/', headers: { authorization } })).status;
  for (let i = 0; i < 3; i++) assert.deepEqual([await status('good'), await status('bad')], [200, 403]);
  assert.equal(service.calls.length, 2);
  assert.equal(gateway.metric('policy_service_calls', { policy: 'extAuthz', outcome: 'cached' }), 4);
  // A key that fails, and a time that is over, keep nothing.
  await gateway.reload(config('1h', 'request.headers["x-absent"]'));
  for (let i = 0; i < 2; i++) assert.equal(await status('good'), 200);
  assert.equal(service.calls.length, 4);
  await gateway.reload(config('duration("-1s")'));
  for (let i = 0; i < 2; i++) assert.equal(await status('good'), 200);
  assert.equal(service.calls.length, 6);
});

test('before a route is looked for, a service may say which', async () => {
  await using one = await startUpstream((_request, response) => response.end('one'));
  await using two = await startUpstream((_request, response) => response.end('two'));
  await using service = await startService(() => ({
    status: {},
    okResponse: { headers: [{ header: { key: ':path', value: '/two' } }] },
  }));
  await using gateway = await startGateway(`
gateways:
  default: { port: $PORT, address: ["127.0.0.1"], extAuthz: { host: "${service.host}" } }
routes:
- { name: one, matches: [{ path: { pathPrefix: /one } }], backends: [{ host: "${one.host}" }] }
- { name: two, matches: [{ path: { pathPrefix: /two } }], backends: [{ host: "${two.host}" }] }
`);
  assert.equal((await send(gateway.port, { path: '/one' })).text, 'two');
});

test('variants ask different services', async () => {
  await using upstream = await startUpstream();
  await using strict = await startService(() => ({ status: { code: 7 } }));
  await using lax = await startService(() => allowed);
  const policies = `
    extAuthz:
      conditional:
      - { condition: 'request.path.startsWith("/admin")', host: "${strict.host}" }
      - { host: "${lax.host}" }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  assert.equal((await send(gateway.port, { path: '/admin' })).status, 403);
  assert.equal((await send(gateway.port, { path: '/' })).status, 200);
  assert.deepEqual([strict.calls.length, lax.calls.length], [1, 1]);
});

test('a service of a backend is asked about what goes there', async () => {
  await using guardedBackend = await startUpstream();
  await using open = await startUpstream();
  await using service = await startService(({ attributes }) =>
    attributes?.request?.http?.headers?.get('x-user') === 'ann'
      ? {
          status: {},
          okResponse: {
            headers: [{ header: { key: 'x-checked', value: '1' } }],
            responseHeadersToAdd: [{ header: { key: 'x-by', value: 'service' } }],
          },
        }
      : { status: { code: 7 } },
  );
  await using gateway = await startGateway(`
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
backends:
- { name: guarded, host: "${guardedBackend.host}" }
policies:
- { name: { name: p, namespace: default }, target: { backend: { backend: { name: guarded, namespace: default } } }, policy: { extAuthz: { host: "${service.host}" } } }
routes:
- { name: open, matches: [{ path: { pathPrefix: /open } }], backends: [{ host: "${open.host}" }] }
- { name: named, matches: [{ path: { pathPrefix: /named } }], backends: [{ backend: guarded }] }
- name: inline
  backends: [{ host: "${guardedBackend.host}", policies: { extAuthz: { host: "${service.host}" } } }]
`);
  for (const path of ['/named', '/']) {
    const allowed = await send(gateway.port, { path, headers: { 'x-user': 'ann' } });
    assert.deepEqual([allowed.status, allowed.text, allowed.headers['x-by']], [200, 'ok', 'service'], path);
    assert.equal((await send(gateway.port, { path })).status, 403, path);
  }
  assert.deepEqual(
    guardedBackend.requests.map(({ headers }) => headers['x-checked']),
    ['1', '1'],
  );
  assert.equal((await send(gateway.port, { path: '/open' })).status, 200);
  assert.equal(service.calls.length, 4);
});
