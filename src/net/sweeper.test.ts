import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Sweeper, type Swept } from './sweeper.ts';
import { eventually } from './testing/raw-client.ts';

class Member implements Swept {
  sweeps = 0;
  expired = false;
  deadline = Number.POSITIVE_INFINITY;
  sweep(now: number): void {
    this.sweeps += 1;
    if (now > this.deadline) this.expired = true;
  }
}

describe('the sweeper', () => {
  it('tells members the time until they leave', async () => {
    const sweeper = new Sweeper(5);
    const stays = new Member();
    const leaves = new Member();
    sweeper.add(stays);
    sweeper.add(leaves);
    await eventually(() => leaves.sweeps > 1);
    sweeper.delete(leaves);
    const { sweeps } = leaves;
    const before = stays.sweeps;
    await eventually(() => stays.sweeps > before + 1);
    assert.equal(leaves.sweeps, sweeps);
    sweeper.delete(stays);
  });

  it('does not let a deadline set after a quiet time lie in the past', async () => {
    const sweeper = new Sweeper(5);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const member = new Member();
    member.deadline = sweeper.deadline(50_000);
    assert.ok(member.deadline - sweeper.now >= 50_000);
    const before = sweeper.now;
    sweeper.add(member);
    assert.ok(sweeper.now - before < 50, 'the clock was read when the deadline was set');
    sweeper.delete(member);
  });

  it('never expires a deadline of 0, which means none', async () => {
    const sweeper = new Sweeper(5);
    const member = new Member();
    member.deadline = sweeper.deadline(0);
    sweeper.add(member);
    await eventually(() => member.sweeps > 2);
    assert.equal(member.expired, false);
    sweeper.delete(member);
  });
});
