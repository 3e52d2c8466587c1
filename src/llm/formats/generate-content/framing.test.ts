import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PivotEvent } from '../../pivot/response.ts';
import { generateContentFormat as format } from './generate-content.ts';

const text = (said: string): string =>
  `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text: said }] } }] })}\r\n\r\n`;
const error = { error: { code: 503, message: 'überlastet', status: 'UNAVAILABLE' } };

function read(pieces: readonly Uint8Array[]): readonly PivotEvent[] {
  const decoder = format.framing.decoder();
  const reader = format.streamReader();
  const events = pieces.flatMap((piece) => decoder.push(piece).flatMap(({ type, data }) => reader.event(type, data)));
  return [...events, ...reader.end()];
}

for (const [what, tail] of [
  ['an object', JSON.stringify(error, null, 2)],
  ['an array', `${JSON.stringify([error])}\n`],
] as const) {
  test(`an error that stands as ${what} after the events is one, however the bytes come`, () => {
    const bytes = Buffer.from(text('{a') + text('b') + tail);
    const whole = read([bytes]);
    assert.deepEqual(
      whole.map((event) => (event.kind === 'error' ? [event.error.status, event.error.message] : event.kind)),
      ['start', 'text', 'text', [503, 'überlastet'], 'end'],
    );
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];

        assert.deepEqual(read(at.slice(1).map((end, i) => bytes.subarray(at[i], end))), whole);
      }),
      { numRuns: 100 },
    );
  });
}

test('an error that never ends is cut', () => {
  const decoder = format.framing.decoder();
  assert.throws(() => {
    for (let at = 0; at < 2000; at += 1) decoder.push(Buffer.from(`{"a":"${'x'.repeat(1000)}`));
  }, RangeError);
});
