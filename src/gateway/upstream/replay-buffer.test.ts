import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplayBuffer } from './replay-buffer.ts';

test('64 KiB are kept as copies, one byte more and nothing is', () => {
  const replay = new ReplayBuffer();
  const chunk = Buffer.alloc(65_535, 'a');
  replay.add(chunk);
  chunk.fill('b');
  replay.add(Buffer.from('c'));
  assert.ok(replay.usable);
  assert.equal(Buffer.concat(replay.chunks).toString(), `${'a'.repeat(65_535)}c`);
  replay.add(Buffer.from('d'));
  assert.ok(!replay.usable);
  assert.deepEqual(replay.chunks, []);
  replay.add(Buffer.from('e'));
  assert.deepEqual(replay.chunks, []);
});
