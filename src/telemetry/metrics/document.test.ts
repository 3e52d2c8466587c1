import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsDocument } from './document.ts';
import { metricTable } from './names.ts';

test('every metric has one row in the reference, and every histogram its buckets', () => {
  const text = metricsDocument();
  for (const row of Object.values(metricTable)) {
    const name = `\`agentgateway_${row.name}${row.kind === 'counter' ? '_total' : ''}\``;
    assert.equal(text.split(`\n| ${name} | ${row.kind} |`).length, 2, name);
    assert.equal(text.includes(`\n| ${name} | ${row.buckets?.join(', ')} |`), row.kind === 'histogram', name);
  }
});

test('no help text breaks the table', () => {
  for (const row of Object.values(metricTable)) assert.doesNotMatch(row.help, /[|\n]/);
});
