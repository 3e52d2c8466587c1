/** What waits for slow targets, and what does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualLimits } from '../../limits.ts';
import { FakeServer, withTools } from '../../testdata/fake-target.ts';
import { makeEndpoint } from '../../testdata/fetch-harness.ts';
import { ModernClient } from '../../testdata/modern-client.ts';
import { RawClient } from '../../testdata/raw-client.ts';

/** A server that has not answered its greeting yet. */
function slow(name: string): { readonly server: FakeServer; greet(): void } {
  const server = new FakeServer(name, { answer: withTools('x', `${name}_only`) });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.greeting = promise;
  return { server, greet: resolve };
}

function open(...servers: FakeServer[]): ModernClient {
  return new ModernClient(
    makeEndpoint({ targets: servers.map(({ target }) => target), prefixMode: 'onClash', failOpen: true }),
  );
}

test('a call does not wait for targets that come after the one that has the name', async () => {
  const a = new FakeServer('a', { answer: withTools('x') });
  const { server: b, greet } = slow('b');
  const client = open(a, b);
  const { result } = await client.call('tools/call', { name: 'x' });
  assert.equal(result.isError, undefined);
  assert.equal(a.of('tools/call').length, 1);
  greet();
  await client.call('tools/call', { name: 'b_x' });
  assert.equal(b.of('tools/call').length, 1);
});

test('a call waits for a target that comes before, since the name would be its', async () => {
  const { server: a, greet } = slow('a');
  const b = new FakeServer('b', { answer: withTools('x') });
  const client = open(a, b);
  const call = client.call('tools/call', { name: 'x' });
  await client.call('server/discover');
  assert.equal(b.of('tools/call').length, 0);
  greet();
  await call;
  assert.equal(a.of('tools/call').length, 1);
  assert.equal(b.of('tools/call').length, 0);
});

test('what a client can use is answered without a target that is slow, as if that had everything', async () => {
  const a = new FakeServer('a', { capabilities: { tools: {} } });
  const { server: b, greet } = slow('b');
  const { result } = await open(a, b).call('server/discover');
  const all = ['completions', 'logging', 'prompts', 'resources', 'tools'];
  assert.deepEqual(Object.keys(result['capabilities'] as object).toSorted(), all);
  assert.equal(result['ttlMs'], 0);
  greet();
});

test('what a slow target said to another client holds for one that does not wait for it', async () => {
  const a = new FakeServer('a', { capabilities: { tools: {} } });
  const b = new FakeServer('b', { capabilities: { prompts: {} }, instructions: 'Ask b.' });
  const endpoint = makeEndpoint({ targets: [a.target, b.target], prefixMode: 'onClash', failOpen: true });
  await new ModernClient(endpoint).call('server/discover');
  const { promise, resolve } = Promise.withResolvers<void>();
  b.greeting = promise;
  const { result } = await new ModernClient(endpoint).call('server/discover', {}, { capabilities: { sampling: {} } });
  assert.match(String(result['instructions']), /Ask b\./);
  assert.deepEqual(Object.keys(result['capabilities'] as object).toSorted(), ['prompts', 'tools']);
  resolve();
});

test('a log level reaches a slow target when it is used', async () => {
  const a = new FakeServer('a', { capabilities: { tools: {} } });
  const b = new FakeServer('b', { capabilities: { tools: {}, logging: {} } });
  const { promise, resolve } = Promise.withResolvers<void>();
  b.greeting = promise;
  const endpoint = makeEndpoint({
    targets: [a.target, b.target],
    failOpen: true,
    limits: { ...usualLimits, slowTargetMs: 20 },
  });
  const client = new RawClient(endpoint);
  const { capabilities } = await client.initialize();
  assert.deepEqual((capabilities as Record<string, unknown>)['logging'], {});
  assert.equal((await client.call('logging/setLevel', { level: 'debug' })).error, undefined);
  resolve();
  await client.call('tools/list');
  assert.equal(b.of('logging/setLevel').length, 1);
});
