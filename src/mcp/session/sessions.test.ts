import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { mcpLimits } from '../limits.ts';
import { FakeServer, withTools } from '../testdata/fake-target.ts';
import type { RawClient } from '../testdata/raw-client.ts';
import { EventReader } from '../testdata/raw-client.ts';
import { SessionFleet, type FleetOptions } from '../testdata/session-fleet.ts';

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const initialize = { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25' } };
const everything = { sampling: {}, elicitation: { form: {} }, roots: {} };

function server(): FakeServer {
  return new FakeServer('a', {
    capabilities: { tools: {}, logging: {}, resources: { subscribe: true } },
    answer: (message, self) => (message.method === 'logging/setLevel' ? {} : withTools('x')(message, self)),
  });
}

function fleet(t: TestContext, options: Partial<FleetOptions> = {}, target: FakeServer = server()): SessionFleet {
  const made = new SessionFleet({ workers: 3, targets: [target.target], ...options });
  t.after(() => made.close());
  return made;
}

/** A client with a session that began at `worker`. */
async function opened(process: SessionFleet, worker: number, principal = ''): Promise<RawClient> {
  const client = process.client(worker, null, principal);
  await client.initialize({ capabilities: everything });
  return client;
}

async function status(client: RawClient): Promise<number> {
  return (await client.post(ping)).status;
}

async function called(client: RawClient): Promise<boolean> {
  const { result } = await client.call<{ content?: unknown[] }>('tools/call', { name: 'x' });
  return result.content !== undefined;
}

test('while its worker lives a session is served there, wherever a request comes in', async (t) => {
  const process = fleet(t);
  const client = await opened(process, 1);
  for (const worker of [0, 1, 2]) assert.ok(await called(process.client(worker, client)));
  assert.deepEqual(process.relayed, ['0>1', '2>1']);
  assert.deepEqual(process.sessions, [0, 1, 0]);
});

test('when its worker is lost a session goes on at one other, with what the client had agreed on', async (t) => {
  const target = server();
  const process = fleet(t, {}, target);
  const client = await opened(process, 1);
  process.lose(1);
  for (const worker of [0, 2, 0]) assert.ok(await called(process.client(worker, client)));
  assert.deepEqual(
    process.sessions.toSorted((a, b) => a - b),
    [0, 0, 1],
  );
  const greetings = target.of('initialize').map(({ params }) => params?.['capabilities']);
  assert.deepEqual(greetings, [everything, everything]);
  // The replacement sends it on, too.
  process.replace(1);
  assert.ok(await called(process.client(1, client)));
  assert.deepEqual(
    process.sessions.toSorted((a, b) => a - b),
    [0, 0, 1],
  );
  assert.equal(target.of('initialize').length, 2);
});

test('sessions of a lost worker are spread over the others', async (t) => {
  const process = fleet(t);
  const clients = [];
  for (let i = 0; i < 24; i++) clients.push(await opened(process, 1));
  process.lose(1);
  for (const client of clients) assert.equal(await status(process.client(0, client)), 200);
  const [first = 0, , third = 0] = process.sessions;
  assert.equal(first + third, 24);
  assert.ok(first > 3 && third > 3, `${first} and ${third}`);
});

test('a restarted gateway goes on with a session at once: lists, calls, log level', async (t) => {
  const target = server();
  const before = fleet(t, {}, target);
  const client = await opened(before, 1);
  before.close();
  const after = fleet(t, { run: 'another', workers: 2 }, target);
  const { result } = await after.client(0, client).call<object>('logging/setLevel', { level: 'error' });
  assert.deepEqual(result, {});
  assert.ok(await called(after.client(1, client)));
  assert.deepEqual(
    after.sessions.toSorted((a, b) => a - b),
    [0, 1],
  );
});

test('two gateways with the same key take each other’s sessions in turn', async (t) => {
  const one = fleet(t, { run: 'one' });
  const two = fleet(t, { run: 'two' });
  const client = await opened(one, 0);
  for (let i = 0; i < 4; i++) {
    assert.ok(await called(one.client(i % 3, client)));
    assert.ok(await called(two.client(i % 3, client)));
  }
});

test('the id of a gateway with another key, or of another backend, is unknown', async (t) => {
  const client = await opened(fleet(t, { run: 'one' }), 0);
  assert.equal(await status(fleet(t, { run: 'two', seals: [8] }).client(0, client)), 404);
  assert.equal(await status(fleet(t, { run: 'two', key: 'other' }).client(0, client)), 404);
  assert.equal(await status(fleet(t, { run: 'two', seals: [8, 7] }).client(0, client)), 200);
});

test('a session that a client ended is over for all workers, also after the loss of its own', async (t) => {
  const process = fleet(t);
  const client = await opened(process, 1);
  assert.equal((await process.client(2, client).delete()).status, 204);
  for (const worker of [0, 1, 2]) assert.equal(await status(process.client(worker, client)), 404);
  process.lose(1);
  for (const worker of [0, 2]) assert.equal(await status(process.client(worker, client)), 404);
  process.replace(1);
  for (const worker of [0, 1, 2]) assert.equal(await status(process.client(worker, client)), 404);
  assert.deepEqual(process.sessions, [0, 0, 0]);
});

test('the end of a session that had gone on elsewhere ends it for all workers', async (t) => {
  const target = server();
  const before = fleet(t, {}, target);
  const client = await opened(before, 1);
  before.close();
  const after = fleet(t, { run: 'another' }, target);
  assert.ok(await called(after.client(0, client)));
  const closed = target.closed;
  assert.equal((await after.client(2, client).delete()).status, 204);
  assert.equal(target.closed, closed + 1);
  for (const worker of [0, 1, 2]) assert.equal(await status(after.client(worker, client)), 404);
  const never = await opened(before, 2).catch(() => null);
  assert.equal(never, null);
});

test('one principal’s id is unknown to another, also where the session would go on elsewhere', async (t) => {
  const before = fleet(t);
  const client = await opened(before, 1, 'alice');
  for (const worker of [0, 1]) {
    assert.equal(await status(before.client(worker, client, 'alice')), 200);
    assert.equal(await status(before.client(worker, client, 'bob')), 404);
    assert.equal(await status(before.client(worker, client)), 404);
  }
  before.close();
  const after = fleet(t, { run: 'another' });
  assert.equal(await status(after.client(0, client, 'bob')), 404);
  assert.equal(await status(after.client(0, client, 'alice')), 200);
  assert.equal(await status(after.client(1, client, 'alice')), 200);
});

test('a session that was idle for too long is over, and stays so when its worker is lost', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const process = fleet(t, { sessionTtlMs: 5 });
  const client = await opened(process, 1);
  await new Promise((resolve) => setTimeout(resolve, 15));
  t.mock.timers.tick(mcpLimits.keepAliveMs);
  assert.deepEqual(process.sessions, [0, 0, 0]);
  assert.equal(await status(client), 404);
  process.lose(1);
  assert.equal(await status(process.client(0, client)), 404);
});

