/** Cost of one decision. Run: `node src/gateway/rate-limit/bench.ts`. One core of the machine does nothing else. */
import { bench, run, summary } from 'mitata';
import type { LocalRateLimitSpec } from '../../model/policies/rate-limit.ts';
import { KeyHash } from '../../telemetry/shared/key-hash.ts';
import { SharedPlaces, placesShape } from '../../telemetry/shared/places.ts';
import { KeyedTable } from '../../telemetry/shared/keyed-table.ts';
import { ExchangeLimits } from './exchange-limits.ts';
import { LimitList } from './limit-list.ts';
import { openLocalLimits, type Demand } from './local-limits.ts';

const recorder = { limited: (): void => undefined };
const one: Demand = { need: 1, take: 1 };
const users = Array.from({ length: 1000 }, (_, i) => `=user-${i}@example.com`);
let next = 0;

function list(...specs: readonly Partial<LocalRateLimitSpec>[]): LimitList {
  const whole = specs.map((spec, i): LocalRateLimitSpec => ({
    id: `bench ${i}`,
    type: 'requests',
    maxTokens: 1e9,
    tokensPerFill: 1e6,
    fillIntervalMs: 1,
    reserve: 'all',
    ...spec,
  }));
  const area = (_: string, bytes: number) => ({ buffer: new SharedArrayBuffer(bytes), worker: 0, workers: 4 });
  const limits = openLocalLimits(whole, area);
  return new LimitList(
    limits.flatMap((limit, place) => (limit === null ? [] : [{ place, limit }])),
    [],
  );
}

function decide(limits: LimitList, keys: readonly string[]): void {
  void limits.take(keys, () => one, new ExchangeLimits(recorder), null);
}

const key = { expression: 'request.headers["x-user"]', most: 100_000 };
const single = list({});
const keyed = list({ key });
const both = list({}, { key });
const hash = new KeyHash(1, 2);
const shape = placesShape(0, 4);
const area = { buffer: new SharedArrayBuffer(KeyedTable.bytesOf(shape)), worker: 0, workers: 4 };
const places = new SharedPlaces(area, 0, 100);

summary(() => {
  bench('one bucket', () => decide(single, []));
  bench('a bucket of a thousand keys', () => decide(keyed, [users[next++ % 1000] ?? '']));
  bench('both', () => decide(both, ['', users[next++ % 1000] ?? '']));
  bench('the hash of a key of 21 characters', () => hash.of(users[next++ % 1000] ?? ''));
  bench('a place taken and given back', () => {
    places.tryTake('');
    places.giveBack('');
  });
});

await run();
