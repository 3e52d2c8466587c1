import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Buckets, markedCells, plainCells, type BucketRule } from './bucket.ts';

const start = 1000;

const rules = fc.record<BucketRule>({
  maxTokens: fc.integer({ min: 1, max: 20 }),
  tokensPerFill: fc.integer({ min: 0, max: 25 }),
  fillIntervalMs: fc.constantFrom(1, 3, 10, 12.5),
});

/** What a bucket is by definition: tokens that are added one fill at a time. */
class Plain {
  tokens: number;
  fills = 0;
  readonly #rule: BucketRule;

  constructor(rule: BucketRule) {
    this.#rule = rule;
    this.tokens = rule.maxTokens;
  }

  at(nowMs: number): void {
    const { maxTokens, tokensPerFill, fillIntervalMs } = this.#rule;
    for (; start + (this.fills + 1) * fillIntervalMs <= nowMs; this.fills++) {
      this.tokens = Math.min(maxTokens, this.tokens + tokensPerFill);
    }
  }
}

function open(rule: BucketRule, marked: boolean): Buckets {
  const buckets = new Buckets(new Float64Array(marked ? markedCells : plainCells), rule, marked);
  buckets.at(start);
  buckets.fill(0);
  return buckets;
}

test('requests are admitted as a bucket does that is filled step by step', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 5 })), {
    maxLength: 60,
    size: 'max',
  });
  fc.assert(
    fc.property(rules, steps, (rule, list) => {
      const buckets = open(rule, false);
      const plain = new Plain(rule);
      let now = start;
      for (const [wait, tokens] of list) {
        now += wait;
        buckets.at(now);
        buckets.fill(0);
        plain.at(now);
        assert.equal(buckets.available(0), plain.tokens);
        if (plain.tokens < tokens) continue;
        buckets.take(0, tokens);
        plain.tokens -= tokens;
      }
    }),
  );
});

test('over any interval no more is admitted than was there and was filled in, and no less where all is asked for', () => {
  const waits = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 40, size: 'max' });
  fc.assert(
    fc.property(rules, waits, (rule, list) => {
      const buckets = open(rule, false);
      const admitted: { readonly at: number; readonly fill: number }[] = [];
      let now = start;
      for (const wait of list) {
        now += wait;
        buckets.at(now);
        buckets.fill(0);
        const fill = Math.floor((now - start) / rule.fillIntervalMs);
        for (; buckets.available(0) >= 1; buckets.take(0, 1)) admitted.push({ at: now, fill });
      }
      for (const [i, first] of admitted.entries()) {
        for (const [j, last] of admitted.entries()) {
          if (j < i) continue;
          assert.ok(j - i + 1 <= rule.maxTokens + rule.tokensPerFill * (last.fill - first.fill));
        }
      }
    }),
  );
});

/** Reservations of a history: when each is made, for how much, what it uses, and when that is known. */
const histories = fc.array(
  fc.record({
    wait: fc.integer({ min: 0, max: 12 }),
    reserve: fc.integer({ min: 1, max: 15 }),
    usedPart: fc.integer({ min: 0, max: 100 }),
    lasts: fc.integer({ min: 0, max: 60 }),
  }),
  { maxLength: 40, size: 'max' },
);

interface Call {
  readonly at: number;
  readonly reserved: number;
  readonly used: number;
  readonly since: number;
  readonly ends: number;
  settled: boolean;
}

/** What the bucket would hold now had every call that is settled taken at once what it used. */
function truth(rule: BucketRule, calls: readonly Call[], now: number): number {
  const plain = new Plain(rule);
  for (const call of calls) {
    plain.at(call.at);
    plain.tokens -= call.settled ? call.used : call.reserved;
  }
  plain.at(now);
  return plain.tokens;
}