test('an id that has expired is unknown to a restarted gateway, and good where its session lives', async (t) => {
  let time = 1_800_000_000_000;
  const now = (): number => time;
  const before = fleet(t, { now });
  const client = await opened(before, 1);
  time += mcpLimits.sessionIdMs - 1;
  assert.equal(await status(fleet(t, { run: 'another', now }).client(0, client)), 200);
  time++;
  assert.equal(await status(fleet(t, { run: 'third', now }).client(0, client)), 404);
  assert.equal(await status(before.client(0, client)), 200);
});

test('after a reload that changed the backend its sessions go on, those that had ended do not', async (t) => {
  let time = 1_800_000_000_000;
  const process = fleet(t, { now: () => time });
  const [client, gone] = [await opened(process, 1), await opened(process, 1)];
  assert.equal((await gone.delete()).status, 204);
  time += 1000;
  process.reload(1);
  assert.ok(await called(process.client(0, client)));
  assert.equal(await status(process.client(1, gone)), 404);
});

test('what a client still knows of the lost worker is not taken for something of the new one', async (t) => {
  const target = server();
  const before = fleet(t, {}, target);
  const client = await opened(before, 1);
  const events = new EventReader(await client.get());
  target.notify('notifications/message', { data: 1 });
  const last = (await events.next())?.id ?? '';
  target.ask('q', 'roots/list', {});
  const question = (await events.next())?.message['id'];
  before.close();
  const after = fleet(t, { run: 'another', workers: 1 }, target);
  const resumed = new EventReader(await after.client(0, client).get({ 'last-event-id': last }));
  // The stream greets the servers, so that they can say something on it.
  while (target.of('notifications/initialized').length < 2) await new Promise((resolve) => setImmediate(resolve));
  target.notify('notifications/message', { data: 2 });
  assert.deepEqual((await resumed.next())?.message.params, { data: 2 });
  target.ask('r', 'roots/list', {});
  const other = (await resumed.next())?.message['id'];
  assert.notEqual(other, question);
  const answers = (): unknown[] => target.received.filter(({ kind }) => kind === 'result').map(({ id }) => id);
  const owner = after.client(0, client);
  await owner.post({ jsonrpc: '2.0', id: question, result: { roots: [] } });
  assert.deepEqual(answers(), []);
  await owner.post({ jsonrpc: '2.0', id: other, result: { roots: [] } });
  assert.deepEqual(answers(), ['r']);
  assert.equal((await after.client(0, client).get({ 'last-event-id': '1-1' })).status, 400);
});

