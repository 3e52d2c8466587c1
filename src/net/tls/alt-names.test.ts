import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAltNames } from './alt-names.ts';

const values = (list: string | undefined): string[] => parseAltNames(list).map(({ kind, value }) => `${kind}=${value}`);

test('names come with their kinds, addresses in their usual form', () => {
  assert.deepEqual(
    values('DNS:a.test, URI:spiffe://td/x, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1, email:a@b'),
    ['DNS=a.test', 'URI=spiffe://td/x', 'IP Address=10.0.0.1', 'IP Address=fd00::1', 'email=a@b'],
  );
  assert.deepEqual(values(undefined), []);
});

test('a value with a comma in it is one value', () => {
  assert.deepEqual(values('URI:"http://x/a\\u002c DNS:evil.test", DNS:a.test'), [
    'URI=http://x/a, DNS:evil.test',
    'DNS=a.test',
  ]);
});
