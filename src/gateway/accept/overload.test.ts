import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Load } from '../../base/load-probe.ts';
import { OverloadGuard } from './overload.ts';

const idle: Load = { delayMs: 0, memory: 0.1 };
const busy: Load = { delayMs: 600, memory: 0.1 };
const near: Load = { delayMs: 400, memory: 0.1 };
const full: Load = { delayMs: 0, memory: 0.96 };

/** A guard at 500 ms and 95 %, and what lets it see one load so many times. */
function guarded(t: TestContext): {
  readonly guard: OverloadGuard;
  readonly see: (load: Load, times?: number) => number;
} {
  let load = idle;
  const guard = new OverloadGuard(() => ({ read: () => load, close: () => undefined }));
  t.after(() => guard.close());
  guard.update({ eventLoopDelayMs: 500, memory: 0.95 });
  return {
    guard,
    see(next, times = 1) {
      load = next;
      for (let i = 0; i < times; i += 1) guard.sample();
      return Number(guard.share.toFixed(3));
    },
  };
}

describe('a worker with too much to do', () => {
  it('refuses more and more, but never all', (t) => {
    const { see } = guarded(t);
    assert.deepEqual([see(busy), see(busy), see(busy), see(busy, 10)], [0, 0.2, 0.4, 0.95]);
  });

  it('takes no notice of a single pause', (t) => {
    const { see } = guarded(t);
    assert.deepEqual([see(busy), see(idle), see(busy), see(near), see(busy)], [0, 0, 0, 0, 0]);
  });

  it('refuses as many as before while the load is near the limit, and fewer below half of it', (t) => {
    const { see } = guarded(t);
    see(busy, 3);
    assert.deepEqual([see(near, 5), see(idle), see(idle), see(idle), see(idle)], [0.4, 0.3, 0.2, 0.1, 0]);
  });

  it('does so for memory, too', (t) => {
    const { see } = guarded(t);
    assert.deepEqual(
      [see(full, 2), see({ delayMs: 0, memory: 0.92 }), see({ delayMs: 0, memory: 0.8 })],
      [0.2, 0.2, 0.1],
    );
  });

  it('spreads what it refuses', (t) => {
    const { guard, see } = guarded(t);
    see(busy, 3);
    const verdicts = Array.from({ length: 10 }, () => guard.refuses());
    assert.equal(verdicts.filter(Boolean).length, 4);
    assert.deepEqual(verdicts.slice(0, 3), [false, false, true]);
    assert.equal(guard.retryAfter, 3);
  });

  it('refuses as many of the connections as of the requests, each by themselves', (t) => {
    const { guard, see } = guarded(t);
    see(busy, 3);
    const verdicts = Array.from({ length: 10 }, () => [guard.refuses(), guard.refusesConnection()]);
    const refused = [0, 1].map((which) => verdicts.filter((pair) => pair[which]).length);
    assert.deepEqual(refused, [4, 4]);
  });

  it('refuses nothing once there is no limit', (t) => {
    const { guard, see } = guarded(t);
    see(busy, 5);
    guard.update({ eventLoopDelayMs: 0, memory: 0 });
    assert.equal(guard.share, 0);
    assert.equal(see(busy, 5), 0);
    guard.update(null);
    assert.equal(guard.share, 0);
  });
});
