import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadProbe, memoryShare } from './load-probe.ts';

test('a probe says how late the event loop is and how much memory is used', async () => {
  const probe = loadProbe();
  await new Promise((resolve) => setTimeout(resolve, 150));
  probe.read();
  const end = performance.now() + 300;
  while (performance.now() < end);
  await new Promise((resolve) => setTimeout(resolve, 60));
  const { delayMs, memory } = probe.read();
  assert.ok(delayMs > 100, String(delayMs));
  assert.ok(memory > 0 && memory < 1, String(memory));
  probe.close();
});

test('memory is that of the process, of its limit or else of the machine, unless the heap is nearer to its end', () => {
  const reading = { heapUsed: 10, heapLimit: 100, resident: 600, allowed: 800, machine: 1000 };
  assert.equal(memoryShare(reading), 0.75);
  assert.equal(memoryShare({ ...reading, allowed: 0 }), 0.6);
  assert.equal(memoryShare({ ...reading, allowed: Number.MAX_VALUE }), 0.6);
  assert.equal(memoryShare({ ...reading, heapUsed: 90 }), 0.9);
});
