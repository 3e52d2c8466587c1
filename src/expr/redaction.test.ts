import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sensitiveNames } from './redaction.ts';

test('fields with credentials are known in lower case, also those that configuration names', () => {
  const names = sensitiveNames(['X-Tenant-Key']);
  assert.deepEqual(
    ['authorization', 'x-tenant-key', 'accept'].map((name) => names.has(name)),
    [true, true, false],
  );
});
