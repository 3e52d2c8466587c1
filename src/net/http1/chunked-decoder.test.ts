import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { GatewayError } from '../../base/errors.ts';
import type { DeliveryMode } from '../http/outbound.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';

interface Outcome {
  readonly payload: string;
  readonly framed: string;
  readonly trailers: readonly string[];
  /** Bytes that belonged to the body; -1 while it is not whole; the message of a fault. */
  readonly end: number | string;
}

function decode(text: string, mode: DeliveryMode, cuts: readonly number[] = []): Outcome {
  const bytes = Buffer.from(text, 'latin1');
  let payload = '';
  let framed = '';
  const decoder = new ChunkedDecoder(
    {
      chunkPayload: (chunk) => (payload += chunk.toString('latin1')),
      chunkFramed: (chunk) => (framed += chunk.toString('latin1')),
    },
    mode,
  );
  let end: number | string = -1;
  let at = 0;
  try {
    for (const cut of [...cuts, bytes.length]) {
      const piece = bytes.subarray(at, cut);
      const used = decoder.feed(piece, 0);
      if (decoder.done) {
        end = at + used;
        break;
      }
      assert.equal(used, piece.length);
      at = cut;
    }
  } catch (error) {
    assert.ok(error instanceof GatewayError);
    end = error.message;
  }
  return { payload, framed, trailers: decoder.trailers?.flat ?? [], end };
}

describe('chunked bodies', () => {
  it('gives the payload and leaves what follows', () => {
    assert.deepEqual(decode('5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET', 'payload'), {
      payload: 'hello world',
      framed: '',
      trailers: [],
      end: 26,
    });
  });

  it('gives framed bytes as received', () => {
    const text = '005\r\nhello\r\nA\r\n0123456789\r\n00\r\n\r\n';
    assert.deepEqual(decode(text, 'framed'), { payload: '', framed: text, trailers: [], end: text.length });
    assert.equal(decode(text, 'tapped').payload, 'hello0123456789');
    assert.equal(decode(text, 'tapped').framed, text);
  });

  it('drops extensions', () => {
    const text = '5;a;b=c;d="x;\\"\r"\r\nhello\r\n0;last\r\n\r\n'.replace('\r"', '"');
    assert.equal(decode(text, 'framed').framed, '5\r\nhello\r\n0\r\n\r\n');
    assert.equal(decode(text, 'payload').payload, 'hello');
  });

  it('rewrites trailers without framing, routing and authentication fields', () => {
    const text = '0\r\nX-Sum: 1 \r\nTrailer: x\r\nAuthorization: x\r\nHost: h\r\nX-Forwarded-For: 1\r\nB: \r\n\r\n';
    const outcome = decode(text, 'framed');
    assert.equal(outcome.framed, '0\r\nx-sum: 1\r\nb: \r\n\r\n');
    assert.equal(outcome.end, text.length);
    assert.deepEqual(decode(text, 'payload').trailers, ['x-sum', '1', 'b', '']);
  });

  for (const text of [
    '\r\n',
    'g\r\n',
    '-1\r\n',
    '+1\r\n',
    '0x1\r\n',
    ' 1\r\na\r\n',
    '1 \r\na\r\n',
    '1\t;a\r\n',
    '1; a\r\n',
    '1;\r\n',
    '1;a=\r\n',
    '1;a="b\r\n',
    '1;a="b"c\r\n',
    '1;a\nb\r\n',
    '1;\x00\r\n',
    '1\na\r\n',
    '1\r\rX',
    '1\r\nab\r\n',
    '1\r\na\n',
    '1\r\na\rb',
    '0\r\n\n',
    '0\r\n\rX',
    '0\r\nX\r\n\r\n',
    '0\r\n X: 1\r\n\r\n',
    '0\r\nX : 1\r\n\r\n',
    '0\r\nX: 1\n\r\n\r\n',
    '0\r\nX: a\0\r\n\r\n',
    '0\r\nContent-Length: 5\r\n\r\n',
    '0\r\nTransfer-Encoding: chunked\r\n\r\n',
    '00000000000000\r\n',
    'fffffffffffff0\r\n',
    'ffffffffffffffff1\r\n',
    `0\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    `1;${'a'.repeat(20_000)}\r\n`,
  ]) {
    it(`refuses ${JSON.stringify(text.slice(0, 30))}`, () => {
      assert.equal(typeof decode(text, 'payload').end, 'string');
      assert.equal(typeof decode(text, 'framed').end, 'string');
    });
  }

  it('gives the same result however the bytes are cut', () => {
    const piece = fc.oneof(
      fc
        .string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 })
        .map((s) => `${s.length.toString(16)}\r\n${s}\r\n`),
      fc.constantFrom('3;x=1\r\nabc\r\n', '1;q="a\\"b"\r\nz\r\n', '0002\r\nhi\r\n', '5\r\nabc', '\r\n', 'zz'),
    );
    const ending = fc.constantFrom(
      '0\r\n\r\n',
      '0\r\nX-A: 1\r\nHost: b\r\n\r\nrest',
      '0;e\r\n\r\nGET /',
      '0\r\nbad\r\n\r\n',
      '',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }),
        ending,
        fc.array(fc.nat({ max: 150 }), { maxLength: 12 }),
        fc.constantFrom<DeliveryMode>('payload', 'framed', 'tapped'),
        (pieces, last, points, mode) => {
          const text = pieces.join('') + last;
          const cuts = points.filter((point) => point < text.length).sort((a, b) => a - b);
          const whole = decode(text, mode);
          const cut = decode(text, mode, cuts);
          assert.equal(cut.end, whole.end);
          if (typeof whole.end === 'string') return;
          assert.deepEqual(cut, whole);
        },
      ),
      { numRuns: 500 },
    );
  });
});
