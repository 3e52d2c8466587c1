import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutUsageEvent } from './hidden-usage.ts';

const usage = '{"choices":[],"usage":{"total_tokens":1}}';

test('only the event that tells nothing but usage is taken out', () => {
  const kept = [
    ': {"usage":1}\n\n',
    'data: {"choices":[{"delta":{"content":"\\"usage\\":{}"}}],"usage":null}\r\n\r\n',
    'data: {"choices":[{"delta":{}}],"usage":{"total_tokens":1}}\n\n',
    'data: {"choices":[],"prompt_filter_results":[],"usage":null}\n\n',
    'data: {"usage":{}, broken\r\r',
    'data: [DONE]\n\n',
  ].join('');
  assert.equal(withoutUsageEvent(Buffer.from(kept)).toString(), kept);
  for (const event of [`data: ${usage}\n\n`, `data:${usage}\r\n\r\n`, `event: x\ndata: ${usage}\r\r`]) {
    assert.equal(withoutUsageEvent(Buffer.from(kept + event + kept)).toString(), kept + kept);
    assert.equal(withoutUsageEvent(Buffer.from(event)).toString(), '');
  }
});
