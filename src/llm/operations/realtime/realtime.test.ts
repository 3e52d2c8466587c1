import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LlmRecord } from '../../record.ts';
import { readSessionEvent } from './session-usage.ts';
import { TextMessages } from './text-messages.ts';

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly final?: boolean;
  readonly mask?: Buffer;
  readonly reserved?: boolean;
}

function frame({ opcode, payload, final = true, mask, reserved = false }: Frame): Buffer {
  const first = (final ? 0x80 : 0) | (reserved ? 0x40 : 0) | opcode;
  const masked = mask === undefined ? 0 : 0x80;
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.from([first, masked | length])
      : length < 65536
        ? Buffer.from([first, masked | 126, length >> 8, length & 0xff])
        : Buffer.concat([
            Buffer.from([first, masked | 127]),
            Buffer.from(BigInt(length).toString(16).padStart(16, '0'), 'hex'),
          ]);
  if (mask === undefined) return Buffer.concat([head, payload]);
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ (mask[i % 4] as number))]);
}

function texts(bytes: Buffer, cuts: readonly number[] = []): string[] {
  const found: string[] = [];
  const reader = new TextMessages((message) => found.push(message.toString()));
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    reader.push(bytes.subarray(from, cut));
    from = cut;
  }
  reader.push(bytes.subarray(from));
  return found;
}

const text = (payload: string | Buffer, more: Partial<Frame> = {}): Buffer =>
  frame({ opcode: 1, payload: Buffer.from(payload), ...more });

test('messages are read however the bytes come, fragments, masks, pings and sizes included', () => {
  const long = 'x'.repeat(70_000);
  const middle = 'ä'.repeat(300);
  const bytes = Buffer.concat([
    text('one'),
    text('', {}),
    text('two ', { final: false }),
    frame({ opcode: 9, payload: Buffer.from('ping') }),
    frame({ opcode: 0, payload: Buffer.from('parts') }),
    frame({ opcode: 2, payload: Buffer.from('binary') }),
    text(middle, { mask: Buffer.from([1, 2, 3, 4]) }),
    text(long),
  ]);
  const expected = ['one', '', 'two parts', middle, long];
  assert.deepEqual(texts(bytes), expected);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 }), (cuts) =>
      assert.deepEqual(texts(bytes, cuts), expected),
    ),
    { numRuns: 50 },
  );
  assert.deepEqual(
    texts(
      bytes.subarray(0, 400),
      Array.from({ length: 399 }, (_, i) => i + 1),
    ),
    ['one', '', 'two parts'],
  );
});

test('a message that is too long is let by, and the next is read', () => {
  assert.deepEqual(texts(Buffer.concat([text(Buffer.alloc(5 * 1024 * 1024)), text('next')])), ['next']);
});

test('a frame of an extension that nobody offered ends the watch', () => {
  assert.deepEqual(texts(Buffer.concat([text('a'), text('b', { reserved: true }), text('c')])), ['a']);
});

test('the usage of all responses of a session is added up', () => {
  const record = new LlmRecord('realtime', 'openai', 'm', true);
  const done = {
    type: 'response.done',
    response: {
      usage: {
        total_tokens: 30,
        input_tokens: 20,
        output_tokens: 10,
        input_token_details: { cached_tokens: 4, text_tokens: 15, audio_tokens: 5 },
        output_token_details: { text_tokens: 3, audio_tokens: 7 },
      },
    },
  };
  readSessionEvent(Buffer.from('{"type":"session.created","session":{"model":"gpt-realtime-1"}}'), record);
  readSessionEvent(Buffer.from('{"type":"response.output_audio.delta","delta":"AAAA"}'), record);
  readSessionEvent(Buffer.from(JSON.stringify(done)), record);
  readSessionEvent(Buffer.from(JSON.stringify(done)), record);
  readSessionEvent(Buffer.from('{"type":"response.done","response":null}'), record);
  assert.equal(record.responseModel, 'gpt-realtime-1');
  assert.deepEqual(
    [
      record.inputTokens,
      record.outputTokens,
      record.totalTokens,
      record.cachedInputTokens,
      record.inputAudioTokens,
      record.outputAudioTokens,
    ],
    [40, 20, 60, 8, 10, 14],
  );
});

test('what the client said is counted when it is transcribed, beside the responses', () => {
  const record = new LlmRecord('realtime', 'openai', 'm', true);
  const type = 'conversation.item.input_audio_transcription.completed';
  const usage = { type: 'tokens', input_tokens: 20, output_tokens: 3, total_tokens: 23 };
  const details = { input_token_details: { text_tokens: 2, audio_tokens: 18 } };
  const read = (event: object): void => readSessionEvent(Buffer.from(JSON.stringify(event)), record);
  read({ type, transcript: 'hello', usage: { ...usage, ...details } });
  read({ type, transcript: 'hello', usage: { type: 'duration', seconds: 3 } });
  assert.deepEqual(
    [record.inputTokens, record.outputTokens, record.totalTokens, record.inputAudioTokens],
    [20, 3, 23, 18],
  );
  read({ type: 'response.done', response: { usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } } });
  assert.deepEqual([record.inputTokens, record.outputTokens, record.totalTokens], [21, 4, 25]);
});

test('reasoning, pictures and what is put into a cache are added up, too', () => {
  const record = new LlmRecord('realtime', 'openai', 'm', true);
  const usage = {
    input_tokens: 9,
    output_tokens: 9,
    input_token_details: { cache_write_tokens: 4 },
    output_token_details: { reasoning_tokens: 3, image_tokens: 2 },
  };
  const done = Buffer.from(JSON.stringify({ type: 'response.done', response: { usage } }));
  readSessionEvent(done, record);
  readSessionEvent(done, record);
  assert.deepEqual([record.cacheCreationInputTokens, record.reasoningTokens, record.outputImageTokens], [8, 6, 4]);
});
