import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, send } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Answer } from '../../testkit/upstream.ts';
import { startHealthService } from './health-service.ts';
import { serviceConfig, startNamed } from './service.ts';

/** Answers checks with a status, and everything else with a name. */
function checked(name: string, status: () => number): Answer {
  return (request, response) => {
    if (request.url === '/healthz') response.writeHead(status()).end();
    else response.end(name);
  };
}

const quick = 'interval: 50ms, unhealthyThreshold: 2, healthyThreshold: 2';

test('an endpoint that fails its checks gets no requests until it passes them again', async () => {
  let status = 200;
  await using a = await startUpstream(checked('a', () => 200));
  await using b = await startUpstream(checked('b', () => status));
  const policies = `loadBalancing: { algorithm: roundRobin }, health: { check: { http: { path: /healthz, host: check.test }, ${quick} } }`;
  await using gateway = await startGateway(serviceConfig([a, b], { policies }));
  await eventually(() => b.requests.some(({ url }) => url === '/healthz'), 'b is checked');
  assert.equal(b.requests[0]?.headers.host, 'check.test');
  const isShown = (value: number): boolean =>
    gateway.metric('upstream_endpoint_healthy', { endpoint: b.host }) === value;
  status = 500;
  await eventually(() => isShown(0), 'b is out');
  for (let i = 0; i < 6; i++) assert.equal((await send(gateway.port)).text, 'a');
  status = 200;
  await eventually(() => isShown(1), 'b is back');
  await eventually(async () => (await send(gateway.port)).text === 'b', 'b is asked again');
});

test('checks go on over a reload, and end with the last use', async () => {
  await using a = await startUpstream(checked('a', () => 500));
  await using b = await startUpstream(checked('b', () => 200));
  const policies = `health: { check: { http: { path: /healthz }, ${quick} } }`;
  await using gateway = await startGateway(serviceConfig([a, b], { policies }));
  const isOut = (): boolean => gateway.metric('upstream_endpoint_healthy', { endpoint: a.host }) === 0;
  await eventually(isOut, 'a is out');
  await gateway.reload(serviceConfig([a, b], { policies, route: 'delay: { duration: 0s }' }));
  for (let i = 0; i < 6; i++) assert.equal((await send(gateway.port)).text, 'b');
  const before = a.requests.length;
  await eventually(() => a.requests.length > before, 'a is still checked');
  await gateway.reload(serviceConfig([b]));
  await eventually(() => a.connections === 0, 'the connection of the checks is closed');
});

test('a check by connection alone finds out who does not listen', async () => {
  const a = await startNamed('a');
  await using b = await startNamed('b');
  const policies = `health: { check: { tcp: {}, ${quick} } }`;
  await using gateway = await startGateway(serviceConfig([a, b], { policies }));
  await eventually(() => gateway.metric('upstream_endpoint_healthy') === 2, 'both are well');
  await a.close();
  await eventually(() => gateway.metric('upstream_endpoint_healthy', { endpoint: a.host }) === 0, 'a is out');
  assert.equal((await send(gateway.port)).text, 'b');
});

test('a gRPC check asks the health service of the endpoint', async () => {
  await using service = await startHealthService();
  const policies = `health: { check: { grpc: { service: echo }, ${quick} } }`;
  await using gateway = await startGateway(serviceConfig([service], { policies }));
  await eventually(() => service.asked.length >= 2, 'it is asked');
  assert.equal(service.asked[0], '/grpc.health.v1.Health/Check echo');
  assert.equal(gateway.metric('upstream_endpoint_healthy'), 1);
  service.serving = 2;
  await eventually(() => gateway.metric('upstream_endpoint_healthy') === 0, 'it is out');
});
