import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CelSecret } from '../expr/cel/secret.ts';
import { ProvedFacts } from './authentication/facts.ts';
import type { Exchange } from './exchange.ts';
import { readIdentity, writeIdentity } from './peer-identity.ts';

/** What of an exchange says who its client is. */
function someone(): Exchange {
  const facts = new Map<string, unknown>();
  const partial: Partial<Exchange> = {
    principal: null,
    credential: null,
    authorizer: null,
    setFact: (root, value) => void facts.set(root, value),
    fact: (root) => facts.get(root),
  };
  return partial as Exchange;
}

test('who a client is, as one worker tells another', () => {
  const x = someone();
  assert.equal(writeIdentity(x), null);
  x.principal = { kind: 'jwt', id: 'jwt:i ä', issuer: 'i', claims: { sub: 'ä', groups: ['a'] } };
  x.credential = 'the token';
  x.setFact('jwt', new ProvedFacts({ sub: 'ä' }, 'rawToken', 'the token'));
  x.setFact('basicAuth', new ProvedFacts({ username: 'u' }, null, 'x'));
  const text = writeIdentity(x) ?? '';
  assert.match(text, /^[\x21-\x7e]+$/);
  const there = someone();
  readIdentity(there, text);
  assert.deepEqual([there.principal, there.credential], [x.principal, 'the token']);
  const jwt = there.fact('jwt');
  assert.ok(jwt instanceof ProvedFacts);
  assert.equal(jwt.field('sub'), 'ä');
  const secret = jwt.field('rawToken');
  assert.ok(secret instanceof CelSecret);
  assert.equal(secret.reveal(), 'the token');
});
