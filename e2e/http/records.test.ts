import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { closedHost, startRawUpstream, startUpstream } from '../../testkit/upstream.ts';

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

test('an error answer is JSON with a reason and a message; why it came stands in the log only', async () => {
  await using gateway = await startGateway(oneRoute('', await closedHost()));
  const { status, headers, text } = await send(gateway.port);
  assert.equal(status, 503);
  assert.equal(headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(text), {
    error: { reason: 'connectFailed', message: 'no connection to the upstream could be made' },
  });
  const [line] = await gateway.lines(1);
  assert.match(
    String(line?.['error']),
    /^no connection to the upstream could be made: connect ECONNREFUSED 127\.0\.0\.1/,
  );
});

test('a host without a listener and a path without a route are 404, each with its reason', async () => {
  const config = `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"], listeners: [{ name: api, hostname: api.test }] }
routes:
- gateways: default/api
  matches: [{ path: { exact: /here } }]
  policies: { directResponse: { status: 200 } }`;
  await using gateway = await startGateway(config);
  const reason = async (host: string, path: string): Promise<unknown> => {
    const { status, text } = await send(gateway.port, { path, headers: { host } });
    return [status, text === '' ? '' : JSON.parse(text).error.reason];
  };
  assert.deepEqual(await reason('other.test', '/here'), [404, 'listenerNotFound']);
  assert.deepEqual(await reason('api.test', '/there'), [404, 'routeNotFound']);
  assert.deepEqual(await reason('API.test.:8080', '/here'), [200, '']);
  const lines = await gateway.lines(3);
  assert.deepEqual(
    lines.map((line) => line['listener']),
    [undefined, 'default/api', 'default/api'],
  );
});

test('a line holds what is known of its request, under the documented names', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  await send(gateway.port, { method: 'PUT', path: '/p/q?secret=1', headers: { host: 'a.test:81' } });
  const [line] = await gateway.lines(1);
  const { time, 'src.addr': source, duration, ...rest } = line as Record<string, string>;
  assert.deepEqual(rest, {
    level: 'info',
    scope: 'request',
    gateway: 'default/default',
    listener: 'default',
    route: 'default/only',
    endpoint: upstream.host,
    'http.method': 'PUT',
    'http.host': 'a.test:81',
    'http.path': '/p/q',
    'http.version': 'HTTP/1.1',
    'http.status': 200,
    protocol: 'http',
  });
  assert.match(time ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
  assert.match(source ?? '', /^127\.0\.0\.1:\d+$/);
  assert.match(duration ?? '', /^\d+(\.\d+)?ms$/);
});

test('a client on IPv6 is shown in brackets', async () => {
  const config = `
gateways: { default: { port: $PORT, address: ["::1"] } }
routes: [{ policies: { directResponse: { status: 200 } } }]`;
  await using gateway = await startGateway(config);
  await send(gateway.port, { host: '::1' });
  const [line] = await gateway.lines(1);
  assert.match(String(line?.['src.addr']), /^\[::1\]:\d+$/);
});

