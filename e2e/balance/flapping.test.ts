import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, send } from '../../testkit/client.ts';
import { certificates, pem } from '../../testkit/certificates.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { saying, serviceConfig, startNamed } from './service.ts';

test('an endpoint that dies and comes back costs no request', async () => {
  await using a = await startNamed('a');
  const b = await startNamed('b');
  const policies = 'loadBalancing: { algorithm: roundRobin }, health: { eviction: { duration: 300ms } }';
  await using gateway = await startGateway(serviceConfig([a, b], { policies }));
  const ask = async (): Promise<string> => {
    const { status, text } = await send(gateway.port);
    assert.equal(status, 200);
    return text;
  };
  for (let i = 0; i < 4; i++) await ask();
  await b.close();
  for (let i = 0; i < 20; i++) assert.equal(await ask(), 'a');
  await using _again = await startUpstream(saying('b'), { port: b.port });
  await eventually(async () => (await ask()) === 'b', 'b serves again');
});

test('the certificate of an endpoint carries the name of the service', async () => {
  const { ca, a, local } = certificates;
  await using named = await startUpstream(saying('named'), { tls: pem(a) });
  await using other = await startUpstream(saying('other'), { tls: pem(local) });
  const policies = `loadBalancing: { algorithm: roundRobin }, backendTLS: { root: ${ca} }`;
  const config = serviceConfig([named, other], { policies }).replaceAll('echo.test', 'a.test');
  await using gateway = await startGateway(config);
  for (let i = 0; i < 4; i++) assert.equal((await send(gateway.port)).text, 'named');
  assert.equal((await named.request(1)).serverName, 'a.test');
  assert.equal(other.requests.length, 0);
});

test('each address of a host name is an endpoint of its own', async () => {
  await using a = await startNamed('a');
  const policies = 'health: { eviction: { duration: 60s } }';
  await using gateway = await startGateway(`config: { dns: { lookupFamily: All } }
gateways: { default: { port: $PORT } }
routes: [{ backends: [{ host: "localhost:${a.port}", policies: { ${policies} } }] }]`);
  for (let i = 0; i < 12; i++) {
    const reply = await send(gateway.port, { method: 'POST', body: 'x' });
    assert.deepEqual([reply.status, reply.text], [200, 'a']);
  }
  assert.equal(a.requests[0]?.headers.host, `localhost:${a.port}`);
  a.answer((_request, response) => response.writeHead(500).end());
  assert.equal((await send(gateway.port)).status, 500);
  assert.equal(gateway.metric('upstream_ejections', { backend: `localhost:${a.port}`, endpoint: a.host }), 1);
});
