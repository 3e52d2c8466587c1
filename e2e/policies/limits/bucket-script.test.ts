/** The buckets of the store's script are those of this process: compared on a real Redis, with one clock for both. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@redis/client';
import fc from 'fast-check';
import { Buckets, markedCells, type BucketRule } from '../../../src/gateway/rate-limit/bucket.ts';
import { bucketScript, type ScriptReply } from '../../../src/gateway/rate-limit/store/bucket-script.ts';
import { freePorts } from '../../../testkit/free-ports.ts';
import { redisServer } from '../../fleet/redis-server.ts';

const start = 1_795_000_000_000;

const rules = fc.record<BucketRule>({
  maxTokens: fc.integer({ min: 1, max: 20 }),
  tokensPerFill: fc.integer({ min: 0, max: 25 }),
  fillIntervalMs: fc.constantFrom(1000, 12_500),
});

const steps = fc.array(
  fc.record({
    wait: fc.integer({ min: 0, max: 30_000 }),
    take: fc.integer({ min: 1, max: 12 }),
    // Which of the calls before ends now, and how much it used: more than it took, at times.
    ends: fc.option(fc.nat(), { nil: undefined }),
    usedPart: fc.integer({ min: 0, max: 150 }),
  }),
  { maxLength: 25, size: 'max' },
);

test('the script and the buckets in memory agree on everything', { timeout: 120_000 }, async (t) => {
  const redis = redisServer(t, (await freePorts(1))[0] ?? 0);
  await redis.start();
  const client = createClient({ url: redis.url });
  await client.connect();
  // The server may go first.
  client.on('error', () => undefined);
  t.after(() => client.destroy());
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(rules, steps, async (rule, list) => {
      const key = `bucket ${runs++}`;
      const { maxTokens, tokensPerFill, fillIntervalMs } = rule;
      const fixed = [maxTokens, tokensPerFill, fillIntervalMs].map(String);
      const script = async (operation: string, a: string, b: string, now: number): Promise<ScriptReply> =>
        client.sendCommand(['EVAL', bucketScript, '1', key, operation, ...fixed, a, b, String(now)]);
      const buckets = new Buckets(new Float64Array(markedCells), rule, true);
      const calls: { readonly tokens: number; readonly since: number; readonly text: string }[] = [];
      let now = start;
      // A bucket in Redis begins with its first use, and anew after it was full.
      let fresh = true;
      for (const { wait, take, ends, usedPart } of list) {
        now += wait;
        buckets.at(now);
        if (fresh) buckets.begin(0, 0);
        buckets.fill(0);
        const admitted = buckets.available(0) >= take;
        const since = buckets.filledAt(0);
        if (admitted) buckets.take(0, take);
        const reply = await script('take', String(take), String(take), now);
        assert.deepEqual(reply.slice(0, 3).map(Number), [admitted ? 1 : 0, buckets.available(0), since]);
        if (!admitted) assert.equal(Number(reply[4]), buckets.waitFor(0, take));
        assert.equal(Number(reply[3]), since + fillIntervalMs - now);
        if (admitted) calls.push({ tokens: take, since, text: reply[2] });
        const call = ends === undefined ? undefined : calls.splice(ends % Math.max(1, calls.length), 1)[0];
        if (call !== undefined) {
          if (buckets.available(0) === maxTokens) buckets.begin(0, 0);
          const back = call.tokens - Math.floor((call.tokens * usedPart) / 100);
          if (back < 0) buckets.take(0, -back);
          else buckets.giveBack(0, back, call.since);
          const settled = await script('settle', call.text, String(back), now);
          assert.equal(Number(settled[1]), buckets.available(0));
        }
        fresh = buckets.available(0) === maxTokens;
        const life = await client.pTTL(key);
        if (fresh) assert.equal(life, -2);
        else if (tokensPerFill === 0) assert.equal(life, -1);
        else
          assert.ok(life > 0 && life <= Math.ceil((maxTokens - buckets.available(0)) / tokensPerFill) * fillIntervalMs);
      }
    }),
    { numRuns: 150 },
  );
});
