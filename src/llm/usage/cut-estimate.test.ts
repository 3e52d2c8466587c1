import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LlmRecord } from '../record.ts';
import { estimateCut } from './cut-estimate.ts';

/** Input, output, total and whether they are estimates, after a cut at which the provider had counted this. */
function estimated(input: number | null, output: number | null, counted: number, characters: number): unknown[] {
  const record = new LlmRecord('chat', null, null, true);
  record.inputTokens = input;
  record.outputTokens = output;
  estimateCut(record, 100, { counted, characters });
  return [record.inputTokens, record.outputTokens, record.totalTokens, record.estimated];
}

test('what a cut answer used is estimated where the provider had not said it', () => {
  assert.deepEqual(estimated(null, null, 0, 41), [100, 11, 111, true]);
  assert.deepEqual(estimated(7, null, 0, 41), [7, 11, 18, true]);
});

test('the few tokens that a provider counts at the start of an answer are not the answer', () => {
  assert.deepEqual(estimated(7, 1, 0, 41), [7, 11, 18, true]);
  assert.deepEqual(estimated(7, 1, 0, 3), [7, 1, null, false]);
});

test('what the provider counted stays, and what came after it is added', () => {
  assert.deepEqual(estimated(7, 20, 20, 41), [7, 31, 38, true]);
  assert.deepEqual(estimated(7, 20, 20, 0), [7, 20, null, false]);
});
