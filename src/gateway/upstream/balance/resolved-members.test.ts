import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedCell } from '../../../telemetry/shared/cell.ts';
import { SharedCounters } from '../../../telemetry/shared/counters.ts';
import { SharedLimit } from '../../../telemetry/shared/limit.ts';
import type { Dialer } from '../../../net/upstream/dialer.ts';
import { Resolver } from '../../../net/upstream/resolver.ts';
import { Member } from './member.ts';
import { ResolvedMembers } from './resolved-members.ts';
import { Seats } from './seats.ts';
import { endpointCounts } from './slots.ts';

/** A name whose addresses the test says, with two workers that look at it. */
function flapping(): {
  answer: string[];
  pass(ms: number): void;
  workers: readonly ResolvedMembers[];
  closed: string[];
} {
  const counters = new SharedCounters(2);
  const closed: string[] = [];
  let now = 0;
  const state = { answer: [] as string[], pass: (ms: number) => void (now += ms), closed };
  const worker = (id: number): ResolvedMembers => {
    const lookup = (): Promise<{ addresses: string[]; ttlMs: number }> =>
      state.answer.length === 0
        ? Promise.reject(new Error('no answer'))
        : Promise.resolve({ addresses: [...state.answer], ttlMs: 1000 });
    const owners = Array.from({ length: 4 }, (_, seat) => new SharedCell(counters.slot(`owner ${seat}`)));
    const seats = new Seats(owners, (seat) => {
      for (const count of endpointCounts) new SharedCell(counters.slot(`seat ${seat} ${count}`)).set(0);
    });
    const shared = {
      cell: (name: string) => new SharedCell(counters.slot(name)),
      limit: (name: string, maximum: number) => new SharedLimit(counters.slot(name), id, maximum),
    };
    const resolver = new Resolver(lookup, () => now);
    const open = (ip: string, others: readonly string[]): Member => {
      const spec = {
        name: ip,
        weight: 1,
        priority: 0,
        slots: `seat ${seats.of(ip, others)}`,
        most: undefined,
        eviction: { durationMs: 60_000 },
        slowStartMs: 0,
        onEviction: () => undefined,
      };
      const endpoint = {
        name: ip,
        takesFramed: () => true,
        dispatch: () => {
          throw new Error('not here');
        },
      };
      const dialer = {} as Dialer;
      return new Member(spec, { endpoint, dialer }, () => void closed.push(`${id} ${ip}`), shared);
    };
    return new ResolvedMembers(resolver, 'many.test', 'auto', open, 0);
  };
  return Object.assign(state, { workers: [worker(0), worker(1)] });
}

const bad = { healthy: false, tookMs: 1, retryAfterMs: 0 };

function names(members: readonly Member[] | null): readonly string[] {
  return (members ?? []).map(({ name }) => name);
}

/** The members once the answer of now is known. */
async function renewed(source: ResolvedMembers): Promise<readonly Member[]> {
  source.current();
  await new Promise((resolve) => setImmediate(resolve));
  return source.resolve();
}

test('addresses that come and go are members while they are there; those that stay are the same', async () => {
  const dns = flapping();
  const [source] = dns.workers;
  assert.ok(source !== undefined);
  dns.answer = ['10.0.0.1', '10.0.0.2'];
  const before = await source.resolve();
  dns.answer = ['10.0.0.2', '10.0.0.3'];
  dns.pass(2000);
  const after = await renewed(source);
  assert.deepEqual(names(after), ['10.0.0.2', '10.0.0.3']);
  assert.equal(after[0], before[1]);
  assert.deepEqual(dns.closed, ['0 10.0.0.1']);
  assert.equal(await source.resolve(), after);
});

test('an outage of the DNS changes nothing', async () => {
  const dns = flapping();
  const [source] = dns.workers;
  assert.ok(source !== undefined);
  dns.answer = ['10.0.0.1'];
  const before = await source.resolve();
  dns.answer = [];
  dns.pass(2000);
  assert.equal(await renewed(source), before);
});

test('an address that comes back is known, in every worker', async () => {
  const dns = flapping();
  const [one, two] = dns.workers;
  assert.ok(one !== undefined && two !== undefined);
  dns.answer = ['10.0.0.1', '10.0.0.2'];
  (await one.resolve())[0]?.health.report(bad);
  assert.deepEqual(
    (await two.resolve()).map(({ isOut }) => isOut),
    [true, false],
  );
  dns.answer = ['10.0.0.2'];
  dns.pass(2000);
  assert.deepEqual(names(await renewed(one)), ['10.0.0.2']);
  dns.answer = ['10.0.0.2', '10.0.0.1'];
  dns.pass(2000);
  assert.deepEqual(
    (await renewed(one)).map(({ isOut }) => isOut),
    [false, true],
  );
});

test('with more addresses than seats over time, what was known of those that are gone is forgotten', async () => {
  const dns = flapping();
  const [source] = dns.workers;
  assert.ok(source !== undefined);
  for (let i = 1; i <= 12; i++) {
    dns.answer = [`10.0.0.${i}`];
    dns.pass(2000);
    const [member] = await renewed(source);
    assert.equal(member?.name, `10.0.0.${i}`);
    assert.equal(member.isOut, false, `${i}`);
    member.health.report(bad);
  }
});
