import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../base/errors.ts';
import { KeySet } from './key-set.ts';
import { fixedKeys, type KeySource } from './key-source.ts';
import { hmacToken, TestIssuer, type KeyKind } from './testing/issuer.ts';
import { TokenVerifier, type VerifiedToken } from './verifier.ts';

const nowMs = 1_800_000_000_000;
const nowSeconds = nowMs / 1000;
const good = { iss: 'https://idp.test', aud: 'api', sub: 'alice', exp: nowSeconds + 300 };
const rules = { issuer: 'https://idp.test', audiences: ['api'], requiredClaims: ['exp'], leewayMs: 60_000 };

const issuer = new TestIssuer();
issuer.addKey('ec');
issuer.addKey('rsa', 'RSA', { alg: 'RS256' });
issuer.addKey('any-rsa', 'RSA');
issuer.addKey('ed', 'Ed25519');

const clock = { ms: nowMs };
const keys = new KeySet(issuer.keySet());
const verifier = new TokenVerifier([{ rules, keys: fixedKeys(keys) }], () => clock.ms);

function refused(result: unknown, why: RegExp): void {
  assert(typeof result === 'string', 'the token was taken');
  assert.match(result, why);
}

function refusal(token: string): string {
  const result = verifier.verify(token);
  assert(typeof result === 'string', 'the token was taken');
  return result;
}

const signatures: readonly (readonly [string, KeyKind])[] = [
  ['RS256', 'RSA'],
  ['RS384', 'RSA'],
  ['RS512', 'RSA'],
  ['PS256', 'RSA'],
  ['PS384', 'RSA'],
  ['PS512', 'RSA'],
  ['ES256', 'P-256'],
  ['ES384', 'P-384'],
  ['ES512', 'P-521'],
  ['EdDSA', 'Ed25519'],
  ['EdDSA', 'Ed448'],
  ['Ed25519', 'Ed25519'],
];
for (const [algorithm, kind] of signatures) {
  test(`${algorithm} with a key of ${kind} is verified, and a changed token is not`, () => {
    const own = new TestIssuer();
    own.addKey('k', kind);
    const one = new TokenVerifier([{ rules, keys: fixedKeys(new KeySet(own.keySet())) }], () => nowMs);
    const token = own.token('k', good, {}, algorithm);
    const verified = one.verify(token) as VerifiedToken;
    assert.equal(verified.subject, 'alice');
    assert.deepEqual(verified.claims, good);
    const [head = '', , signature = ''] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ ...good, sub: 'root' })).toString('base64url');
    assert.equal(one.verify(`${head}.${forged}.${signature}`), 'the signature of the token is wrong');
  });
}

test('a token without a key id is checked with the keys that its algorithm goes with', () => {
  const token = issuer.token('ec', good, { kid: undefined });
  assert.equal((verifier.verify(token) as VerifiedToken).subject, 'alice');
});

test('attack: none, in any spelling, is no algorithm', () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
    assert.match(refusal(issuer.token('ec', good, { alg })), /algorithm/);
  }
  const [head = '', claims = ''] = issuer.token('ec', good, { alg: 'none' }).split('.');
  assert.match(refusal(`${head}.${claims}.`), /no JWT/);
});

test('attack: a public key is no shared secret', () => {
  for (const secret of [issuer.publicKeyPem('rsa'), issuer.publicKeyPem('rsa').trim(), issuer.keySet()]) {
    for (const header of [{ alg: 'HS256', kid: 'rsa' }, { alg: 'HS256' }, { alg: 'RS256', kid: 'rsa' }]) {
      assert.match(refusal(hmacToken(secret, good, header)), /algorithm|signature/);
    }
  }
});

test('attack: the key says which algorithm it is for, not the token', () => {
  assert.match(refusal(issuer.token('rsa', good, {}, 'PS256')), /does not go with the key/);
  assert.match(refusal(issuer.token('rsa', good, {}, 'RS512')), /does not go with the key/);
  assert.match(refusal(issuer.token('ec', good, { alg: 'RS256' })), /does not go with the key/);
  assert.match(refusal(issuer.token('ed', good, { alg: 'ES256' }, 'EdDSA')), /does not go with the key/);
});

test('attack: a key of one issuer does not sign for another', () => {
  const other = new TestIssuer();
  other.addKey('theirs');
  const two = new TokenVerifier(
    [
      { rules, keys: fixedKeys(keys) },
      {
        rules: { ...rules, issuer: 'https://other.test' },
        keys: fixedKeys(new KeySet(other.keySet())),
      },
    ],
    () => nowMs,
  );
  const theirs = two.verify(other.token('theirs', { ...good, iss: 'https://other.test' })) as VerifiedToken;
  assert.equal(theirs.issuer, 'https://other.test');
  refused(two.verify(other.token('theirs', good)), /does not list/);
  refused(two.verify(other.token('theirs', good, { kid: 'ec' })), /signature/);
});

test('attack: a token does not bring its own key', () => {
  const foreign = new TestIssuer();
  foreign.addKey('ec');
  const [jwk] = (JSON.parse(foreign.keySet()) as { keys: unknown[] }).keys;
  const header = { jwk, jku: 'https://evil.test/keys', x5u: 'https://evil.test/cert' };
  assert.match(refusal(foreign.token('ec', good, header)), /signature/);
});