test('every request has exactly one line, and the counts of the metrics are exact', async () => {
  await using upstream = await startRawUpstream((connection) => {
    connection.socket.on('data', (chunk: Buffer) => {
      if (String(chunk).startsWith('GET /reset')) connection.socket.resetAndDestroy();
      else if (String(chunk).startsWith('GET /half')) {
        connection.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf', () => connection.socket.destroy());
      } else if (String(chunk).startsWith('GET /ok')) {
        connection.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      }
    });
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  for (let i = 0; i < 5; i++) await send(gateway.port, { path: '/ok' });
  await send(gateway.port, { path: '/reset' });
  await assert.rejects(send(gateway.port, { path: '/half' }));
  const gone = RawClient.connect(gateway.port);
  gone.write('GET /wait HTTP/1.1\r\nhost: a\r\n\r\n');
  await eventually(() => upstream.connections.at(-1)?.received.includes('/wait') === true);
  gone.socket.resetAndDestroy();
  const broken = RawClient.connect(gateway.port);
  broken.write('nonsense\r\n\r\n');
  await broken.rest();
  const badBody = RawClient.connect(gateway.port);
  badBody.write('POST /wait HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n');
  await badBody.rest();
  const lines = await gateway.lines(10);
  assert.deepEqual(
    lines.map((line) => `${String(line['http.status'])} ${String(line['reason'])}`).toSorted(compare),
    [
      ...Array.from({ length: 5 }, () => '200 undefined'),
      '502 upstreamReset',
      '200 upstreamReset',
      '499 clientGone',
      '400 badRequest',
      '400 badRequest',
    ].toSorted(compare),
  );
  assert.equal(gateway.metric('requests'), 10);
  assert.equal(gateway.metric('requests', { status: '200', reason: 'upstream', method: 'GET' }), 5);
  assert.equal(gateway.metric('requests', { status: '200', reason: 'upstreamReset' }), 1);
  assert.equal(gateway.metric('requests', { status: '502' }), 1);
  assert.equal(gateway.metric('requests', { status: '400' }), 2);
  assert.equal(gateway.metric('requests', { status: '499', reason: 'clientGone' }), 1);
  // The one that was no request has no duration.
  assert.equal(gateway.observations('request_duration_seconds'), 9);
  assert.equal(gateway.observations('upstream_call_duration_seconds', { kind: 'Primary' }), 6);
  assert.equal(gateway.metric('requests_in_flight'), 0);
  assert.equal(gateway.metric('downstream_connections'), 10);
  await eventually(() => gateway.metric('connections_open') === 0);
});

test('bytes of both directions are counted, heads included', async () => {
  await using gateway = await startGateway(oneRoute('{ directResponse: { status: 200, body: "0123456789" } }'));
  const client = RawClient.connect(gateway.port);
  const request = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody';
  client.write(request);
  await client.has('0123456789');
  await gateway.lines(1);
  await eventually(() => gateway.metric('downstream_sent_bytes') === client.received.length);
  client.destroy();
});

test('nothing that a client sends can forge a line or a field', async () => {
  const add = 'frontendPolicies: { accessLog: { add: { agent: "request.headers[\'user-agent\']" } } }';
  await using gateway = await startGateway(oneRoute('{ directResponse: { status: 200 } }', [], add));
  const client = RawClient.connect(gateway.port);
  client.write(
    'GET /a"b\\c HTTP/1.1\r\nhost: a\r\nuser-agent: x"} {"level":"info" \xe2\x80\xa8 \x85 \\u000a forged=1\r\n\r\n',
  );
  await client.has('200');
  client.write('G%T /\x80 HTTP/1.1\r\nhost: a\r\n\r\n');
  await client.until(() => client.received.split('HTTP/1.1').length === 3);
  const raw = await gateway.rawLog();
  const lines = await gateway.lines(2);
  assert.equal(raw.split('\n').length, 3);
  assert.ok(!/[\u2028\u0085]/.test(raw));
  assert.equal(lines[0]?.['http.path'], '/a"b\\c');
  assert.match(String(lines[0]?.['agent']), /^x"} \{"level"/);
  client.destroy();
});

test('lines are filtered, and fields added and removed, for the process or for connections', async () => {
  const settings = [
    `config:
  logging:
    filter: response.code >= 400
    fields: { add: { code: response.code, missing: "request.headers['absent']" }, remove: [protocol, http.version] }`,
    `frontendPolicies:
  accessLog:
    filter: response.code >= 400
    add: { code: response.code, missing: "request.headers['absent']" }
    remove: [protocol, http.version]`,
  ];
  const policies = `{ directResponse: { conditional: [
    { condition: "request.path == '/bad'", status: 404 }, { status: 200 } ] } }`;
  for (const setting of settings) {
    await using gateway = await startGateway(oneRoute(policies, [], setting));
    await send(gateway.port);
    await send(gateway.port, { path: '/bad' });
    const [line] = await gateway.lines(1);
    assert.deepEqual([line?.['http.status'], line?.['code']], [404, 404]);
    for (const absent of ['protocol', 'http.version', 'missing']) assert.equal(line?.[absent], undefined, absent);
    assert.equal(gateway.metric('requests'), 2);
  }
});

test('methods that a client invents do not become label values', async () => {
  await using gateway = await startGateway(oneRoute('{ directResponse: { status: 200 } }'));
  const client = RawClient.connect(gateway.port);
  client.write('INVENTED / HTTP/1.1\r\nhost: a\r\n\r\n');
  await client.has('200');
  const [line] = await gateway.lines(1);
  assert.equal(line?.['http.method'], 'INVENTED');
  assert.equal(gateway.metric('requests', { method: 'INVENTED' }), 0);
  assert.equal(gateway.metric('requests', { method: 'other' }), 1);
  client.destroy();
});

test('connections to upstreams are timed when they are opened, not when they are used again', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  await send(gateway.port);
  await send(gateway.port);
  assert.equal(gateway.observations('upstream_connect_duration_seconds', { transport: 'plaintext' }), 1);
});
