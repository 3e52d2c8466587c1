import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { example } from './example.ts';

test('the example of tokens for backends does what its README says', { timeout: 60_000 }, async (t) => {
  const tokens = await example(t, 'backend-tokens');
  execFileSync('sh', [join(tokens.folder, 'generate.sh')], { stdio: 'ignore' });
  await tokens.validates();
  await tokens.start();
  await tokens.runAsShown('/exchanged -H');
  assert.match(await tokens.run('/exchanged\n'), /has no token to exchange/);
  assert.match(await tokens.run('/signed'), /^authorization: Bearer [\w-]+\.[\w-]+\.[\w-]+\nx-tenant: example\n$/);
  tokens.allWereRun();
});
