import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineEncoder } from './line-encoder.ts';

function textOf(pieces: readonly Buffer[]): string {
  return Buffer.concat(pieces).toString();
}

test('lines come out whole and in order, however long and in whatever script', () => {
  const encoder = new LineEncoder(16_384);
  const lines = Array.from({ length: 200 }, (_, i) => `${i} ${'é世😀x'.repeat(i)}`);
  lines.push('y'.repeat(20_000), 'last');
  for (const line of lines) encoder.add(line);
  assert.ok(encoder.waiting > 0);
  assert.equal(textOf(encoder.take()), `${lines.join('\n')}\n`);
  assert.equal(encoder.waiting, 0);
  assert.deepEqual(encoder.take(), []);
});

test('a block is used again once all of it was given back, and not before', () => {
  const encoder = new LineEncoder(16_384);
  const take = (line: string): Buffer => {
    encoder.add(line);
    const [piece, ...others] = encoder.take();
    assert.deepEqual(others, []);
    assert.ok(piece !== undefined);
    return piece;
  };
  const first = take('first');
  encoder.release(first.subarray(0, 3));
  const second = take('second');
  assert.notEqual(second.buffer, first.buffer);
  assert.equal(String(first), 'first\n');
  encoder.release(first.subarray(3));
  const third = take('third');
  assert.equal(third.buffer, first.buffer);
  assert.equal(String(second), 'second\n');
  encoder.release(second);
  assert.equal(take('fourth').buffer, second.buffer);
});
