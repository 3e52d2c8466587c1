import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient, send } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { closedHost, startRawUpstream, startUpstream, type Upstream } from '../../testkit/upstream.ts';

function config(service: string, upstream: string, more = ''): string {
  return `
frontendPolicies:
  networkExtAuthz:
    host: "${service}"
    protocol: { http: { path: '"/from/" + source.address', addRequestHeaders: { x-port: string(destination.port) } } }${more}
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
routes:
- backends: [{ host: "${upstream}" }]
`;
}

/** A service that says yes or no to connections. */
function startService(status: () => number): Promise<Upstream> {
  return startUpstream((_request, response) => response.writeHead(status()).end('because'));
}

test('a service is asked about each connection, once', async () => {
  await using upstream = await startUpstream();
  let status = 200;
  await using service = await startService(() => status);
  await using gateway = await startGateway(config(service.host, upstream.host));
  const client = RawClient.connect(gateway.port);
  for (let i = 1; i <= 2; i++) {
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await upstream.request(i);
  }
  client.socket.destroy();
  const { method, url, headers } = await service.request(1);
  assert.deepEqual([method, url, headers['x-port']], ['GET', '/from/127.0.0.1', String(gateway.port)]);
  assert.equal(service.requests.length, 1);
  status = 403;
  await assert.rejects(send(gateway.port, { path: '/' }), /ECONNRESET|hang up/);
  assert.equal(upstream.requests.length, 2);
  assert.equal(service.connections, 1);
});

test('a service that gives no answer refuses connections, unless the file says otherwise', async () => {
  await using upstream = await startUpstream();
  await using service = await startService(() => 503);
  await using gateway = await startGateway(config(service.host, upstream.host));
  await assert.rejects(send(gateway.port, { path: '/' }));
  await gateway.reload(config(await closedHost(), upstream.host));
  await assert.rejects(send(gateway.port, { path: '/' }));
  assert.equal(gateway.metric('policy_service_calls', { policy: 'networkExtAuthz', outcome: 'failed' }), 2);
  await using silent = await startUpstream(() => undefined);
  const quick = '\n    policies: { http: { requestTimeout: 100ms } }';
  await gateway.reload(config(silent.host, upstream.host, quick));
  await assert.rejects(send(gateway.port, { path: '/' }));
  await gateway.reload(config(silent.host, upstream.host, `${quick}\n    failureMode: allow`));
  assert.equal((await send(gateway.port, { path: '/' })).status, 200);
});

test('answers about connections are kept by what the key says', async () => {
  await using upstream = await startUpstream();
  await using service = await startService(() => 403);
  const cache = '\n    cache: { key: [source.address], ttl: 1m }';
  await using gateway = await startGateway(config(service.host, upstream.host, cache));
  for (let i = 0; i < 3; i++) await assert.rejects(send(gateway.port, { path: '/' }));
  assert.equal(service.requests.length, 1);
});

test('connections that are passed on are asked about, too', async () => {
  await using upstream = await startRawUpstream((connection) => connection.write('hello'));
  let status = 204;
  await using service = await startService(() => status);
  const [head = ''] = config(service.host, '').split('gateways:');
  await using gateway = await startGateway(`${head}
binds:
- port: $PORT
  listeners:
  - protocol: TCP
    tcpRoutes:
    - backends: [{ host: "${upstream.host}" }]
`);
  const client = RawClient.connect(gateway.port);
  await client.has('hello');
  client.socket.destroy();
  status = 401;
  const refused = RawClient.connect(gateway.port);
  await refused.until(() => refused.closed, 'the end');
  assert.deepEqual([refused.received, upstream.connections.length], ['', 1]);
});

test('a question that cannot be asked refuses the connection, whatever the failure mode', async () => {
  await using upstream = await startUpstream();
  await using service = await startService(() => 200);
  const lax = config(service.host, upstream.host, '\n    failureMode: allow');
  await using gateway = await startGateway(lax.replace('"/from/"', '"/from here/"'));
  await assert.rejects(send(gateway.port, { path: '/' }), /ECONNRESET|hang up/);
  assert.equal(upstream.requests.length, 0);
});
