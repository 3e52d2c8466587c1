import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeEvent, primingEvent, SseDecoder, type SseEvent } from './sse.ts';

function decode(chunks: readonly Uint8Array[]): { events: SseEvent[]; lastEventId: string; retryMs: number } {
  const decoder = new SseDecoder(10_000);
  const events = chunks.flatMap((chunk) => decoder.push(chunk));
  return { events, lastEventId: decoder.lastEventId, retryMs: decoder.retryMs };
}

const sample =
  '\ufeff: hi\r\nretry: 250\r\nid: 1\r\ndata: {"a":\r\ndata: "ü😀"}\r\n\r\n' +
  'event: message\rid: 2\rdata:x\r\r' +
  'id: 3\ndata: \n\nid: 4\n\nnonsense\ndata\n\ndata: unfinished';

test('any chunking of an event stream gives the same events', () => {
  const bytes = Buffer.from(sample);
  const whole = decode([bytes]);
  assert.deepEqual(
    whole.events.map((e) => [e.id, e.type, e.data]),
    [
      ['1', '', '{"a":\n"ü😀"}'],
      ['2', 'message', 'x'],
      ['3', '', ''],
      ['', '', ''],
    ],
  );
  assert.equal(whole.lastEventId, '4');
  assert.equal(whole.retryMs, 250);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 }), (cuts) => {
      const marks = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = marks.slice(1).map((end, i) => bytes.subarray(marks[i], end));
      assert.deepEqual(decode(chunks), whole);
    }),
    { numRuns: 300 },
  );
});

test('encoded events come back as they were', () => {
  const { events } = decode([Buffer.from(primingEvent('0-0') + encodeEvent('0-1', '{"x":1}') + encodeEvent('', '{}'))]);
  assert.deepEqual(
    events.map((e) => [e.id, e.data]),
    [
      ['0-0', ''],
      ['0-1', '{"x":1}'],
      ['', '{}'],
    ],
  );
});

test('an event without end is refused at the limit', () => {
  const decoder = new SseDecoder(1000);
  assert.throws(() => {
    for (let i = 0; i < 200; i++) decoder.push(Buffer.from('data: xx'));
  }, RangeError);
});
