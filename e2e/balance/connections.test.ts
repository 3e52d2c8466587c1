import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, send } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Answer } from '../../testkit/upstream.ts';
import { configFile, processPorts, processSection, startWaygate } from '../process/waygate-process.ts';
import { serviceConfig } from './service.ts';

/** Answers after a moment. */
const soon: Answer = (_request, response) => void setTimeout(() => response.end('ok'), 20);

test('an endpoint has no more connections than it may, and requests take turns on them', async () => {
  await using a = await startUpstream(soon);
  const policies = 'limits: { connections: 2, pending: 20, pendingTimeout: 30s }';
  await using gateway = await startGateway(serviceConfig([a], { policies }));
  const replies = await Promise.all(
    Array.from({ length: 12 }, () => send(gateway.port, { method: 'POST', body: 'x' })),
  );
  assert.equal(
    replies.every(({ status }) => status === 200),
    true,
  );
  assert.deepEqual(
    [...new Set(a.requests.map(({ connection }) => connection))].toSorted((a, b) => a - b),
    [0, 1],
  );
});

test('without a line, a request for which there is no connection is a 503', async () => {
  await using a = await startUpstream(() => undefined);
  await using gateway = await startGateway(serviceConfig([a], { policies: 'limits: { connections: 1 }' }));
  void send(gateway.port).catch(() => undefined);
  await a.request(1);
  assert.equal((await send(gateway.port)).status, 503);
});

test('a limit of connections holds for all workers, and each gets its turn', async (t) => {
  await using a = await startUpstream(soon);
  let most = 0;
  a.answer((request, response) => {
    most = Math.max(most, a.connections);
    soon(request, response);
  });
  const ports = await processPorts();
  const config = processSection(ports, 2);
  const policies = 'limits: { connections: 2, pending: 100, pendingTimeout: 30s }';
  const yaml = serviceConfig([a], { config, policies });
  const waygate = startWaygate(t, { args: ['-f', configFile(t, yaml.replace('$PORT', String(ports.data)))] });
  await waygate.says('ready');
  for (let round = 0; round < 3; round++) {
    const replies = await Promise.all(Array.from({ length: 24 }, () => send(ports.data)));
    assert.deepEqual([...new Set(replies.map(({ status }) => status))], [200]);
  }
  // A connection that is closing may still be counted here while its successor is accepted.
  assert.ok(most <= 4, `${most} connections`);
  await eventually(() => a.connections <= 2, 'no more than two are kept');
});
