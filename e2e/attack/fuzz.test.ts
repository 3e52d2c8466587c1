import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../../testkit/gateway.ts';
import { attack, servesAsEver } from './clients.ts';
import { attacked } from './configuration.ts';
import { mutations } from './mutations.ts';
import { StrictUpstream } from './strict-upstream.ts';

test('nothing ambiguous comes of requests that were changed by chance', async () => {
  await using upstream = await StrictUpstream.start();
  await using gateway = await startGateway(attacked(upstream.host));
  await attack(gateway, mutations(2000, 1));
  assert.deepEqual(upstream.faults, []);
  assert.ok(upstream.requests.length > 100, String(upstream.requests.length));
  await servesAsEver(gateway);
});
