/** Limits that two gateways keep together in a real Redis, which is killed and started again under load. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../testkit/client.ts';
import { freePorts } from '../../../testkit/free-ports.ts';
import { redisServer } from '../../fleet/redis-server.ts';
import { assertNeverMore, assertNotLess, run, served, type Outcome, type Rule } from './load.ts';
import { bucket, startReplica } from './replicas.ts';

const limit = { timeout: 120_000 };
const clients = 64;
const rule: Rule = { maxTokens: 100, tokensPerFill: 5, fillIntervalMs: 100 };
// The machine of the tests is busy: what is measured is what is counted, not how long Redis takes.
const patient = '5s';

test('two gateways keep one limit exactly', limit, async (t) => {
  const redis = redisServer(t, (await freePorts(1))[0] ?? 0);
  await redis.start();
  const policies = bucket(rule, { url: redis.url, timeout: patient, failureMode: 'failClosed' });
  const urls = await Promise.all([startReplica(t, policies), startReplica(t, policies)]);
  const outcomes = await run({ urls, clients, durationMs: 5000 });
  assertNeverMore(outcomes, rule);
  assertNotLess(outcomes, rule, 2 * rule.tokensPerFill);
  assert.deepEqual(
    [...new Set(outcomes.map(({ status }) => status))].toSorted((a, b) => a - b),
    [200, 429],
  );
});

test('two gateways keep one limit of tokens exactly, settled by usage', limit, async (t) => {
  const redis = redisServer(t, (await freePorts(1))[0] ?? 0);
  await redis.start();
  const tokens: Rule = { maxTokens: 4000, tokensPerFill: 400, fillIntervalMs: 200 };
  const policies = bucket(tokens, { url: redis.url, timeout: patient, failureMode: 'failClosed' }, ', type: tokens');
  const path = '/v1/chat/completions';
  const urls = await Promise.all([startReplica(t, policies, path), startReplica(t, policies, path)]);
  const reserved = 120;
  const body = JSON.stringify({ model: 'm', max_tokens: reserved, messages: [{ role: 'user', content: 'How many?' }] });
  const outcomes = await run({
    urls,
    clients,
    durationMs: 5000,
    init: () => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body }),
    cost: async (response) => {
      const { usage } = (await response.json()) as { readonly usage: { readonly total_tokens: number } };
      return usage.total_tokens;
    },
  });
  assertNeverMore(outcomes, tokens);
  assertNotLess(outcomes, tokens, clients * 2 * reserved + tokens.tokensPerFill);
});

test('while Redis is gone nothing passes, and the limit holds again when it is back', limit, async (t) => {
  const redis = redisServer(t, (await freePorts(1))[0] ?? 0);
  await redis.start();
  const policies = bucket(rule, { url: redis.url, timeout: patient, failureMode: 'failClosed' });
  const urls = await Promise.all([startReplica(t, policies), startReplica(t, policies)]);
  const load = run({ urls, clients, durationMs: 8000 });
  await sleep(1500);
  await redis.kill();
  const killed = performance.now();
  await sleep(1500);
  await redis.start();
  const back = performance.now();
  const outcomes = await load;
  const within = (from: number, to: number): readonly Outcome[] =>
    outcomes.filter(({ sent, received }) => sent >= from && received <= to);
  assert.equal(served(within(killed, back - 200)).length, 0);
  assert.ok(within(killed, back).some(({ status }) => status === 500));
  // It forgot all, so its bucket is full: each life of it keeps the limit.
  const before = within(0, killed);
  const after = within(back, Infinity);
  for (const life of [before, after]) {
    assert.ok(served(life).length > rule.maxTokens);
    assertNeverMore(life, rule);
  }
  assert.ok(after.some(({ status }) => status === 429));
});

test('without Redis requests pass, or are counted in the process, where the file says so', limit, async (t) => {
  const redis = redisServer(t, (await freePorts(1))[0] ?? 0);
  const small: Rule = { maxTokens: 5, tokensPerFill: 1, fillIntervalMs: 3_600_000 };
  const store = { url: redis.url, timeout: patient } as const;
  const [open, local] = await Promise.all([
    startReplica(t, bucket(small, { ...store, failureMode: 'failOpen' })),
    startReplica(t, bucket(small, { ...store, failureMode: 'failLocal' })),
  ]);
  const statuses = async (url: string): Promise<readonly number[]> => {
    const all: number[] = [];
    for (let i = 0; i < 7; i++) all.push((await fetch(url, { headers: { connection: 'close' } })).status);
    return all;
  };
  assert.deepEqual(await statuses(open), [200, 200, 200, 200, 200, 200, 200]);
  assert.deepEqual(await statuses(local), [200, 200, 200, 200, 200, 429, 429]);
  await redis.start();
  // The store knows of nothing yet, and is what counts.
  const ok = async (): Promise<boolean> => (await fetch(local, { headers: { connection: 'close' } })).status === 200;
  await eventually(ok, 'the store counts again');
});
