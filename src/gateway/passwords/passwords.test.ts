import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { passwordHashKind } from '../../base/password-hash.ts';
import { blowfishTables } from './blowfish-tables.ts';
import { Passwords } from './passwords.ts';
import { runSliced, type HashSteps } from './sliced.ts';

const passwords = ['secret', '', 'ä€😀', 'x'.repeat(71), 'y'.repeat(72), 'z'.repeat(100), 'pass:word'];

function openssl(kind: string, salt: string, password: string): string {
  return execFileSync('openssl', ['passwd', kind, '-salt', salt, '-stdin'], {
    input: password,
    encoding: 'utf8',
  }).trim();
}

async function accepts(hash: string, password: string): Promise<boolean> {
  return new Passwords(new Map([['u', hash]])).check('u', password);
}

const kinds: Readonly<Record<string, (password: string) => string>> = {
  'bcrypt $2b$': (password) => hashSync(password, 4),
  'bcrypt $2y$': (password) => hashSync(password, 5).replace('$2b$', '$2y$'),
  'bcrypt $2a$': (password) => hashSync(password, 4).replace('$2b$', '$2a$'),
  apr1: (password) => openssl('-apr1', 'saltsalt', password),
  'SHA-256-crypt': (password) => openssl('-5', 'saltstring', password),
  'SHA-512-crypt': (password) => openssl('-6', 'sixteen.letters.', password),
};
for (const [kind, make] of Object.entries(kinds)) {
  test(`a hash of ${kind}, as others make it, takes its password and no other`, async () => {
    // openssl makes no hash of an empty text.
    for (const password of passwords.filter((one) => one !== '' || kind.startsWith('bcrypt'))) {
      const hash = make(password);
      assert.notEqual(passwordHashKind(hash), undefined, hash);
      assert.equal(await accepts(hash, password), true, `${hash} ${password}`);
      assert.equal(await accepts(hash, `${password.slice(0, 70)}!`), false);
    }
  });
}

test('hashes of the specifications', async () => {
  const known: readonly (readonly [string, string])[] = [
    ['{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=', 'secret'],
    ['$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5', 'Hello world!'],
    ['$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA', 'Hello world!'],
  ];
  for (const [hash, password] of known) assert.equal(await accepts(hash, password), true, hash);
});

test('Blowfish starts from the digits of π', () => {
  // Machin's formula, on integers.
  const bits = 33_344n + 64n;
  const arctangent = (x: bigint): bigint => {
    let term = (1n << bits) / x;
    let sum = term;
    for (let n = 3n, sign = -1n; term > 0n; n += 2n, sign = -sign) {
      term /= x * x;
      sum += (sign * term) / n;
    }
    return sum;
  };
  const fraction = (4n * (4n * arctangent(5n) - arctangent(239n)) - (3n << bits)) >> 64n;
  assert.equal(Buffer.from(blowfishTables, 'base64').toString('hex'), fraction.toString(16));
});

test('what is no hash that is known has no kind', () => {
  for (const text of [
    'plain',
    '',
    '$2y$03$' + 'a'.repeat(53),
    '$2y$32$' + 'a'.repeat(53),
    '{SHA}short',
    '$1$salt$x',
    'aZ3kPq1vXY/ab',
  ])
    assert.equal(passwordHashKind(text), undefined, text);
});

test('a right password is not hashed again, a wrong one neither', async () => {
  const users = new Passwords(new Map([['u', hashSync('secret', 4)]]));
  assert.equal(await users.check('u', 'secret'), true);
  assert.equal(users.check('u', 'secret'), true);
  assert.equal(await users.check('u', 'wrong'), false);
  assert.equal(users.check('u', 'wrong'), false);
  assert.equal(await users.check('nobody', 'secret'), false);
});

test('a password of one user is none of another, however they are put together', async () => {
  const users = new Passwords(new Map([['a', hashSync('b:c', 4)]]));
  assert.equal(await users.check('a', 'b:c'), true);
  assert.equal(await users.check('a:b', 'c'), false);
});

test('attack: guesses wait in a short line, and others go on meanwhile', async () => {
  const users = new Passwords(new Map([['u', hashSync('secret', 8)]]));
  const line: (boolean | Promise<boolean>)[] = [];
  assert.throws(
    () => {
      for (let i = 0; i < 100; i++) line.push(users.check('u', `guess ${i}`));
    },
    { reason: 'overloaded', status: 503 },
  );
  assert.equal(line.length, 32);
  let turns = 0;
  const others = setInterval(() => turns++, 0);
  await Promise.all(line.map(async (one) => one));
  clearInterval(others);
  assert.ok(turns > 10, `only ${turns} turns`);
});

test('an error in the work is told, and the line goes on', async () => {
  // eslint-disable-next-line require-yield
  function* broken(): HashSteps {
    throw new Error('broken');
  }
  await assert.rejects(runSliced(broken()), /broken/);
});

test('a password that is too long is wrong', async () => {
  assert.equal(await accepts(hashSync('secret', 4), 'x'.repeat(2000)), false);
});
