import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfterMs } from './retry-after.ts';

test('milliseconds come before seconds and dates; what cannot be read is nothing', () => {
  assert.equal(retryAfterMs('250', '7', 0), 250);
  assert.equal(retryAfterMs(undefined, '7', 0), 7000);
  assert.equal(retryAfterMs(undefined, 'Thu, 01 Jan 1970 00:00:09 GMT', 2000), 7000);
  assert.equal(retryAfterMs(undefined, 'Thu, 01 Jan 1970 00:00:09 GMT', 20_000), 0);
  assert.equal(retryAfterMs('soon', 'later', 0), 0);
  assert.equal(retryAfterMs(undefined, undefined, 0), 0);
});
