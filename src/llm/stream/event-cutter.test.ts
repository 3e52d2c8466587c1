import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventCutter } from './event-cutter.ts';

const text = 'data: a\n\n: b\r\n\r\ndata: ü\rdata: d\r\revent: e\ndata: f\n\ndata: rest';
const bytes = Buffer.from(text);

/** Everything handed on, each piece with whether it was whole. */
function cut(limit: number, places: readonly number[]): { readonly out: string; readonly pieces: [string, boolean][] } {
  const cutter = new EventCutter(limit);
  const pieces: [string, boolean][] = [];
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  for (const [i, end] of [...at, bytes.length].entries()) {
    const chunk = Buffer.from(bytes.subarray(i === 0 ? 0 : at[i - 1], end));
    const piece = cutter.push(chunk);
    if (piece !== null) pieces.push([piece.toString('latin1'), cutter.whole]);
    // Chunks are valid only during the call, unless they were handed on.
    if (piece === null) chunk.fill(0);
  }
  const rest = cutter.rest();
  if (rest !== null) pieces.push([rest.toString('latin1'), true]);
  return { out: Buffer.from(pieces.map(([piece]) => piece).join(''), 'latin1').toString(), pieces };
}

test('whatever the chunks, every byte comes once, and pieces that are whole end with a blank line', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 30 }), fc.integer({ min: 4, max: 100 }), (places, limit) => {
      const { out, pieces } = cut(limit, places);
      assert.equal(out, text);
      for (const [piece, whole] of pieces.slice(0, -1)) {
        if (whole && limit > 40) assert.match(piece, /(?:\n\n|\r\r|\n\r\n?)$/);
      }
    }),
  );
});

test('a chunk of whole events is handed on without a copy', () => {
  const chunk = Buffer.from('data: a\n\ndata: b\n\n');
  assert.equal(new EventCutter(100).push(chunk), chunk);
});

test('an event beyond the limit passes in pieces, between which nothing may be put', () => {
  const cutter = new EventCutter(8);
  assert.equal(cutter.push(Buffer.from('data: '))?.toString(), undefined);
  assert.equal(cutter.push(Buffer.from('long'))?.toString(), 'data: long');
  assert.deepEqual([cutter.whole, cutter.between], [false, false]);
  assert.equal(cutter.push(Buffer.from('er\n\n'))?.toString(), 'er\n\n');
  assert.deepEqual([cutter.whole, cutter.between], [false, true]);
  cutter.push(Buffer.from('data: x\n\n'));
  assert.equal(cutter.whole, true);
});
