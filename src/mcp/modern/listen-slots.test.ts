import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualLimits } from '../limits.ts';
import { FakeServer } from '../testdata/fake-target.ts';
import { makeEndpoint } from '../testdata/fetch-harness.ts';
import { ModernClient } from '../testdata/modern-client.ts';
import { EventReader } from '../testdata/raw-client.ts';

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
