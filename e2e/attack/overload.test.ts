import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Load } from '../../src/base/load-probe.ts';
import { eventually, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';

const direct = '{ directResponse: { status: 200, body: ok } }';

test('under too much load a part of the requests is 503 at once, and all are served when it is over', async () => {
  let load: Load = { delayMs: 0, memory: 0 };
  await using gateway = await startGateway(oneRoute(direct), () => ({ read: () => load, close: () => undefined }));
  assert.equal((await send(gateway.port)).status, 200);
  load = { delayMs: 5000, memory: 0 };
  const statuses = new Set<number>();
  await eventually(async () => {
    const { status, headers, text } = await send(gateway.port);
    if (status === 503) {
      assert.match(String(headers['retry-after']), /^[1-5]$/);
      assert.equal(JSON.parse(text).error.reason, 'overloaded');
    }
    statuses.add(status);
    return statuses.size === 2;
  });
  assert.deepEqual(
    [...statuses].toSorted((a, b) => a - b),
    [200, 503],
  );
  assert.ok(gateway.metric('limit_rejections', { limit: 'overload' }) > 0);
  load = { delayMs: 0, memory: 0 };
  await eventually(async () => {
    for (let i = 0; i < 20; i += 1) if ((await send(gateway.port)).status !== 200) return false;
    return true;
  });
});

test('without limits nothing is refused', async () => {
  const extra = 'frontendPolicies: { overload: { eventLoopDelay: 0s, memoryPercent: 0 } }';
  await using gateway = await startGateway(oneRoute(direct, [], extra), () => assert.fail());
  assert.equal((await send(gateway.port)).status, 200);
});
