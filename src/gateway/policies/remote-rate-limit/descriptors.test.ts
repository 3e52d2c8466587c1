import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logger } from '../../../base/logger.ts';
import { noCustomFunctions } from '../../../expr/cel/custom-functions.ts';
import type { RateLimitDescriptorSpec } from '../../../model/policies/rate-limit.ts';
import { createMetrics } from '../../../telemetry/metrics/names.ts';
import { MetricRegistry } from '../../../telemetry/metrics/registry.ts';
import { Expressions } from '../../attributes/expressions.ts';
import { ComputedValues } from '../../envoy/values.ts';
import { Descriptors, settled } from './descriptors.ts';

const variables: Record<string, unknown> = { request: { path: '/a', method: 'GET' }, llm: { outputTokens: 7 } };
const attributes = { get: (root: string) => variables[root] as undefined };

function open(unit: 'requests' | 'tokens', ...specs: readonly RateLimitDescriptorSpec[]): Descriptors {
  const values = new ComputedValues(
    {
      log: new Logger(() => undefined),
      metrics: createMetrics(new MetricRegistry()),
      place: 'test',
      expressions: new Expressions(noCustomFunctions),
    },
    'remoteRateLimit',
  );
  return new Descriptors(unit, specs, values);
}

const path = { key: 'path', value: 'request.path' };

test('descriptors have their entries, their cost and their own limit', () => {
  const spec: RateLimitDescriptorSpec = {
    entries: [path, { key: 'n', value: '1 + 1' }],
    type: 'requests',
    cost: '2 + 3',
    limitOverride: '{"unit": "Minute", "requestsPerUnit": 9}',
  };
  assert.deepEqual(open('requests', spec).compute(attributes, undefined).descriptors, [
    {
      entries: [
        { key: 'path', value: '/a' },
        { key: 'n', value: '2' },
      ],
      limit: { requestsPerUnit: 9, unit: 2 },
      hitsAddend: { value: 5 },
    },
  ]);
});

test('one of whose expressions nothing can be made is left out, the others are not', () => {
  const type = 'requests';
  const bad: RateLimitDescriptorSpec[] = [
    { entries: [path, { key: 'x', value: 'request.headers["no"]' }], type },
    { entries: [{ key: 'x', value: '[1]' }], type },
    { entries: [path], type, cost: '-1' },
    { entries: [path], type, cost: '"many"' },
    { entries: [path], type, limitOverride: '{"unit": "fortnight", "requestsPerUnit": 1}' },
    { entries: [path], type, limitOverride: '{"unit": "hour", "requestsPerUnit": -1}' },
    { entries: [path], type, limitOverride: '{"unit": "unknown", "requestsPerUnit": 1}' },
    { entries: [path], type: 'tokens' },
  ];
  const { descriptors } = open('requests', ...bad, { entries: [path], type }).compute(attributes, undefined);
  assert.deepEqual(descriptors, [{ entries: [{ key: 'path', value: '/a' }] }]);
});

test('tokens are told when they are known: what was used, or what a cost makes of it', () => {
  const type = 'tokens';
  const computed = open(
    'tokens',
    { entries: [path], type },
    { entries: [path], type, cost: 'llm.outputTokens * 2' },
  ).compute(attributes, 30);
  assert.deepEqual(
    computed.descriptors.map(({ hitsAddend }) => hitsAddend?.value),
    [30, 0],
  );
  const hits = (used: number): unknown[] =>
    settled(computed, used, () => attributes).map(({ hitsAddend }) => hitsAddend?.value);
  assert.deepEqual(hits(12), [12, 14]);
  assert.deepEqual(hits(0), [14]);
});
