import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseEncoding } from './accept-encoding.ts';

test('the coding that the client likes best is chosen, of several the one that is liked better here', () => {
  const offered = ['zstd', 'br', 'gzip'] as const;
  for (const [header, chosen] of [
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP;Q=0.5, br;q=0.8', 'br'],
    ['br;q=0.8, gzip', 'gzip'],
    ['zstd;q=0, *', 'br'],
    ['*;q=0.1', 'zstd'],
    ['*;q=0', null],
    ['gzip;q=0', null],
    ['deflate', null],
    ['', null],
    ['identity', null],
    ['identity, gzip;q=0.5', null],
    ['identity;q=0.5, gzip', 'gzip'],
    ['identity;q=0, gzip;q=0.1', 'gzip'],
    ['gzip;q=2', null],
    ['gzip;q=abc', null],
    ['gzip ; q=0.001', 'gzip'],
    [',,;q=1,gzip', 'gzip'],
  ] as const) {
    assert.equal(chooseEncoding(header, offered), chosen, header);
  }
});
