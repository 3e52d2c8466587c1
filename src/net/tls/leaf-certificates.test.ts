import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LeafCertificates } from './leaf-certificates.ts';

const folder = join(import.meta.dirname, '../testing/testdata');
const spec = {
  mode: 'dynamicCa',
  certificate: readFileSync(join(folder, 'minting-ca.pem'), 'utf8'),
  privateKey: readFileSync(join(folder, 'minting-ca.key'), 'utf8'),
} as const;

test('all who ask for a name get the certificate that the first had made', async () => {
  const leaves = new LeafCertificates(spec);
  const [one, same, other] = await Promise.all(['a.test', 'a.test', 'b.test'].map((name) => leaves.context(name)));
  assert.equal(one, same);
  assert.notEqual(one, other);
  assert.equal(await leaves.context('a.test'), one);
});

test('a certificate is made anew long before it ends', async () => {
  let now = Date.now();
  const leaves = new LeafCertificates(spec, () => now);
  const first = await leaves.context('a.test');
  now += 11 * 3_600_000;
  assert.equal(await leaves.context('a.test'), first);
  now += 2 * 3_600_000;
  assert.notEqual(await leaves.context('a.test'), first);
});

test('names that are not in use make way for others', async () => {
  const leaves = new LeafCertificates(spec);
  const [used, idle] = [await leaves.context('used.test'), await leaves.context('idle.test')];
  for (let index = 0; index < 999; index++) {
    await leaves.context(`n${index}.test`);
    if (index === 500) assert.equal(await leaves.context('used.test'), used);
  }
  assert.equal(await leaves.context('used.test'), used);
  assert.notEqual(await leaves.context('idle.test'), idle);
});

test('what is no host name gets no certificate', async () => {
  const leaves = new LeafCertificates(spec);
  for (const name of [
    '',
    'a..test',
    '-a.test',
    '10.0.0.1',
    'a b.test',
    'a.test.',
    `${'x'.repeat(64)}.test`,
    '*.test',
  ]) {
    await assert.rejects(leaves.context(name), /is not a host name/);
  }
});
