import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readError } from './errors.ts';

test('an exception that only a field names has its type all the same', () => {
  const fields = new Map([['x-amzn-errortype', 'ServiceQuotaExceededException:http://internal.amazon.com/x/']]);
  const error = readError(400, '{"message":"too much"}', (name) => fields.get(name));
  assert.equal(error.type, 'rate_limit_error');
  assert.equal(error.code, 'ServiceQuotaExceededException');
  assert.equal(error.message, 'too much');
});
