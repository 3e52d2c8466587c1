import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadProbe } from './load-probe.ts';

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
