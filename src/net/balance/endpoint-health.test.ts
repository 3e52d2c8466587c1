import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EvictionSpec } from '../../model/health.ts';
import { EndpointHealth, type HealthCell, type HealthCells } from './endpoint-health.ts';

function cell(): HealthCell {
  let value = 0;
  return {
    get: () => value,
    set: (next) => void (value = next | 0),
    update: (change) => (value = change(value) | 0),
  };
}

const good = { healthy: true, tookMs: 10, retryAfterMs: 0 };
const bad = { healthy: false, tookMs: 10, retryAfterMs: 0 };

/** A provider whose clock the test moves. */
function provider(
  eviction: EvictionSpec | null,
  onEviction?: () => void,
): { health: EndpointHealth; pass(ms: number): void } {
  let now = 1_800_000_000_000;
  let pending = 0;
  const cells: HealthCells = {
    illness: cell(),
    latency: cell(),
    failures: cell(),
    evictions: cell(),
    until: cell(),
    seen: cell(),
  };
  const count = {
    get value() {
      return pending;
    },
    tryAcquire: () => ++pending > 0,
    release: () => void pending--,
  };
  return { health: new EndpointHealth(cells, count, eviction, () => now, onEviction), pass: (ms) => void (now += ms) };
}

test('without a policy failures lower the score, and nothing more', () => {
  const { health } = provider(null);
  assert.equal(health.health, 1);
  for (let i = 0; i < 20; i++) health.report(bad);
  assert.ok(health.health < 0.01);
  assert.equal(health.evicted, false);
  for (let i = 0; i < 20; i++) health.report(good);
  assert.ok(health.health > 0.99);
});

test('slowness and waiting requests lower the score', () => {
  const [fast, slow] = [provider(null).health, provider(null).health];
  fast.report({ ...good, tookMs: 100 });
  slow.report({ ...good, tookMs: 2000 });
  assert.ok(fast.score > slow.score);
  const before = slow.score;
  slow.began();
  assert.ok(slow.score < before);
  slow.ended();
  assert.equal(slow.score, before);
});

test('an eviction without further limits follows the first failure, ends, and grows each time', () => {
  const { health, pass } = provider({ durationMs: 3000, restoreHealth: 0.5 });
  for (const times of [1, 2, 3]) {
    health.report(bad);
    assert.equal(health.evicted, true);
    pass(3000 * times - 500);
    assert.equal(health.evicted, true);
    pass(1000);
    assert.equal(health.evicted, false);
    assert.equal(health.health, 0.5);
  }
  health.report(good);
  health.report(bad);
  pass(3500);
  assert.equal(health.evicted, false);
});

test('consecutive failures and the threshold decide when they are set', () => {
  const counted = provider({ durationMs: 1000, consecutiveFailures: 3 }).health;
  for (const result of [bad, bad, good, bad, bad]) counted.report(result);
  assert.equal(counted.evicted, false);
  counted.report(bad);
  assert.equal(counted.evicted, true);
  const averaged = provider({ durationMs: 1000, healthThreshold: 0.5 }).health;
  averaged.report(bad);
  assert.equal(averaged.evicted, false);
  averaged.report(bad);
  assert.equal(averaged.evicted, true);
});

test('what a provider says with Retry-After is kept, also without a policy', () => {
  const { health, pass } = provider(null);
  health.report({ ...good, retryAfterMs: 20_000 });
  pass(19_000);
  assert.equal(health.evicted, true);
  pass(2000);
  assert.equal(health.evicted, false);
});

test('what is known of one that is not asked any more fades', () => {
  const { health, pass } = provider(null);
  health.report({ ...bad, tookMs: 5000 });
  const before = health.score;
  pass(10_000);
  assert.ok(health.score > before);
  assert.equal(health.health, 0.85);
  pass(200_000);
  assert.ok(health.score > 0.999);
  health.report(good);
  assert.ok(health.score > 0.99);
});

test('an eviction is told once, by who began it', () => {
  let told = 0;
  const { health, pass } = provider({ durationMs: 1000 }, () => void told++);
  health.report(bad);
  health.report(bad);
  assert.equal(told, 1);
  pass(60_000);
  assert.equal(health.evicted, false);
  health.report(bad);
  assert.equal(told, 2);
});
