import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeySet } from './key-set.ts';
import { TestIssuer, type KeyKind } from './testing/issuer.ts';

function keySet(kind: KeyKind, members: Readonly<Record<string, unknown>> = {}): KeySet {
  const issuer = new TestIssuer();
  issuer.addKey('k', kind, members);
  return new KeySet(issuer.keySet());
}

test('keys that are not for verifying signatures are left out', () => {
  const unusable: readonly (readonly [KeyKind, Record<string, unknown>, RegExp])[] = [
    ['P-256', { use: 'enc' }, /use/],
    ['P-256', { key_ops: ['sign'] }, /key_ops/],
    ['P-256', { alg: 'ES384' }, /no algorithm/],
    ['P-256', { x: 'AAAA' }, /malformed/],
    ['RSA', { alg: 'HS256' }, /no algorithm/],
    ['RSA', { kty: 'oct', k: 'c2VjcmV0' }, /no algorithm/],
    ['RSA-1024', {}, /1024 bits/],
    ['secp256k1', {}, /no algorithm/],
  ];
  for (const [kind, members, why] of unusable) assert.throws(() => keySet(kind, members), why);
});

test('one bad key does not spoil the others', () => {
  const issuer = new TestIssuer();
  issuer.addKey('good');
  issuer.addKey('bad', 'RSA', { use: 'enc' });
  const keys = new KeySet(issuer.keySet());
  assert.equal(keys.size, 1);
  assert.deepEqual(
    keys.skipped.map(({ keyId }) => keyId),
    ['bad'],
  );
});

test('one JWK is a set of one', () => {
  const issuer = new TestIssuer();
  issuer.addKey('k');
  const [jwk] = (JSON.parse(issuer.keySet()) as { keys: unknown[] }).keys;
  assert.equal(new KeySet(JSON.stringify(jwk)).find('ES256', 'k').length, 1);
});

test('text that is no key set says so', () => {
  for (const [text, why] of [
    ['', /no JSON/],
    ['[]', /no JSON object/],
    ['{}', /no member keys/],
    ['{"keys":{}}', /no list/],
    ['{"keys":[]}', /empty/],
    ['"x"', /no JSON object/],
  ] as const) {
    assert.throws(() => new KeySet(text), why, text);
  }
});