test('a limit of sessions is one of all workers, and what a lost worker had is given back', async (t) => {
  const process = fleet(t, { maxSessions: 2 });
  const clients = [await opened(process, 0), await opened(process, 1)];
  const third = process.client(2);
  const refused = await third.send('initialize', { protocolVersion: '2025-11-25' });
  assert.deepEqual([refused.status, process.sessions], [503, [1, 1, 0]]);
  assert.equal((await clients[0]?.delete())?.status, 204);
  await third.initialize();
  process.lose(1);
  assert.equal(await status(process.client(0, clients[1])), 200);
  assert.equal((await process.client(0).send('initialize', { protocolVersion: '2025-11-25' })).status, 503);
});

test('where there is no room for one more, a session does not go on, and the client may come again', async (t) => {
  const before = fleet(t);
  const clients = [await opened(before, 1), await opened(before, 1)];
  before.close();
  const after = fleet(t, { run: 'another', workers: 1, maxSessions: 1 });
  const statuses = [];
  for (const client of clients) statuses.push(await status(after.client(0, client)));
  assert.deepEqual(statuses, [200, 503]);
});

test('when there are too many sessions, the one that is idle for longest gives way, whichever worker has it', async (t) => {
  const process = fleet(t, { maxSessions: 3, evictAfterMs: 1 });
  const idle = await opened(process, 0);
  const listening = await opened(process, 1);
  const stream = await listening.get();
  t.after(() => stream.body?.cancel());
  await opened(process, 0);
  // One of the worker itself, if there is one.
  await elapsed();
  await opened(process, 0);
  assert.equal(await status(process.client(2, idle)), 404);
  assert.deepEqual(process.sessions, [2, 1, 0]);
  // The one that listens stays.
  await elapsed();
  await opened(process, 2);
  assert.deepEqual(process.sessions, [1, 1, 1]);
  await elapsed();
  const all = await Promise.all([opened(process, 1), opened(process, 1)]);
  assert.deepEqual(process.sessions, [0, 3, 0]);
  assert.equal(await status(process.client(0, listening)), 200);
  for (const client of all) assert.equal(await status(process.client(0, client)), 200);
});

test('when no session anywhere is idle for long enough, there is no place, also while workers do not answer', async (t) => {
  const process = fleet(t, { maxSessions: 2 });
  for (const worker of [0, 1]) await opened(process, worker);
  const refused = (): Promise<Response> => process.client(2).post(initialize);
  assert.equal((await refused()).status, 503);
  process.mute(1);
  assert.equal((await refused()).status, 503);
  assert.deepEqual(process.sessions, [1, 1, 0]);
});

test('who gets a place when the backend goes gives it back', async (t) => {
  const process = fleet(t, { workers: 2, maxSessions: 1, evictAfterMs: 1 });
  await opened(process, 0);
  await elapsed();
  const waiting = process.client(1).post(initialize);
  // The session has given way, and worker 1 does not know it yet.
  while (process.sessions[0] === 1) await new Promise((resolve) => setImmediate(resolve));
  process.reload(1);
  assert.equal((await waiting).status, 503);
  assert.deepEqual(process.sessions, [0, 0]);
  await opened(process, 1);
  assert.deepEqual(process.sessions, [0, 1]);
});

/** More than a millisecond passes. */
async function elapsed(): Promise<void> {
  const since = performance.now();
  while (performance.now() - since < 2) await new Promise((resolve) => setImmediate(resolve));
}
