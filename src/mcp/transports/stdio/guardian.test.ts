import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGuardian, guardianFromFd } from './guardian.ts';

interface Started {
  readonly parent: ChildProcess;
  readonly guardian: number;
  /** The server and its own child. */
  readonly pids: readonly number[];
}

async function start(): Promise<Started> {
  const entry = fileURLToPath(import.meta.resolve('../../testdata/guardian-parent.ts'));
  const parent = spawn(process.execPath, [entry], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const [guardian = 0, ...pids] = line.toString().trim().split(' ').map(Number);
  assert.equal(pids.length, 2);
  return { parent, guardian, pids };
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function goneWithin(ms: number, pids: readonly number[]): Promise<void> {
  for (let waited = 0; pids.some(lives); waited += 50) {
    assert.ok(waited < ms, `still there after ${ms} ms: ${pids.filter(lives).join(' ')}`);
    await sleep(50);
  }
}

describe('a server that heeds neither EOF nor TERM', { concurrency: true }, () => {
  test('ends with a gateway that was killed', async () => {
    const { parent, guardian, pids } = await start();
    parent.kill('SIGKILL');
    await goneWithin(5000, [...pids, guardian]);
  });

  test('ends with a gateway that exits', async () => {
    const { parent, guardian, pids } = await start();
    parent.stdin?.write('exit\n');
    await goneWithin(5000, [...pids, guardian]);
  });

  test('ends with its worker while the gateway lives on', async () => {
    const { parent, guardian, pids } = await start();
    parent.stdin?.write('lost\n');
    await goneWithin(5000, pids);
    assert.ok(lives(guardian));
    parent.kill('SIGKILL');
    await goneWithin(5000, [guardian]);
  });

  test('ends with its session while the gateway lives on', async () => {
    const { parent, guardian, pids } = await start();
    parent.stdin?.write('close\n');
    await goneWithin(8000, pids);
    assert.ok(lives(guardian));
    parent.kill('SIGKILL');
    await goneWithin(5000, [guardian]);
  });
});

test('the guardian ends what is registered and spares what is not', async () => {
  const group = (): ChildProcess => spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  const [kept, lost, left] = [group(), group(), group()];
  try {
    const guardian = createGuardian();
    const shared = guardianFromFd(guardian.fd);
    for (const [child, worker] of [
      [kept, 1],
      [lost, 12],
      [left, 2],
    ] as const) {
      shared.register(child.pid ?? 0, worker);
    }
    shared.unregister(kept.pid ?? 0);
    shared.lostWorker(12);
    assert.deepEqual((await once(lost, 'exit')) as unknown[], [null, 'SIGTERM']);
    assert.equal(left.exitCode ?? left.signalCode, null);
    guardian.close();
    assert.deepEqual((await once(left, 'exit')) as unknown[], [null, 'SIGTERM']);
    assert.equal(kept.exitCode ?? kept.signalCode, null);
    await goneWithin(5000, [guardian.pid]);
    assert.throws(() => {
      for (let i = 0; i < 3; i++) guardian.register(1, 1);
    }, /guardian process is gone/);
  } finally {
    for (const child of [kept, lost, left]) child.kill('SIGKILL');
  }
});
