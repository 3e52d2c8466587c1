import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LlmRecord } from '../record.ts';
import { estimateCut } from './cut-estimate.ts';

test('what a cut answer used is estimated where the provider had not said it', () => {
  const record = new LlmRecord('chat', null, null, true);
  estimateCut(record, 400, 41);
  assert.deepEqual(
    [record.inputTokens, record.outputTokens, record.totalTokens, record.estimated],
    [100, 11, 111, true],
  );
});

test('what the provider said stays, and only the rest is estimated', () => {
  const record = new LlmRecord('chat', null, null, true);
  record.inputTokens = 7;
  record.outputTokens = 1;
  estimateCut(record, 400, 41);
  assert.deepEqual([record.inputTokens, record.outputTokens, record.estimated], [7, 1, false]);
  record.outputTokens = 0;
  estimateCut(record, 400, 41);
  assert.deepEqual([record.inputTokens, record.outputTokens, record.estimated], [7, 11, true]);
});
