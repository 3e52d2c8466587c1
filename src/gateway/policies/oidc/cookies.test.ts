import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeaderList } from '../../../net/http/headers.ts';
import { cookieLines, dropCookies, expiredLines, readCookie, valueNames } from './cookies.ts';

const secure = { secure: true };

function request(...lines: string[]): HeaderList {
  return new HeaderList(lines.flatMap((line) => ['cookie', line]));
}

/** What a browser sends back. */
function sentBack(lines: readonly string[] | null): HeaderList {
  const pairs = (lines ?? []).filter((line) => !line.includes('Max-Age=0')).map((line) => line.split(';', 1)[0] ?? '');
  return request(pairs.toReversed().join('; '));
}

test('a value of any length comes back whole, in cookies that browsers take', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 22_000 }), (length) => {
      const value = 'aB3_-'.repeat(length).slice(0, length);
      const lines = cookieLines('__Host-s', value, 60, secure, new HeaderList());
      for (const line of lines ?? []) assert.ok(line.length <= 4096);
      assert.equal(readCookie(sentBack(lines), '__Host-s'), value);
    }),
    { numRuns: 50 },
  );
});

test('a value that no request could carry is refused', () => {
  assert.equal(cookieLines('s', 'x'.repeat(30_000), 60, secure, new HeaderList()), null);
});

test('a value of which a part is missing, or whose count is odd, is none', () => {
  const lines = cookieLines('s', 'x'.repeat(9000), 60, secure, new HeaderList()) ?? [];
  assert.equal(lines.length, 3);
  assert.equal(readCookie(sentBack(lines.slice(0, 2)), 's'), null);
  for (const first of ['1.a', '99.a', '-1.a', '2e0.a', '.a'])
    assert.equal(readCookie(request(`s=${first}`), 's'), null);
});

test('parts of a longer value before are taken away', () => {
  const before = sentBack(cookieLines('s', 'x'.repeat(9000), 60, secure, new HeaderList()));
  const lines = cookieLines('s', 'short', 60, secure, before) ?? [];
  assert.deepEqual(
    lines.map((line) => line.split(';', 3).join(';')),
    ['s=short; Path=/; Max-Age=60', 's.1=; Path=/; Max-Age=0', 's.2=; Path=/; Max-Age=0'],
  );
  assert.equal(expiredLines('s', secure, before).length, 3);
});

test('cookies are for this host, for requests only, and over TLS where there is TLS', () => {
  const [line] = cookieLines('__Host-s', 'v', 60, secure, new HeaderList()) ?? [];
  assert.equal(line, '__Host-s=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure');
  const [plain] = cookieLines('s', 'v', 60, { secure: false }, new HeaderList()) ?? [];
  assert.equal(plain, 's=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax');
});

test('a name is found only where it begins, in any line', () => {
  const headers = request('xs=no; as=no', 'a=s=no;s=yes; s=other');
  assert.equal(readCookie(headers, 's'), 'yes');
  assert.equal(readCookie(request('xs=no'), 's'), null);
});

test('what is ours is taken out of a request, and nothing else', () => {
  const headers = request('a=1; s=2; s.1=3; b=s', 's-l-x=4', 'sx=5');
  dropCookies(headers, 's');
  assert.deepEqual(headers.flat, ['cookie', 'a=1; b=s']);
});

test('names of values are told once each, without those of their parts, and no more than are wanted', () => {
  const headers = request('s-l-x=1; s-l-x.1=2; s-l-x=3; a=s-l-n', 's-l-y=4; s-l-z=5');
  assert.deepEqual(valueNames(headers, 's-l-', 9), ['s-l-x', 's-l-y', 's-l-z']);
  assert.deepEqual(valueNames(headers, 's-l-', 2), ['s-l-x', 's-l-y']);
});
