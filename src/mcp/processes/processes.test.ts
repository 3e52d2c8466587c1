import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeProgram, FakeUser } from '../testdata/fake-program.ts';
import { testProcesses } from '../testdata/stdio-target.ts';
import type { TransportUser } from '../transports/transport.ts';
import { ProcessBudget } from './budget.ts';
import type { Processes } from './processes.ts';
import { usualTiming } from './timing.ts';

const asked: Partial<TransportUser> = { capabilities: '{"sampling":{}}' };

function open(processes: Processes, ...users: Partial<TransportUser>[]): Promise<FakeUser[]> {
  return Promise.all(users.map((user) => new FakeUser(processes, user).open()));
}

const quick = { ...usualTiming, idleMs: 20, silentMs: 10, answerMs: 30, tendMs: 5 };

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 2) {
    assert.ok(waited < 5000, 'it does not come true');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('who shares a process', () => {
  test('of a server without sessions everybody does', async () => {
    const program = new FakeProgram({ modern: true });
    await open(testProcesses(program.start), {}, asked, { principal: 'p' }, { ...asked, sessionless: true });
    // Until it is known, one client of each era greets it.
    assert.ok(program.running <= 2);
    const later = new FakeProgram({ modern: true });
    const processes = testProcesses(later.start);
    await open(processes, {});
    await open(processes, asked, { principal: 'p' }, asked);
    assert.equal(later.running, 1);
  });

  test('of one with sessions only clients of one principal that it cannot ask anything do', async () => {
    const program = new FakeProgram();
    const processes = testProcesses(program.start);
    await open(processes, {}, {}, {}, { principal: 'p' }, { principal: 'p' });
    assert.equal(program.running, 2);
    await open(processes, asked, { capabilities: '{"elicitation":{}}' }, { capabilities: '{"roots":{}}' }, {});
    assert.equal(program.running, 5);
    assert.equal(program.runs[0]?.of('initialize').length, 1);
    assert.equal(program.runs[0]?.of('notifications/initialized').length, 1);
  });

  test('those who come while it is greeted wait for what it turns out to be', async () => {
    const program = new FakeProgram();
    await open(testProcesses(program.start), asked, asked, asked, {}, {});
    assert.equal(program.running, 4);
  });

  test('with session nobody does, with shared everybody', async () => {
    const program = new FakeProgram();
    await open(testProcesses(program.start, { sharing: 'session' }), {}, {}, {});
    assert.equal(program.running, 3);
    const shared = new FakeProgram();
    await open(testProcesses(shared.start, { sharing: 'shared' }), {}, asked, { principal: 'p' });
    assert.equal(shared.running, 1);
    const [hello] = shared.runs[0]?.of('initialize') ?? [];
    assert.deepEqual(hello?.params?.['capabilities'], { sampling: {}, elicitation: { form: {}, url: {} } });
  });

  test('a greeting that its client gave up is made by the next', async () => {
    const program = new FakeProgram();
    const processes = testProcesses(program.start);
    program.silent = true;
    const first = new FakeUser(processes);
    await first.transport.open();
    const second = new FakeUser(processes).open();
    program.silent = false;
    first.transport.close();
    await second;
    assert.deepEqual([program.runs.length, program.running], [2, 1]);
  });
});

describe('the life of a process', () => {
  test('it ends with its session if it is of one, and is kept for the next if it is shared', async () => {
    const program = new FakeProgram();
    const processes = testProcesses(program.start);
    const users = await open(processes, {}, {}, asked);
    assert.equal(program.running, 2);
    users[2]?.transport.close();
    assert.equal(program.running, 1);
    users[0]?.transport.close();
    users[1]?.transport.close();
    assert.equal(program.running, 1);
    await open(processes, {}).then(([again]) => again?.transport.close());
    assert.equal(program.runs.length, 2);
  });

  test('one that crashed is started at once, then after pauses that double', async () => {
    const program = new FakeProgram();
    const processes = testProcesses(program.start);
    const [first] = await open(processes, {});
    program.runs[0]?.crash();
    assert.deepEqual(first?.lost, ['has ended (exit SIGKILL)']);
    await open(processes, {});
    program.runs[1]?.crash();
    await assert.rejects(open(processes, {}), /has ended \(exit SIGKILL\); it may start again in 1 s/);
    assert.equal(program.runs.length, 2);
  });

  test('a crash of a process of one session is no reason to keep others waiting', async () => {
    const program = new FakeProgram();
    const processes = testProcesses(program.start, { sharing: 'session' });
    for (let i = 0; i < 4; i++) {
      await open(processes, {});
      program.runs[i]?.crash();
    }
    assert.equal(program.runs.length, 4);
  });

  test('when one crashes the others are still found', async () => {
    const program = new FakeProgram();
    const processes = testProcesses(program.start);
    await open(processes, {});
    await open(processes, asked);
    program.runs[1]?.crash();
    await open(processes, {}, {});
    assert.equal(program.runs.length, 2);
  });

  test('above the most that may run a readable error says so, and what nobody uses gives way', async () => {
    let free = 1;
    const count = { tryAcquire: () => free > 0 && free-- > 0, release: () => void free++ };
    const gauge: number[] = [];
    const program = new FakeProgram();
    const processes = testProcesses(program.start, {
      budget: new ProcessBudget(count, 1),
      gauge: { add: (by) => gauge.push(by) },
    });
    const [first] = await open(processes, {});
    const refused = {
      limit: 'processes',
      message: /cannot be started: 1 processes run already \(mcp.limits.maxProcesses\)/,
    };
    await assert.rejects(open(processes, asked), refused);
    first?.transport.close();
    assert.equal(program.running, 1);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await assert.rejects(open(processes, asked), refused);
    await new Promise((resolve) => setImmediate(resolve));
    await open(processes, asked);
    assert.deepEqual(gauge, [1, -1, 1]);
  });

  test('one that nobody uses ends after a while, one that somebody has open does not', async () => {
    const program = new FakeProgram();
    const processes = testProcesses(program.start, { timing: quick });
    const [, second] = await open(processes, {}, {}, { principal: 'p' }).then((users) => {
      users[0]?.transport.close();
      users[1]?.transport.close();
      return users;
    });
    assert.ok(second);
    await until(() => program.running === 1);
    await until(() => (program.runs[1]?.of('ping').length ?? 0) > 2);
    assert.equal(program.running, 1);
    processes.close();
    assert.equal(program.running, 0);
  });

  for (const modern of [false, true]) {
    const question = modern ? 'server/discover' : 'ping';
    test(`one that does not answer ${question} any more is replaced`, async () => {
      const program = new FakeProgram({ modern });
      const processes = testProcesses(program.start, { timing: quick });
      const [user] = await open(processes, {});
      const asked = program.runs[0]?.of(question).length ?? 0;
      await until(() => (program.runs[0]?.of(question).length ?? 0) > asked + 1);
      program.silent = true;
      await until(() => user?.lost.length === 1);
      assert.deepEqual(user?.lost, ['did not answer when it was asked whether it is there']);
      assert.equal(program.running, 0);
      program.silent = false;
      await open(processes, {});
      assert.equal(program.running, 1);
      processes.close();
    });
  }

  test('one that is at work, or that never answered, is not asked, or not held to it', async () => {
    const program = new FakeProgram();
    const processes = testProcesses(program.start, { timing: quick });
    const [user] = await open(processes, {});
    user?.begin('tools/call', {});
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(program.runs[0]?.of('ping').length, 0);
    program.silent = true;
    const [call] = program.runs[0]?.of('tools/call') ?? [];
    assert.ok(call);
    program.runs[0]?.reply(call, {});
    await until(() => program.runs[0]?.of('ping').length === 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.deepEqual(user?.lost, []);
    processes.close();
  });
});
