import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { example } from './example.ts';

test('the routing example does what its README says', { timeout: 60_000 }, async (t) => {
  const routing = await example(t, 'routing');
  await routing.validates();
  await routing.start();
  assert.equal(await routing.run('x-tester: yes'), 'canary /cart\n');
  assert.equal(await routing.run('?canary=1'), 'canary /cart\n');
  assert.equal(await routing.run('/api/cart'), 'stable /cart\n');
  assert.equal(await routing.run('-X DELETE'), 'orders stay\n');
  const moved = await routing.run('old.example.com');
  assert.match(moved, /^HTTP\/1\.1 301 /);
  assert.match(moved, /^location: http:\/\/shop\.example\.com\/\r$/m);
  assert.equal(await routing.run('ops.example.com'), 'admin /\n');
  const nowhere = await routing.run('elsewhere.test');
  assert.match(nowhere, /^HTTP\/1\.1 404 /);
  assert.match(nowhere, /"reason":"routeNotFound"/);

  const cart = '-H "host: shop.example.com" localhost:8080/cart';
  const seen = new Set([await routing.run(cart)]);
  routing.allWereRun();
  // One in ten: 250 times without a canary, or with canaries only, do not happen.
  for (let i = 0; i < 250 && seen.size < 2; i++) {
    const headers = { host: 'shop.example.com' };
    seen.add((await send(routing.port(8080), { path: '/cart', headers })).text);
  }
  assert.deepEqual([...seen].toSorted(), ['canary /cart\n', 'stable /cart\n']);
});
