import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strongerOf, type Principal } from './principal.ts';

const someone = (kind: Principal['kind'], id: string): Principal => ({ kind, id, claims: {} });

test('a client that proves several things counts as the user, not as the application or the machine', () => {
  const [machine, key, user] = [someone('certificate', 'm'), someone('apiKey', 'k'), someone('jwt', 'u')];
  assert.equal(strongerOf(null, machine), machine);
  assert.equal(strongerOf(machine, key), key);
  assert.equal(strongerOf(key, user), user);
  assert.equal(strongerOf(user, key), user);
  const other = someone('oidc', 'o');
  assert.equal(strongerOf(user, other), other);
});
