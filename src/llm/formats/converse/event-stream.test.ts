import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import fc from 'fast-check';
import type { Frame } from '../../pivot/framing.ts';
import { EventStreamDecoder } from './event-stream.ts';

type MessageHeaders = Parameters<EventStreamCodec['encode']>[0]['headers'];

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

const text = (value: string): { readonly type: 'string'; readonly value: string } => ({ type: 'string', value });

function encode(headers: MessageHeaders, body: string): Buffer {
  return Buffer.from(codec.encode({ headers, body: Buffer.from(body) }));
}

function event(type: string, body: string, more: MessageHeaders = {}): Buffer {
  return encode({ ...more, ':message-type': text('event'), ':event-type': text(type) }, body);
}

function decode(pieces: readonly Uint8Array[]): Frame[] {
  const decoder = new EventStreamDecoder();
  return pieces.flatMap((piece) => [...decoder.push(piece)]);
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

test('events, exceptions and errors without a model are told apart', () => {
  const bytes = Buffer.concat([
    event('messageStart', '{"role":"assistant"}'),
    encode(
      { ':message-type': text('exception'), ':exception-type': text('throttlingException') },
      '{"message":"slow"}',
    ),
    encode({ ':message-type': text('error'), ':error-code': text('Bad'), ':error-message': text('it broke') }, ''),
  ]);
  assert.deepEqual(decode([bytes]), [
    { type: 'messageStart', data: '{"role":"assistant"}' },
    { type: 'exception:throttlingException', data: '{"message":"slow"}' },
    { type: 'error:Bad', data: '{"message":"it broke"}' },
  ]);
});

test('headers of every type are skipped, wherever they stand', () => {
  const others: MessageHeaders = {
    yes: { type: 'boolean', value: true },
    no: { type: 'boolean', value: false },
    byte: { type: 'byte', value: -3 },
    short: { type: 'short', value: 400 },
    integer: { type: 'integer', value: 70_000 },
    bytes: { type: 'binary', value: Buffer.from(':event-type') },
    time: { type: 'timestamp', value: new Date(0) },
    uuid: { type: 'uuid', value: '01234567-89ab-cdef-0123-456789abcdef' },
  };
  const last = encode({ ':event-type': text('ping'), ...others }, '{}');
  assert.deepEqual(decode([event('ping', '{}', others), last]), [
    { type: 'ping', data: '{}' },
    { type: 'ping', data: '{}' },
  ]);
});

test('what the official codec writes is read the same in any chunks', () => {
  const message = fc.record(
    { type: fc.string({ minLength: 1, maxLength: 20 }), data: fc.string({ unit: 'grapheme' }) },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 12 }), (messages, cuts) => {
      const bytes = Buffer.concat(messages.map(({ type, data }) => event(type, data)));
      const places = cuts.map((place) => place % (bytes.length + 1));
      assert.deepEqual(decode(cut(bytes, places)), messages);
    }),
    { numRuns: 200 },
  );
});

test('a message that comes byte by byte is given at its last byte', () => {
  const bytes = event('messageStop', '{"stopReason":"end_turn"}');
  const decoder = new EventStreamDecoder();
  const counts = [...bytes].map((byte) => decoder.push(Uint8Array.of(byte)).length);
  assert.equal(counts.indexOf(1), bytes.length - 1);
});

test('any changed byte is noticed', () => {
  const bytes = event('contentBlockDelta', '{"delta":{"text":"Grüße"}}');
  for (let at = 0; at < bytes.length; at += 1) {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 0x20, at);
    assert.throws(() => decode([damaged]), SyntaxError, `byte ${at}`);
  }
});

/** A message with right check sums, whatever its lengths and headers say. */
function checked(total: number, headersLength: number, rest: Buffer): Buffer {
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(total, 0);
  prelude.writeUInt32BE(headersLength, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(Buffer.concat([prelude, rest])));
  return Buffer.concat([prelude, rest, sum]);
}

test('lengths that cannot be are refused before anything is kept', () => {
  for (const [total, headers] of [
    [0xffff_ffff, 0],
    [15, 0],
    [20, 8],
    [1 << 20, 200 * 1024],
  ] as const) {
    assert.throws(() => decode([checked(total, headers, Buffer.alloc(0))]), RangeError);
  }
});

test('headers that end within one, or have an unknown type, are refused', () => {
  for (const headers of [[5], [1, 0x61], [1, 0x61, 7, 0], [1, 0x61, 7, 0, 9, 0x62], [1, 0x61, 4, 0], [1, 0x61, 10]]) {
    const rest = Buffer.from(headers);
    assert.throws(() => decode([checked(16 + rest.length, rest.length, rest)]), SyntaxError, String(headers));
  }
});
