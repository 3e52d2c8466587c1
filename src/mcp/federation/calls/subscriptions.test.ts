import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mcpLimits } from '../../limits.ts';
import type { McpRecord } from '../../record.ts';
import { FakeServer } from '../../testdata/fake-target.ts';
import { makeEndpoint } from '../../testdata/fetch-harness.ts';
import { EventReader, RawClient } from '../../testdata/raw-client.ts';
import { ModernClient } from '../../testdata/modern-client.ts';

const subscribable = { resources: { subscribe: true } };
const lists = { resources: [], resourceTemplates: [], resultType: 'complete' };

for (const modern of [false, true]) {
  const era = modern ? 'without' : 'with';
  const server = (capabilities: object): FakeServer =>
    new FakeServer('a', { modern, capabilities, answer: () => lists });

  test(`subscriptions do not exist where a server ${era} sessions has none`, async () => {
    const a = server({ resources: {} });
    const client = new RawClient(makeEndpoint({ targets: [a.target] }));
    await client.initialize();
    for (const method of ['resources/subscribe', 'resources/unsubscribe']) {
      assert.equal((await client.call(method, { uri: 'f:///1' })).error?.code, -32601);
      assert.equal(a.of(method).length, 0);
    }
  });

  test(`subscriptions of one session to servers ${era} sessions are bounded, and one that ends makes room`, async () => {
    const hit: string[] = [];
    const record = ({ limit }: McpRecord): void => {
      if (limit !== undefined) hit.push(limit);
    };
    const client = new RawClient(makeEndpoint({ targets: [server(subscribable).target] }), { record });
    await client.initialize();
    const change = async (method: string, n: number): Promise<number | undefined> =>
      (await client.call(`resources/${method}`, { uri: `f:///${n}` })).error?.code;
    for (let n = 1; n <= mcpLimits.maxSubscriptions; n++) assert.equal(await change('subscribe', n), undefined);
    assert.equal(await change('subscribe', 0), -32603);
    assert.deepEqual(hit, ['subscriptions']);
    // What it has is no further one.
    assert.equal(await change('subscribe', 1), undefined);
    assert.equal(await change('unsubscribe', 1), undefined);
    assert.equal(await change('subscribe', 0), undefined);
  });

  test(`a client that cannot be told of updates has no subscriptions, to servers ${era} sessions`, async () => {
    const a = server(subscribable);
    const client = new RawClient(makeEndpoint({ targets: [a.target], stateful: false }));
    assert.equal((await client.call('resources/subscribe', { uri: 'f:///1' })).error?.code, -32601);
    assert.equal(a.of('resources/subscribe').length, 0);
  });
}

test('what one stream listens to is bounded', async () => {
  const hit: string[] = [];
  const record = ({ limit }: McpRecord): void => {
    if (limit !== undefined) hit.push(limit);
  };
  const a = new FakeServer('a', { modern: true, capabilities: subscribable, answer: () => lists });
  const client = new ModernClient(makeEndpoint({ targets: [a.target] }), { record });
  const listen = (count: number): Promise<Response> => {
    const resourceSubscriptions = Array.from({ length: count }, (_, n) => `f:///${n}`);
    return client.send('subscriptions/listen', { notifications: { resourceSubscriptions } });
  };
  const refused = (await (await listen(mcpLimits.maxSubscriptions + 1)).json()) as { error: { code: number } };
  assert.equal(refused.error.code, -32603);
  assert.deepEqual(hit, ['subscriptions']);
  const stream = new EventReader(await listen(mcpLimits.maxSubscriptions));
  assert.equal((await stream.next())?.message['method'], 'notifications/subscriptions/acknowledged');
  await stream.cancel();
});
