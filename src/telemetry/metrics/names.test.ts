import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FamilyDefinition } from './events.ts';
import { createMetrics, metricTable } from './names.ts';
import { MetricRegistry } from './registry.ts';

function definitions(custom?: readonly string[]): Map<string, FamilyDefinition> {
  const registry = new MetricRegistry();
  createMetrics(registry, custom);
  const all = new Map<string, FamilyDefinition>();
  registry.onSeries((event) => {
    if (event.kind === 'family') all.set(event.definition.name, event.definition);
  });
  return all;
}

test('every row of the table is registered under its name', () => {
  const all = definitions();
  for (const row of Object.values(metricTable)) {
    assert.equal(all.get(`agentgateway_${row.name}`)?.kind, row.kind, row.name);
  }
});

test('histograms and only they have buckets', () => {
  for (const row of Object.values(metricTable)) {
    assert.equal(row.kind === 'histogram', (row.buckets?.length ?? 0) > 0, row.name);
  }
});

test('custom labels follow the labels of request metrics, under names that Prometheus takes', () => {
  const all = definitions(['user.id', 'status', 'le', '9', '__x']);
  assert.deepEqual(all.get('agentgateway_requests')?.labelNames.slice(-6), [
    'reason',
    'user_id',
    'custom_status',
    'custom_le',
    'custom_9',
    'custom___x',
  ]);
  assert.deepEqual(all.get('agentgateway_upstream_call_duration_seconds')?.labelNames, ['kind', 'subtype']);
});
