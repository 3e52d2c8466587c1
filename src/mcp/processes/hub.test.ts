import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeProgram, FakeUser, type FakeProcess, type FakeProgramOptions } from '../testdata/fake-program.ts';
import { testProcesses } from '../testdata/stdio-target.ts';
import type { TransportUser } from '../transports/transport.ts';
import { notificationText, resultText } from '../wire/jsonrpc.ts';
import type { Processes, ProcessesOptions } from './processes.ts';

const asked: Partial<TransportUser> = { capabilities: '{"sampling":{},"elicitation":{}}' };

interface Shared {
  readonly run: FakeProcess;
  readonly users: readonly FakeUser[];
  readonly processes: Processes;
}

/** Users of one process. */
async function share(
  users: readonly Partial<TransportUser>[],
  program: FakeProgramOptions = {},
  options: Partial<ProcessesOptions> = { sharing: 'shared' },
): Promise<Shared> {
  const fake = new FakeProgram(program);
  const processes = testProcesses(fake.start, options);
  const opened: FakeUser[] = [];
  for (const user of users) opened.push(await new FakeUser(processes, user).open());
  assert.equal(fake.runs.length, 1);
  return { run: fake.runs[0] as FakeProcess, users: opened, processes };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const of = ({ users }: Shared, method: string): number[] => users.map((user) => user.of(method).length);

describe('a process that several share', () => {
  test('answers each of them, and tells each the progress of its own calls', async () => {
    const shared = await share([{}, {}]);
    const { run, users } = shared;
    const calls = users.map((user, i) => user.begin('tools/call', { name: `t${i}` }));
    assert.notEqual(calls[0]?.id, calls[1]?.id);
    run.notify('notifications/progress', { progressToken: calls[1]?.id, progress: 1 });
    assert.deepEqual(of(shared, 'notifications/progress'), [0, 1]);
    for (const message of run.of('tools/call').toReversed()) run.reply(message, { of: message.params?.['name'] });
    const replies = await Promise.all(calls.map(({ reply }) => reply));
    assert.deepEqual(
      replies.map(({ outcome }) => outcome),
      [{ of: 't0' }, { of: 't1' }],
    );
  });

  test('asks the one who is calling it, and nobody when that could be several', async () => {
    const shared = await share([asked, asked, {}]);
    const { run, users } = shared;
    run.ask(1, 'sampling/createMessage');
    const first = users[0]?.begin('tools/call', {});
    run.ask(2, 'sampling/createMessage');
    assert.deepEqual(of(shared, 'sampling/createMessage'), [1, 0, 0]);
    await users[0]?.transport.post(resultText('2', '{"said":1}'));
    const second = users[1]?.begin('prompts/get', {});
    run.ask(3, 'sampling/createMessage');
    users[0]?.transport.abandon(first?.id ?? 0);
    users[1]?.transport.abandon(second?.id ?? 0);
    users[2]?.begin('tools/call', {});
    run.ask(4, 'elicitation/create');
    assert.deepEqual(of(shared, 'sampling/createMessage'), [1, 0, 0]);
    assert.deepEqual(of(shared, 'elicitation/create'), [0, 0, 0]);
    const answers = run.received.filter(({ kind }) => kind === 'error' || kind === 'result');
    assert.deepEqual(
      answers.map(({ id, outcome }) => [id, (outcome as { code?: number }).code ?? outcome]),
      [
        [1, -32603],
        [2, { said: 1 }],
        [3, -32603],
        [4, -32601],
      ],
    );
    assert.match(answers[0]?.bodyText ?? '', /several clients share this server/);
  });

  test('tells all that a list changed, and of resources those who subscribed', async () => {
    const shared = await share([{}, {}, {}], { answer: () => ({}) });
    const { run, users } = shared;
    run.notify('notifications/tools/list_changed');
    assert.deepEqual(of(shared, 'notifications/tools/list_changed'), [1, 1, 1]);
    const change = async (user: number, method: string): Promise<void> => {
      const reply = await users[user]?.request(`resources/${method}`, { uri: 'file:///a' });
      assert.deepEqual(reply?.outcome, {});
    };
    await change(0, 'subscribe');
    await change(1, 'subscribe');
    assert.equal(run.of('resources/subscribe').length, 1);
    run.notify('notifications/resources/updated', { uri: 'file:///a' });
    run.notify('notifications/resources/updated', { uri: 'file:///a/b' });
    run.notify('notifications/resources/updated', { uri: 'file:///c' });
    assert.deepEqual(of(shared, 'notifications/resources/updated'), [2, 2, 0]);
    await change(0, 'unsubscribe');
    assert.equal(run.of('resources/unsubscribe').length, 0);
    users[1]?.transport.close();
    assert.equal(run.of('resources/unsubscribe').length, 1);
    run.notify('notifications/resources/updated', { uri: 'file:///a' });
    assert.deepEqual(of(shared, 'notifications/resources/updated'), [2, 2, 0]);
  });

  test('logs as much as the most curious wants, and each gets what it asked for', async () => {
    const shared = await share([{}, {}, {}], { answer: () => ({}) });
    const { run, users } = shared;
    const levels = (): unknown[] => run.of('logging/setLevel').map(({ params }) => params?.['level']);
    run.notify('notifications/message', { level: 'debug' });
    await users[0]?.request('logging/setLevel', { level: 'error' });
    await users[1]?.request('logging/setLevel', { level: 'debug' });
    await users[0]?.request('logging/setLevel', { level: 'warning' });
    assert.deepEqual(levels(), ['error', 'debug']);
    run.notify('notifications/message', { level: 'debug' });
    run.notify('notifications/message', { level: 'info' });
    run.notify('notifications/message', { level: 'error' });
    assert.deepEqual(of(shared, 'notifications/message'), [2, 4, 3]);
    users[1]?.transport.close();
    assert.deepEqual(levels(), ['error', 'debug', 'warning']);
  });

  test('is told what a client that leaves has left open, and goes on', async () => {
    const shared = await share([asked, asked]);
    const { run, users } = shared;
    const call = users[0]?.begin('tools/call', {});
    run.ask(7, 'sampling/createMessage');
    users[0]?.transport.close();
    const [cancelled] = run.of('notifications/cancelled');
    assert.equal(cancelled?.params?.['requestId'], call?.id);
    const refusal = run.received.find(({ id, kind }) => id === 7 && kind === 'error');
    assert.deepEqual(refusal?.outcome, { code: -32603, message: 'the client is gone' });
    assert.equal(run.closed, false);
    const other = users[1]?.begin('tools/call', {});
    run.reply(run.of('tools/call')[1] ?? assert.fail(), { fine: true });
    assert.deepEqual((await other?.reply)?.outcome, { fine: true });
  });

  test('ends for all when it ends', async () => {
    const { run, users } = await share([{}, {}]);
    const call = users[0]?.begin('tools/call', {});
    run.crash();
    await assert.rejects(call?.reply ?? assert.fail(), /has ended/);
    assert.deepEqual(
      users.map(({ lost }) => lost.length),
      [1, 1],
    );
  });

  test('takes questions back from whom it asked', async () => {
    const shared = await share([asked, asked]);
    const { run, users } = shared;
    users[1]?.begin('tools/call', {});
    run.ask(5, 'sampling/createMessage');
    run.notify('notifications/cancelled', { requestId: 5 });
    assert.deepEqual(of(shared, 'notifications/cancelled'), [0, 1]);
    await users[1]?.transport.post(resultText('5', '{}'));
    assert.equal(
      run.received.some(({ id, kind }) => id === 5 && kind === 'result'),
      false,
    );
  });

  test('speaks of tasks and elicitations to whom they belong', async () => {
    const shared = await share([asked, asked], {
      answer: ({ params }) => ({ task: { taskId: `task-${String(params?.['name'])}`, status: 'working' } }),
    });
    const { run, users } = shared;
    await users[0]?.request('tools/call', { name: 'a' });
    await users[1]?.request('tools/call', { name: 'b' });
    run.notify('notifications/tasks/status', { taskId: 'task-b', status: 'completed' });
    assert.deepEqual(of(shared, 'notifications/tasks/status'), [0, 1]);
    const _meta = { 'io.modelcontextprotocol/related-task': { taskId: 'task-a' } };
    run.ask(8, 'elicitation/create', { mode: 'url', elicitationId: 'e', _meta });
    assert.deepEqual(of(shared, 'elicitation/create'), [1, 0]);
    run.notify('notifications/elicitation/complete', { elicitationId: 'e' });
    assert.deepEqual(of(shared, 'notifications/elicitation/complete'), [1, 0]);
  });

  test('answers pings by itself, and does not hear of roots', async () => {
    const { run, users } = await share([{}, {}]);
    run.ask(9, 'ping');
    assert.equal(run.received.at(-1)?.kind, 'result');
    await users[0]?.transport.post(notificationText('notifications/roots/list_changed', ''));
    assert.equal(run.of('notifications/roots/list_changed').length, 0);
  });
});

describe('a process of one session', () => {
  test('asks its client whatever it has declared, in and out of calls', async () => {
    const shared = await share([{ capabilities: '{"roots":{}}' }], {}, {});
    const { run, users } = shared;
    assert.deepEqual(run.of('initialize')[0]?.params?.['capabilities'], {});
    run.ask(1, 'roots/list');
    run.ask(2, 'something/new');
    assert.deepEqual([...of(shared, 'roots/list'), ...of(shared, 'something/new')], [1, 1]);
    await users[0]?.transport.post(notificationText('notifications/roots/list_changed', ''));
    assert.equal(run.of('notifications/roots/list_changed').length, 1);
  });
});

describe('a process without sessions that several share', () => {
  test('tells each what its streams and requests are for', async () => {
    const shared = await share([{}, { principal: 'p' }], { modern: true }, {});
    const { run, users } = shared;
    const streams = users.map((user) => user.begin('subscriptions/listen', {}));
    const tag = (id: unknown): object => ({ _meta: { 'io.modelcontextprotocol/subscriptionId': id } });
    run.notify('notifications/tools/list_changed', tag(streams[1]?.id));
    assert.deepEqual(of(shared, 'notifications/tools/list_changed'), [0, 1]);

    const _meta = { 'io.modelcontextprotocol/logLevel': 'debug' };
    users[0]?.begin('tools/call', { _meta });
    users[1]?.begin('tools/call', {});
    run.notify('notifications/message', { level: 'info' });
    assert.deepEqual(of(shared, 'notifications/message'), [1, 0]);
    users[1]?.begin('tools/call', { _meta });
    run.notify('notifications/message', { level: 'info' });
    assert.deepEqual(of(shared, 'notifications/message'), [1, 0]);
    await settled();
  });
});
