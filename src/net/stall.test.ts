import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Stall } from './stall.ts';

describe('a stall', () => {
  it('is when nothing goes on for the limit', () => {
    const stall = new Stall();
    assert.equal(stall.late(0, 5, 0, 100), false);
    assert.equal(stall.late(100, 5, 0, 100), false);
    assert.equal(stall.late(101, 5, 0, 100), true);
  });

  it('ends with progress, and begins anew', () => {
    const stall = new Stall();
    stall.late(0, 5, 0, 100);
    assert.equal(stall.late(101, 6, 0, 100), false);
    assert.equal(stall.late(201, 6, 0, 100), false);
    assert.equal(stall.late(202, 6, 0, 100), true);
  });

  it('is none while nothing waits, however long that is', () => {
    const stall = new Stall();
    stall.late(0, 5, 0, 100);
    assert.equal(stall.late(50, 5, null, 100), false);
    assert.equal(stall.late(200, 5, 0, 100), false);
    assert.equal(stall.late(300, 5, 0, 100), false);
    assert.equal(stall.late(301, 5, 0, 100), true);
  });

  it('is none without a limit', () => {
    const stall = new Stall();
    stall.late(0, 5, 0, 0);
    assert.equal(stall.late(1e9, 5, 0, 0), false);
  });

  it('takes as much longer as a slow client needs for what waits', () => {
    const stall = new Stall();
    stall.late(0, 5, 294_912, 100);
    assert.equal(stall.late(10_100, 5, 294_912, 100), false);
    assert.equal(stall.late(10_101, 5, 294_912, 100), true);
  });
});
