import { test } from 'node:test';
import { example } from './example.ts';

test('the example of scopes does what its README says', { timeout: 60_000 }, async (t) => {
  const scopes = await example(t, 'mcp-scopes');
  await scopes.validates();
  await scopes.start();
  for (const text of ['"id":1,', '"id":2,', '"id":3,', '/.well-known/']) await scopes.runAsShown(text);
  scopes.allWereRun();
});
