import assert from 'node:assert/strict';
import { test } from 'node:test';
import { example } from './example.ts';

test('the authentication example does what its README says', { timeout: 60_000 }, async (t) => {
  const shown = await example(t, 'authentication');
  await shown.validates();
  await shown.start();
  await shown.runAsShown('/token -H');
  await shown.runAsShown('/password -u');
  assert.match(await shown.run('/token\n'), /a token is missing/);
  assert.match(await shown.run('/v1/models/small'), /"small"/);
  assert.match(await shown.run('/v1/chat/completions'), /"chat\.completion"/);
  const refused = JSON.parse(await shown.run('/v1/messages')) as { readonly error: { readonly type: string } };
  assert.equal(refused.error.type, 'permission_error');
  shown.allWereRun();
});
