import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Stall, Trickle } from './stall.ts';

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

describe('a trickle', () => {
  it('is when less than the least rate came in the time', () => {
    const trickle = new Trickle();
    assert.equal(trickle.late(0, 0, true, 100), false);
    assert.equal(trickle.late(9_999, 10, true, 100), false);
    assert.equal(trickle.late(10_000, 999, true, 100), true);
  });

  it('is looked for anew after each time', () => {
    const trickle = new Trickle();
    trickle.late(0, 0, true, 100);
    assert.equal(trickle.late(10_000, 100_000, true, 100), false);
    assert.equal(trickle.late(20_000, 100_999, true, 100), true);
  });

  it('is none where nothing was waited for in between, and without a limit', () => {
    const trickle = new Trickle();
    trickle.late(0, 0, true, 100);
    assert.equal(trickle.late(5_000, 1, false, 100), false);
    assert.equal(trickle.late(10_000, 1, true, 100), false);
    assert.equal(trickle.late(19_999, 1, true, 100), false);
    assert.equal(trickle.late(20_000, 1, true, 100), true);
    assert.equal(new Trickle().late(20_000, 1, true, 0), false);
  });
});
