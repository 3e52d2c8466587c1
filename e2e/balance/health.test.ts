import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, send } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { closedHost, startUpstream } from '../../testkit/upstream.ts';
import { failing, saying, serviceConfig, startNamed } from './service.ts';

const roundRobin = 'loadBalancing: { algorithm: roundRobin }';

test('an endpoint that fails is left out, and comes back', async () => {
  await using a = await startNamed('a');
  await using b = await startNamed('b');
  const policies = `${roundRobin}, health: { eviction: { duration: 1500ms, consecutiveFailures: 2 } }`;
  await using gateway = await startGateway(serviceConfig([a, b], { policies }));
  b.answer(failing());
  const texts: string[] = [];
  for (let i = 0; i < 12; i++) texts.push((await send(gateway.port)).text);
  assert.equal(texts.filter((text) => text === 'failed').length, 2, texts.join());
  assert.equal(gateway.metric('upstream_ejections', { endpoint: b.host }), 1);
  await eventually(() => gateway.metric('upstream_endpoint_healthy', { endpoint: b.host }) === 0, 'b is shown as out');
  b.answer(saying('b'));
  await eventually(async () => (await send(gateway.port)).text === 'b', 'b is asked again');
  await eventually(() => gateway.metric('upstream_endpoint_healthy', { endpoint: b.host }) === 1, 'b is shown as back');
});

test('what counts as a failure is what the expression says', async () => {
  await using a = await startUpstream(failing(404));
  await using b = await startNamed('b');
  const policies = `${roundRobin}, health: { unhealthyExpression: response.code == 404, eviction: { duration: 60s } }`;
  await using gateway = await startGateway(serviceConfig([a, b], { policies }));
  const texts: string[] = [];
  for (let i = 0; i < 8; i++) texts.push((await send(gateway.port)).text);
  assert.equal(texts.filter((text) => text === 'failed').length, 1, texts.join());
});

test('an endpoint that says with Retry-After that it needs a pause gets it; what a client did wrong is no reason', async () => {
  await using a = await startUpstream(failing(503, { 'retry-after': '60' }));
  await using b = await startUpstream(failing(429, { 'retry-after': '60' }));
  await using gateway = await startGateway(serviceConfig([a, b], { policies: `${roundRobin}, health: {}` }));
  const statuses: number[] = [];
  for (let i = 0; i < 8; i++) statuses.push((await send(gateway.port)).status);
  assert.equal(statuses.filter((status) => status === 503).length, 1, statuses.join());
});

test('when every endpoint is out, all are asked', async () => {
  await using a = await startUpstream(failing());
  await using b = await startUpstream(failing());
  await using gateway = await startGateway(
    serviceConfig([a, b], { policies: 'health: { eviction: { duration: 60s } }' }),
  );
  for (let i = 0; i < 4; i++) assert.equal((await send(gateway.port)).text, 'failed');
  assert.equal(a.requests.length + b.requests.length, 4);
  a.answer(saying('a'));
  b.answer(saying('b'));
  assert.equal((await send(gateway.port)).status, 200);
});

test('a try that takes too long counts as a failure, and the retry goes to another endpoint', async () => {
  await using a = await startUpstream(() => undefined);
  await using b = await startNamed('b');
  const route = 'timeout: { backendRequestTimeout: 100ms }, retry: { attempts: 1, codes: [503] }';
  const policies = `${roundRobin}, health: { eviction: { duration: 60s } }`;
  await using gateway = await startGateway(serviceConfig([a, b], { policies, route }));
  for (let i = 0; i < 6; i++) assert.equal((await send(gateway.port, { method: 'POST', body: 'x' })).text, 'b');
  assert.equal(a.requests.length, 1);
});

test('a status that is tried again is tried at another endpoint', async () => {
  await using a = await startUpstream(failing(503));
  await using b = await startNamed('b');
  const route = 'retry: { attempts: 1, codes: [503] }';
  await using gateway = await startGateway(serviceConfig([a, b], { policies: roundRobin, route }));
  for (let i = 0; i < 6; i++) assert.equal((await send(gateway.port)).text, 'b');
  assert.equal(a.requests.length, 3);
});

test('a host of one address is watched without being left out', async () => {
  await using a = await startUpstream(failing());
  const yaml = `gateways: { default: { port: $PORT } }
routes: [{ backends: [{ host: "${a.host}", policies: { health: { eviction: { duration: 60s } } } }] }]`;
  await using gateway = await startGateway(yaml);
  for (let i = 0; i < 3; i++) assert.equal((await send(gateway.port)).status, 500);
  assert.equal(gateway.metric('upstream_ejections'), 1);
});

test('an endpoint that takes no connection is left out like one that fails', async () => {
  const gone = Number((await closedHost()).split(':')[1]);
  await using a = await startNamed('a');
  const policies = `${roundRobin}, health: { eviction: { duration: 60s } }`;
  await using gateway = await startGateway(serviceConfig([{ port: gone }, a], { policies }));
  for (let i = 0; i < 6; i++) assert.equal((await send(gateway.port)).text, 'a');
  assert.equal(gateway.metric('upstream_ejections'), 1);
});
