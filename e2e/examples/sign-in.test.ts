import assert from 'node:assert/strict';
import { test } from 'node:test';
import { example } from './example.ts';

test('the sign-in example does what its README says', { timeout: 60_000 }, async (t) => {
  const signIn = await example(t, 'sign-in');
  await signIn.validates();
  await signIn.start();
  assert.match(await signIn.run('3000/docs\n'), /has no session; sign in with a browser/);
  const shown = await signIn.run('redirect_url');
  assert.match(shown, /^302 http:\/\/localhost:\d+\/realms\/example\/protocol\/openid-connect\/auth\?/);
  assert.match(shown, /code_challenge_method=S256/);
  signIn.allWereRun();
});
