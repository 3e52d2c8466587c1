import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../../testkit/client.ts';
import type { McpEndpoint } from '../endpoint.ts';
import { FakeServer } from '../testdata/fake-target.ts';
import { makeEndpoint } from '../testdata/fetch-harness.ts';
import { ModernClient } from '../testdata/modern-client.ts';
import { EventReader } from '../testdata/raw-client.ts';
import { WorkerBus } from '../testdata/worker-bus.ts';
import { Neighbours } from './neighbours.ts';

const uri = 'f:///1';
const updates = { notifications: { resourceSubscriptions: [uri] } };

interface Worker {
  readonly client: ModernClient;
  /** The server's session with this worker. */
  readonly server: FakeServer;
  readonly endpoint: McpEndpoint;
}

/** Workers with sessions of their own, which one server tells different things. */
function workers(t: TestContext, count: number): { readonly bus: WorkerBus; readonly all: readonly Worker[] } {
  const bus = new WorkerBus(count);
  const all = Array.from({ length: count }, (_, worker): Worker => {
    const server = new FakeServer('a', {
      capabilities: { tools: { listChanged: true }, resources: { subscribe: true } },
      answer: ({ method }) => (method === 'tools/list' ? { tools: [] } : { content: [] }),
    });
    const endpoint = makeEndpoint({ targets: [server.target], sessionPorts: bus.ports(worker) });
    t.after(() => endpoint.close());
    return { client: new ModernClient(endpoint), server, endpoint };
  });
  return { bus, all };
}

async function listen({ client }: Worker, filter: Record<string, unknown>): Promise<EventReader> {
  const events = new EventReader(await client.send('subscriptions/listen', filter));
  assert.equal((await events.next())?.message['method'], 'notifications/subscriptions/acknowledged');
  return events;
}

/** How often each method came. */
const counts = ({ server }: Worker): number[] =>
  ['resources/subscribe', 'resources/unsubscribe'].map((method) => server.of(method).length);

test('a listener hears what a server tells the session of another worker', async (t) => {
  const { all } = workers(t, 3);
  const [here, there, idle] = all as [Worker, Worker, Worker];
  await there.client.call('tools/call', { name: 'x' });
  const events = await listen(here, updates);
  // Whoever has a session by then is subscribed when the client is told that it hears.
  assert.deepEqual(all.map(counts), [
    [1, 0],
    [1, 0],
    [0, 0],
  ]);
  there.server.notify('notifications/resources/updated', { uri: 'f:///2' });
  there.server.notify('notifications/resources/updated', { uri });
  assert.equal((await events.next())?.message.params?.['uri'], uri);

  // A session that begins later, before its first call.
  await idle.client.call('tools/call', { name: 'x' });
  const methods = idle.server.received.map(({ method }) => method);
  assert.ok(methods.indexOf('resources/subscribe') < methods.indexOf('tools/call'), methods.join());
  assert.notEqual(methods.indexOf('resources/subscribe'), -1);

  await events.cancel();
  await eventually(() => all.every((worker) => counts(worker)[1] === 1), 'the end of all subscriptions');
});

test('a list that changed for the session of another worker is asked for again', async (t) => {
  const { all } = workers(t, 2);
  const [here, there] = all as [Worker, Worker];
  await here.client.call('tools/list');
  await there.client.call('tools/list');
  const events = await listen(here, { notifications: { toolsListChanged: true } });
  const before = here.server.of('tools/list').length;
  there.server.notify('notifications/tools/list_changed', {});
  assert.equal((await events.next())?.message['method'], 'notifications/tools/list_changed');
  await here.client.call('tools/list');
  assert.equal(here.server.of('tools/list').length, before + 1);
});

test('what all sessions are told of one change comes twice at most, and nothing of a later change is lost', async (t) => {
  const { all } = workers(t, 4);
  const [here] = all as [Worker];
  for (const { client } of all) await client.call('tools/call', { name: 'x' });
  const events = await listen(here, updates);
  for (const { server } of all) server.notify('notifications/resources/updated', { uri });
  const last = all[3] as Worker;
  last.server.notify('notifications/resources/updated', { uri });
  assert.equal((await events.next())?.message.params?.['uri'], uri);
  assert.equal((await events.next())?.message.params?.['uri'], uri);
  last.server.notify('notifications/tools/list_changed', {});
  here.server.notify('notifications/resources/updated', { uri: 'f:///other' });
  here.endpoint.drain();
  const end = await events.next();
  assert.ok(end?.message['result'] !== undefined, JSON.stringify(end?.message));
});

test('a worker that comes later is told what others want', async (t) => {
  const { bus, all } = workers(t, 3);
  const [here] = all as [Worker];
  await listen(here, updates);
  const before = bus.posted.length;
  const late = new FakeServer('a', { capabilities: { tools: {}, resources: { subscribe: true } }, answer: () => ({}) });
  const endpoint = makeEndpoint({ targets: [late.target], sessionPorts: bus.ports(2) });
  t.after(() => endpoint.close());
  // It says that it is there, is told, and the two others say that they heard it, too.
  await eventually(() => bus.posted.length === before + 4, 'what is wanted');
  await new ModernClient(endpoint).call('tools/call', { name: 'x' });
  assert.equal(late.of('resources/subscribe').length, 1);
});

test('a lost worker wants nothing', async () => {
  const bus = new WorkerBus(2);
  const told: (readonly string[] | null)[] = [];
  const silent = { onWanted: async () => undefined, onNews: () => undefined };
  const ports = [bus.ports(0), bus.ports(1)] as const;
  const lost = new Neighbours(ports[0].bulletin, 'e', ports[0].roster, silent);
  const stays = new Neighbours(ports[1].bulletin, 'e', ports[1].roster, {
    ...silent,
    onWanted: async (_, wanted) => void told.push(wanted === null ? null : [...wanted.uris]),
  });
  await lost.want('p', { tools: false, prompts: false, resources: false, uris: new Set([uri]), tasks: new Set() });
  stays.tend();
  assert.deepEqual(told.at(-1), [uri]);
  bus.lose(0);
  stays.tend();
  assert.equal(told.at(-1), null);
  assert.equal(stays.wanted('p'), null);
});

test('one worker alone tells nobody anything', async (t) => {
  const { bus, all } = workers(t, 1);
  const [here] = all as [Worker];
  const events = await listen(here, updates);
  here.server.notify('notifications/resources/updated', { uri });
  assert.equal((await events.next())?.message.params?.['uri'], uri);
  assert.equal(bus.posted.length, 1);
});
