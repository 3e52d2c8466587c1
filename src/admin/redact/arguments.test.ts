import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownArguments } from './arguments.ts';
import { hideInText } from './secret-names.ts';

test('secrets of a command line are hidden, the rest stays', () => {
  const args = ['-y', 'server', '--port', '80', '--api-key', '-abc', '--token=a b', '-H', 'Cookie: abc', 'X=1', '-v'];
  const shown = ['-y', 'server', '--port', '80', '--api-key', '*', '--token=*', '-H', 'Cookie: *', 'X=1', '-v'];
  assert.deepEqual(shownArguments(args, '*'), shown);
  assert.deepEqual(shownArguments(['-c', `run --token='a b' --password="c d" x`], '*'), [
    '-c',
    'run --token=* --password=* x',
  ]);
});

test('secrets inside a text are hidden', () => {
  assert.equal(
    hideInText('postgres://u:p@ss@db/x?sslmode=on&password=abc#f', '*'),
    'postgres://*@db/x?sslmode=on&password=*#f',
  );
  assert.equal(hideInText('/x?sig=abc&n=1', '*'), '/x?sig=*&n=1');
  assert.equal(hideInText('key == "a" && auth=="b"', '*'), 'key == "a" && auth=="b"');
  assert.equal(hideInText('a -----BEGIN PRIVATE KEY-----\nMII', '*'), 'a *');
});
