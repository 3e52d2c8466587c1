/** The table of what is proven names tests that exist. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasTest } from '../../../src/llm/testing/checklist.ts';

/** A row of the table. */
interface Row {
  readonly feature: string;
  /** `path#name` of its tests. */
  readonly tests: readonly string[];
  readonly provenWith: string;
}

const page = readFileSync(join(import.meta.dirname, '../../../docs/mcp-checklist.md'), 'utf8');
const [, ...rows] = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line): Row => {
    const [feature = '', , tests = '', provenWith = ''] = line.slice(2, -2).split(' | ');
    return { feature, tests: tests.split('<br>').map((one) => one.replace(/^`([^`]+)`: /, '$1#')), provenWith };
  });

test('each row names tests that exist', () => {
  assert.ok(rows.length > 20);
  const missing = rows.flatMap(({ feature, tests }) =>
    tests.filter((reference) => !hasTest(reference)).map((reference) => `${feature}: ${reference}`),
  );
  assert.deepEqual(missing, []);
});

test('a row that is proven has a test with programs of others', () => {
  for (const { feature, tests, provenWith } of rows) {
    assert.notEqual(provenWith, '', feature);
    if (provenWith !== '**unproven**')
      assert.ok(
        tests.some((reference) => reference.startsWith('e2e/')),
        feature,
      );
  }
});
