import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualLimits } from '../limits.ts';
import { FakeServer } from '../testdata/fake-target.ts';
import { makeEndpoint } from '../testdata/fetch-harness.ts';
import { ModernClient } from '../testdata/modern-client.ts';
import { EventReader } from '../testdata/raw-client.ts';
import { forgetClients, ClientCounts, clientCountsMemory } from './client-counts.ts';

test('a client listens on so many streams; another client, and one that closed a stream, may open more', async () => {
  const hit: (string | undefined)[] = [];
  const endpoint = makeEndpoint({
    targets: [new FakeServer('a').target],
    limits: { ...usualLimits, listenStreams: 2 },
  });
  const client = new ModernClient(endpoint, { record: ({ limit }) => hit.push(limit) });
  const listen = async (name: string): Promise<Response> => {
    const meta = { 'io.modelcontextprotocol/clientInfo': { name, version: '1' } };
    return client.send('subscriptions/listen', { notifications: { toolsListChanged: true } }, { meta });
  };
  const [first] = [new EventReader(await listen('one')), new EventReader(await listen('one'))];
  const refused = await listen('one');
  assert.match(await refused.text(), /"code":-32603,"message":"the client has too many streams open"/);
  assert.deepEqual(hit, ['listen_streams']);
  await new EventReader(await listen('other')).cancel();
  await first.cancel();
  await new EventReader(await listen('one')).cancel();
});

test('streams of all workers count together, and those of a lost worker no more', () => {
  const memory = clientCountsMemory(2);
  const [one, two] = [new ClientCounts(memory, 0), new ClientCounts(memory, 1)];
  const back = one.take('a', 2);
  assert.notEqual(two.take('a', 2), null);
  assert.equal(one.take('a', 2), null);
  assert.notEqual(one.take('b', 2), null);
  back?.();
  back?.();
  assert.notEqual(one.take('a', 2), null);
  assert.equal(one.take('a', 2), null);
  forgetClients(memory, 1);
  assert.notEqual(one.take('a', 2), null);
});
