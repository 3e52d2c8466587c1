import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockOf, cidrProblem, CidrSet } from './cidr.ts';

test('blocks hold their first and last address and none beside', () => {
  const set = new CidrSet(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32', '::1', '::ffff:198.51.100.0/120']);
  for (const [address, held] of [
    ['10.1.0.0', true],
    ['10.1.255.255', true],
    ['10.0.255.255', false],
    ['10.2.0.0', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['::ffff:10.1.2.3', true],
    ['::ffff:a01:203', true],
    ['198.51.100.9', true],
    ['198.51.101.0', false],
    ['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', true],
    ['2001:db9::', false],
    ['::1', true],
    ['0.0.0.1', false],
    ['2001:db8::1%eth0', true],
    ['', false],
    ['10.1.0.1.evil', false],
  ] as const) {
    assert.equal(set.has(address), held, address);
  }
});

test('the whole of a family is a block', () => {
  assert.equal(new CidrSet(['0.0.0.0/0']).has('255.255.255.255'), true);
  assert.equal(new CidrSet(['0.0.0.0/0']).has('::1'), false);
  assert.equal(new CidrSet(['::/0']).has('ffff::'), true);
  assert.equal(new CidrSet([]).empty, true);
});

test('what is no block is refused with the reason', () => {
  for (const text of [
    '',
    'a',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.1/8',
    '::/129',
    '::1/64',
    '1.2.3.4/8/8',
    'fe80::1%1',
  ]) {
    assert.notEqual(cidrProblem(text), undefined, text);
    assert.throws(() => new CidrSet([text]));
  }
  assert.equal(cidrProblem('10.0.0.0/8'), undefined);
});

test('addresses of one network of IPv6 are one, however they are written; those of IPv4 are each its own', () => {
  const same = (a: string, b: string): boolean => blockOf(a, 64) === blockOf(b, 64);
  assert.ok(same('2001:db8:1:2::1', '2001:DB8:1:2:ffff:0:0:9'));
  assert.ok(same('fe80::1%eth0', 'fe80::2'));
  assert.ok(!same('2001:db8:1:2::1', '2001:db8:1:3::1'));
  assert.ok(!same('10.0.0.1', '10.0.0.2'));
  assert.ok(same('::ffff:10.0.0.1', '10.0.0.1'));
  assert.ok(!same('0.0.0.1', '::1'));
  assert.equal(blockOf('', 64), '');
});

test('any set of blocks holds what node:net says', () => {
  const v4 = fc.ipV4();
  const block = fc.tuple(v4, fc.integer({ min: 0, max: 32 })).map(([address, length]) => masked(address, length));
  fc.assert(
    fc.property(fc.array(block, { maxLength: 20 }), fc.array(v4, { maxLength: 20 }), (blocks, addresses) => {
      const list = new BlockList();
      for (const [address = '', length] of blocks.map((text) => text.split('/'))) {
        list.addSubnet(address, Number(length), 'ipv4');
      }
      const set = new CidrSet(blocks);
      for (const address of addresses) assert.equal(set.has(address), list.check(address, 'ipv4'));
    }),
  );
});

function masked(address: string, length: number): string {
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const kept = length === 0 ? 0 : Math.floor(value / 2 ** (32 - length)) * 2 ** (32 - length);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(kept / 2 ** shift) % 256).join('.')}/${length}`;
}
