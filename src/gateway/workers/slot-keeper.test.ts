import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedCounters } from '../../telemetry/shared/counters.ts';
import { SharedLimit } from '../../telemetry/shared/limit.ts';
import { SlotKeeper } from './slot-keeper.ts';

const tenMinutes = 600_000;

test('a count that no model names for a while gives its slot back, once nobody holds it', () => {
  let now = 0;
  const counters = new SharedCounters(1);
  const keeper = new SlotKeeper(
    counters,
    (name) => name.startsWith('mcp '),
    () => now,
  );
  const held = new SharedLimit(keeper.slotsFor(['mcp a', 'llm b']).get('mcp a')!, 0, 1);
  held.tryAcquire();
  keeper.slotsFor(['mcp c']);
  now += tenMinutes;
  assert.deepEqual([...keeper.slotsFor(['mcp c']).keys()].toSorted(), ['llm b', 'mcp a', 'mcp c']);
  held.release();
  const slots = keeper.slotsFor(['mcp c', 'mcp d']);
  assert.deepEqual([...slots.keys()].toSorted(), ['llm b', 'mcp c', 'mcp d']);
});

test('a name that comes back in time keeps its slot', () => {
  let now = 0;
  const keeper = new SlotKeeper(
    new SharedCounters(1),
    () => true,
    () => now,
  );
  const slot = keeper.slotsFor(['a']).get('a');
  keeper.slotsFor(['b']);
  now += tenMinutes - 1;
  keeper.slotsFor(['a', 'b']);
  now += tenMinutes;
  assert.equal(keeper.slotsFor(['a', 'b']).get('a'), slot);
});
