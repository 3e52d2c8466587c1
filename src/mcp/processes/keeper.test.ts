import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLog } from '../testdata/fetch-harness.ts';
import { FakeProgram, FakeUser } from '../testdata/fake-program.ts';
import { testProcesses } from '../testdata/stdio-target.ts';
import { Keeper } from './keeper.ts';
import type { Processes } from './processes.ts';

const self = { name: 'waygate', version: '0.0.0' };

/** Resolves when the keeper has greeted its target. */
function kept(processes: Processes): Promise<Keeper> {
  return new Promise((resolve) => {
    const keeper: Keeper = new Keeper('a', processes.factory, self, memoryLog().log, () => resolve(keeper));
  });
}

/** A program that runs before its first client. */
async function keep(program: FakeProgram): Promise<{ processes: Processes; keeper: Keeper }> {
  const processes = testProcesses(program.start);
  return { processes, keeper: await kept(processes) };
}

function open(processes: Processes, principal: string): Promise<FakeUser> {
  return new FakeUser(processes, { principal }).open();
}

test('the process that is kept is that of the first principal, and of no other', async () => {
  const program = new FakeProgram();
  const { processes, keeper } = await keep(program);
  await open(processes, 'p');
  await open(processes, 'p');
  assert.equal(program.runs.length, 1);
  await open(processes, 'q');
  await open(processes, '');
  assert.equal(program.runs.length, 3);
  keeper.close();
});

test('it stays that of its first principal when they have gone', async () => {
  const program = new FakeProgram();
  const { processes, keeper } = await keep(program);
  (await open(processes, 'p')).transport.close();
  await open(processes, 'q');
  assert.equal(program.runs.length, 2);
  await open(processes, 'p');
  assert.equal(program.runs.length, 2);
  keeper.close();
});

test('where a principal has a process already, no other is kept', async () => {
  const program = new FakeProgram();
  const processes = testProcesses(program.start);
  await open(processes, 'p');
  const keeper = await kept(processes);
  assert.equal(program.runs.length, 1);
  keeper.close();
});