function play(
  rule: BucketRule,
  history: readonly { wait: number; reserve: number; usedPart: number; lasts: number }[],
  check: (available: number, expected: number) => void,
): readonly Call[] {
  const buckets = open(rule, true);
  const calls: Call[] = [];
  let now = start;
  const settle = (until: number): void => {
    for (const call of calls.filter((c) => !c.settled && c.ends <= until).toSorted((a, b) => a.ends - b.ends)) {
      buckets.at(call.ends);
      buckets.fill(0);
      buckets.giveBack(0, call.reserved - call.used, call.since);
      call.settled = true;
      check(buckets.available(0), truth(rule, calls, call.ends));
    }
  };
  for (const { wait, reserve, usedPart, lasts } of history) {
    settle(now + wait);
    now += wait;
    buckets.at(now);
    buckets.fill(0);
    check(buckets.available(0), truth(rule, calls, now));
    const reserved = Math.min(reserve, rule.maxTokens);
    if (buckets.available(0) < reserved) continue;
    const since = buckets.filledAt(0);
    buckets.take(0, reserved);
    const used = Math.floor((reserved * usedPart) / 100);
    calls.push({ at: now, reserved, used, since, ends: now + lasts, settled: false });
  }
  settle(Infinity);
  return calls;
}

test('what was reserved and not used comes back as if it had never been taken', () => {
  const fewFills = rules.map((rule) => ({ ...rule, fillIntervalMs: 50 }));
  fc.assert(
    // Up to six fills between the first reservation and the last settlement: all marks fit.
    fc.property(
      fewFills,
      fc.array(
        histories.map((h) => h.slice(0, 8)),
        { maxLength: 1 },
      ),
      (rule, [history = []]) => {
        play(rule, history, (available, expected) => assert.equal(available, expected));
      },
    ),
    { numRuns: 500 },
  );
});

test('a bucket never holds more than it would had every call taken at once what it used', () => {
  fc.assert(
    fc.property(rules, histories, (rule, history) => {
      play(rule, history, (available, expected) => assert.ok(available <= expected, `${available} > ${expected}`));
    }),
    { numRuns: 2000 },
  );
});

test('over any interval the calls that began in it use no more than was there and was filled in', () => {
  fc.assert(
    fc.property(rules, histories, (rule, history) => {
      const calls = play(rule, history, () => undefined);
      const fillOf = (call: Call): number => Math.floor((call.at - start) / rule.fillIntervalMs);
      for (const [i, first] of calls.entries()) {
        let used = 0;
        for (const call of calls.slice(i)) {
          used += call.used;
          assert.ok(used <= rule.maxTokens + rule.tokensPerFill * (fillOf(call) - fillOf(first)));
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('what was used beyond the reservation is owed', () => {
  const buckets = open({ maxTokens: 10, tokensPerFill: 5, fillIntervalMs: 10 }, true);
  buckets.take(0, 4);
  buckets.take(0, 16);
  assert.equal(buckets.available(0), -10);
  assert.equal(buckets.waitFor(0, 1), 30);
  buckets.at(start + 29);
  buckets.fill(0);
  assert.equal(buckets.available(0), 0);
  assert.equal(buckets.waitFor(0, 1), 1);
  assert.equal(buckets.isFree(0), false);
  buckets.at(start + 50);
  assert.equal(buckets.isFree(0), true);
});

test('a bucket that is never filled tells nobody to wait', () => {
  const buckets = open({ maxTokens: 1, tokensPerFill: 0, fillIntervalMs: 10 }, false);
  buckets.take(0, 1);
  assert.equal(buckets.waitFor(0, 1), 0);
});

test('a key that gets a bucket of its own goes on with what was left of the shared one', () => {
  const cells = new Float64Array(2 * markedCells);
  const buckets = new Buckets(cells, { maxTokens: 10, tokensPerFill: 1, fillIntervalMs: 10 }, true);
  buckets.at(start);
  buckets.fill(0);
  buckets.take(0, 7);
  buckets.begin(markedCells, 0);
  assert.equal(buckets.available(markedCells), 3);
  buckets.at(start + 70);
  buckets.begin(markedCells, 0);
  assert.equal(buckets.available(markedCells), 10);
});
