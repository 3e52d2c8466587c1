import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logger } from '../../../base/logger.ts';
import type { DescriptorLimitSpec, LimitUnit } from '../../../model/policies/rate-limit.ts';
import { limitUnits, type RateLimitDescriptor } from '../../../net/grpc/envoy/rate-limit.ts';
import { createMetrics } from '../../../telemetry/metrics/names.ts';
import { MetricRegistry } from '../../../telemetry/metrics/registry.ts';
import type { Exchange } from '../../exchange.ts';
import type { StoreConnection } from '../../rate-limit/store/store-connection.ts';
import type { PolicyContext } from '../policy.ts';
import { StoredLimits } from './stored-limits.ts';

/** Limits whose store admits what `admits` says, with the scripts that ran there. */
function open(
  limits: readonly DescriptorLimitSpec[],
  type: LimitUnit = 'requests',
  admits: (size: number) => boolean = () => true,
): { readonly limits: StoredLimits; readonly ran: { readonly key: string; readonly args: readonly string[] }[] } {
  const ran: { key: string; args: readonly string[] }[] = [];
  const connection = {
    run(key: string, args: readonly string[]) {
      ran.push({ key, args });
      return Promise.resolve([admits(Number(args[1])) ? 1 : 0, '5', '1000', '2000', '3000']);
    },
  } as unknown as StoreConnection;
  const context = {
    log: new Logger(() => undefined),
    metrics: createMetrics(new MetricRegistry()),
    place: 'test',
    store: () => connection,
  } as unknown as PolicyContext;
  const store = { url: 'redis://none', timeoutMs: 1000, failureMode: 'failClosed' } as const;
  return { limits: new StoredLimits('d', type, { store, limits }, context), ran };
}

const exchange = (): Exchange => ({ limits: null, bind: { recorder: { limited: () => undefined } } }) as never;
const of = (...pairs: readonly (readonly [string, string])[]): RateLimitDescriptor => ({
  entries: pairs.map(([key, value]) => ({ key, value })),
});
const rate = (requests: number): NonNullable<DescriptorLimitSpec['limit']> => ({ requests, unitMs: 60_000 });
const none: readonly DescriptorLimitSpec[] = [];

const tree: readonly DescriptorLimitSpec[] = [
  { key: 'user', limit: rate(10), descriptors: [{ key: 'path', value: '/x', limit: rate(3), descriptors: none }] },
  { key: 'user', value: 'ann', limit: rate(99), descriptors: none },
  { key: 'user', value: 'root', descriptors: none },
  { key: 'tenant', descriptors: [{ key: 'path', limit: rate(7), descriptors: none }] },
];

test('a descriptor has the limit of where it ends, of its own value before that of all', async () => {
  for (const [descriptor, size] of [
    [of(['user', 'bob']), 10],
    [of(['user', 'ann']), 99],
    [of(['user', 'root']), null],
    [of(['user', 'bob'], ['path', '/x']), 3],
    [of(['user', 'bob'], ['path', '/y']), null],
    // The named value has nothing below it.
    [of(['user', 'ann'], ['path', '/x']), null],
    [of(['tenant', 't']), null],
    [of(['tenant', 't'], ['path', '/y']), 7],
    [of(['other', 'o']), null],
    [{ ...of(['other', 'o']), limit: { requestsPerUnit: 4, unit: limitUnits.day } }, 4],
  ] as const) {
    const { limits, ran } = open(tree);
    await limits.take(exchange(), [descriptor]);
    assert.deepEqual(
      ran.map(({ args }) => Number(args[1])),
      size === null ? [] : [size],
      JSON.stringify(descriptor),
    );
  }
});

test('each value counts by itself, in the time of its unit, as often as the descriptor says', async () => {
  const { limits, ran } = open(tree);
  await limits.take(exchange(), [
    { ...of(['user', 'a']), hitsAddend: { value: 4 } },
    of(['user', 'b']),
    of(['tenant', 't'], ['path', '/y']),
  ]);
  assert.equal(new Set(ran.map(({ key }) => key)).size, 3);
  assert.deepEqual(
    ran.map(({ args }) => args.slice(0, 6)),
    [
      ['take', '10', '10', '60000', '4', '4'],
      ['take', '10', '10', '60000', '1', '1'],
      ['take', '7', '7', '60000', '1', '1'],
    ],
  );
});

test('a request that one limit refuses takes nothing of the others, and hears when to come again', async () => {
  const { limits, ran } = open(tree, 'requests', (size) => size !== 3);
  const asked = limits.take(exchange(), [of(['user', 'a']), of(['user', 'a'], ['path', '/x'])]);
  await assert.rejects(asked, { reason: 'rateLimitExceeded', retryAfter: 3 });
  assert.deepEqual(
    ran.slice(2).map(({ key, args }) => [key, ...args.slice(0, 6)]),
    [[ran[0]?.key, 'settle', '10', '10', '60000', '1000', '1']],
  );
});

test('of tokens something must be left before, and all that was used is counted after', async () => {
  const { limits, ran } = open(tree, 'tokens');
  await limits.take(exchange(), [{ ...of(['user', 'a']), hitsAddend: { value: 0 } }]);
  limits.charge([{ ...of(['user', 'a']), hitsAddend: { value: 12 } }]);
  assert.deepEqual(
    ran.map(({ args }) => [args[0], ...args.slice(4, 6)]),
    [
      ['take', '1', '0'],
      ['settle', '0', '-12'],
    ],
  );
});