test('attack: critical extensions, members twice and other kinds of tokens are refused', () => {
  assert.match(refusal(issuer.token('ec', good, { crit: ['b64'], b64: false })), /crit/);
  assert.match(refusal(issuer.token('ec', good, { crit: [] })), /crit/);
  assert.match(refusal(issuer.token('ec', good, '{"alg":"none","kid":"ec","alg":"ES256"}')), /twice/);
  assert.match(refusal(issuer.token('ec', good, '{"alg":"ES256","kid":"ec","\\u0061lg":"ES256"}')), /twice/);
  for (const typ of ['logout+jwt', 'dpop+jwt', 'application/secevent+JWT', 7]) {
    assert.match(refusal(issuer.token('ec', good, { typ })), /kind/);
  }
  for (const typ of ['JWT', 'at+jwt', 'application/at+jwt', 'jose']) {
    assert.equal(typeof verifier.verify(issuer.token('ec', good, { typ })), 'object', typ);
  }
});

test('a token that has ended, is not yet good or lives in another time is refused, but for the leeway', () => {
  const with_ = (claims: object): string => issuer.token('ec', { ...good, ...claims });
  assert.match(refusal(with_({ exp: nowSeconds - 60 })), /expired/);
  assert.match(refusal(with_({ exp: 0 })), /expired/);
  assert.match(refusal(with_({ nbf: nowSeconds + 61 })), /not valid yet/);
  assert.match(refusal(with_({ exp: `${nowSeconds + 300}` })), /exp is no number/);
  assert.match(refusal(with_({ nbf: 'soon' })), /nbf is no number/);
  assert.match(refusal(with_({ exp: undefined })), /lacks the claim exp/);
  assert.match(refusal(with_({ exp: null })), /exp/);
  assert.equal(typeof verifier.verify(with_({ exp: nowSeconds - 59, nbf: nowSeconds + 60 })), 'object');
});

test('a token of another issuer or for another audience is refused', () => {
  assert.match(refusal(issuer.token('ec', { ...good, iss: 'https://evil.test' })), /not trusted/);
  assert.match(refusal(issuer.token('ec', { ...good, iss: undefined })), /not trusted/);
  assert.match(refusal(issuer.token('ec', { ...good, iss: ['https://idp.test'] })), /issuer/);
  assert.match(refusal(issuer.token('ec', { ...good, aud: 'other' })), /audience/);
  assert.match(refusal(issuer.token('ec', { ...good, aud: { api: true } })), /audience/);
  assert.match(refusal(issuer.token('ec', { ...good, aud: undefined })), /audience/);
  assert.equal(typeof verifier.verify(issuer.token('ec', { ...good, aud: ['other', 'api'] })), 'object');
});

test('claims that a file requires must be the token’s own', () => {
  const strict = new TokenVerifier([
    { rules: { ...rules, requiredClaims: ['toString', 'tenant'] }, keys: fixedKeys(keys) },
  ]);
  refused(strict.verify(issuer.token('ec', { ...good, exp: 9e9 })), /lacks the claim toString/);
});

test('attack: what is no token, or too long a one, costs next to nothing', () => {
  for (const text of ['', '.', '..', 'a.b', 'a.b.c.d', 'a.b.c ', 'ä.b.c', 'a+b.c.d', 'e30.e30.e30']) {
    assert.match(refusal(text), /no JWT|header|algorithm/, text);
  }
  assert.match(refusal(`${'e'.repeat(20_000)}.e30.x`), /longer than/);
  assert.match(refusal(`${Buffer.from('[1]').toString('base64url')}.e30.x`), /no JSON object/);
});

test('a verified token is not verified again, until it ends', () => {
  clock.ms = nowMs;
  const token = issuer.token('ec', { ...good, sub: 'cached' });
  const first = verifier.verify(token);
  assert.equal(verifier.verify(token), first);
  clock.ms = nowMs + 300_000 + 60_000;
  assert.match(refusal(token), /expired/);
  clock.ms = nowMs;
});

test('a verified token is verified again when its issuer’s keys change', () => {
  let current = new KeySet(issuer.keySet());
  const source: KeySource = { current: () => current, renewed: () => null };
  const rotating = new TokenVerifier([{ rules, keys: source }], () => nowMs);
  const token = issuer.token('ec', good);
  assert.equal(typeof rotating.verify(token), 'object');
  const other = new TestIssuer();
  other.addKey('new');
  current = new KeySet(other.keySet());
  refused(rotating.verify(token), /does not list/);
});

test('without keys nobody gets in', () => {
  const none: KeySource = {
    current: () => {
      throw new GatewayError('authenticationUnavailable');
    },
    renewed: () => null,
  };
  const blind = new TokenVerifier([{ rules, keys: none }], () => nowMs);
  assert.throws(() => blind.verify(issuer.token('ec', good)), { reason: 'authenticationUnavailable' });
});

test('a token without a subject speaks only of itself', () => {
  const subject = (jti: string): string =>
    (verifier.verify(issuer.token('ec', { ...good, sub: undefined, jti })) as VerifiedToken).subject;
  assert.notEqual(subject('1'), subject('2'));
});

test('of two issuers with one name the one that takes the token counts', () => {
  const both = new TokenVerifier(
    [
      { rules: { ...rules, audiences: ['first'] }, keys: fixedKeys(keys) },
      { rules: { ...rules, audiences: ['second'] }, keys: fixedKeys(keys) },
    ],
    () => nowMs,
  );
  assert.equal(typeof both.verify(issuer.token('ec', { ...good, aud: 'second' })), 'object');
  refused(both.verify(issuer.token('ec', { ...good, aud: 'third' })), /audience/);
});
