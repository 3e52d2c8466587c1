import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { HeaderList } from '../../../net/http/headers.ts';
import { LlmRecord } from '../../record.ts';
import { bedrockPath } from './bedrock-path.ts';
import { createBedrockTap } from './bedrock-tap.ts';

test("Bedrock's paths are taken apart, ARNs unescaped", () => {
  assert.deepEqual(bedrockPath('/model/arn%3Aaws%3Abedrock%3A%3A1%3Ainference-profile%2Fx/converse-stream'), {
    before: '/model/',
    model: 'arn:aws:bedrock::1:inference-profile/x',
    operation: '/converse-stream',
  });
  assert.equal(bedrockPath('/team/model/a/invoke')?.before, '/team/model/');
  assert.equal(bedrockPath('/model/50%/invoke')?.model, '50%');
  for (const path of ['/model/a', '/model/a/other', '/v1/models/a', '/model/a/b/converse']) {
    assert.equal(bedrockPath(path), null, path);
  }
});

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString(),
  (text) => Buffer.from(text),
);
const frame = (type: string, body: object): Uint8Array =>
  codec.encode({
    headers: {
      ':message-type': { type: 'string', value: 'event' },
      ':event-type': { type: 'string', value: type },
      ':content-type': { type: 'string', value: 'application/json' },
    },
    body: Buffer.from(JSON.stringify(body)),
  });
/** An event of a model's own API, as InvokeModelWithResponseStream has it. */
const invoked = (event: object): Uint8Array =>
  frame('chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64') });

/** What is recorded of an answer that comes in chunks of this size and then ends, or is cut. */
function recorded(operation: string, body: Buffer, flat: string[] = [], size = body.length): LlmRecord {
  const record = new LlmRecord('invoke', null, null, false);
  const tap = createBedrockTap(record, { operation, fields: new HeaderList(flat), requestTokens: 40 });
  for (let at = 0; at < body.length; at += size) tap?.chunk(body.subarray(at, at + size));
  tap?.end();
  tap?.end();
  return record;
}

const heads = ['x-amzn-bedrock-input-token-count', '5', 'x-amzn-bedrock-output-token-count', '6'];

test('usage of InvokeModel is that of the body, which tells what came from a cache, else that of the fields', () => {
  const silent = recorded('/invoke', Buffer.from('{"outputText":"x"}'), heads);
  assert.deepEqual([silent.inputTokens, silent.outputTokens, silent.totalTokens], [5, 6, 11]);
  const usage = { input_tokens: 5, cache_read_input_tokens: 70, cache_creation_input_tokens: 20, output_tokens: 6 };
  const claude = recorded('/invoke', Buffer.from(JSON.stringify({ type: 'message', usage })), heads);
  assert.deepEqual(
    [claude.inputTokens, claude.cachedInputTokens, claude.cacheCreationInputTokens, claude.outputTokens],
    [95, 70, 20, 6],
  );
  const answer = { operation: '/invoke', fields: new HeaderList(), requestTokens: 0 };
  assert.equal(createBedrockTap(new LlmRecord('invoke', null, null, false), answer), null);
});

test('usage is read from the metadata of a stream, however it is cut, and broken frames are let by', () => {
  const bytes = Buffer.concat([
    frame('messageStart', { role: 'assistant' }),
    frame('messageStop', { stopReason: 'end_turn' }),
    frame('metadata', { usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 }, metrics: { latencyMs: 1 } }),
  ]);
  for (const size of [1, 7, bytes.length]) {
    const { inputTokens, outputTokens } = recorded('/converse-stream', bytes, [], size);
    assert.deepEqual([inputTokens, outputTokens], [3, 4]);
  }
  assert.equal(recorded('/converse-stream', Buffer.concat([Buffer.alloc(64, 7), bytes]), [], 64).inputTokens, null);
});

test('usage is read from the events in the frames of an invoked stream, and from the metrics where a model tells none', () => {
  const metrics = { 'amazon-bedrock-invocationMetrics': { inputTokenCount: 5, outputTokenCount: 6 } };
  const claude = Buffer.concat([
    invoked({
      type: 'message_start',
      message: { usage: { input_tokens: 5, cache_read_input_tokens: 70, output_tokens: 1 } },
    }),
    invoked({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'x'.repeat(400) } }),
    invoked({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 6 } }),
    invoked({ type: 'message_stop', ...metrics }),
  ]);
  for (const size of [1, 50, claude.length]) {
    const record = recorded('/invoke-with-response-stream', claude, [], size);
    assert.deepEqual(
      [record.inputTokens, record.cachedInputTokens, record.outputTokens, record.estimated],
      [75, 70, 6, false],
    );
  }
  const other = Buffer.concat([invoked({ generation: 'x' }), invoked({ generation: '', ...metrics })]);
  const { inputTokens, outputTokens } = recorded('/invoke-with-response-stream', other);
  assert.deepEqual([inputTokens, outputTokens], [5, 6]);
});

test('a stream that is cut is counted as far as it came', () => {
  const text = 'x'.repeat(400);
  const told = recorded(
    '/converse-stream',
    Buffer.from(frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text } })),
  );
  assert.deepEqual([told.inputTokens, told.outputTokens, told.estimated], [40, 100, true]);
  const start = invoked({ type: 'message_start', message: { usage: { input_tokens: 9, output_tokens: 1 } } });
  const delta = invoked({ type: 'content_block_delta', delta: { type: 'text_delta', text } });
  const claude = recorded('/invoke-with-response-stream', Buffer.concat([start, delta]));
  assert.deepEqual([claude.inputTokens, claude.outputTokens, claude.estimated], [9, 100, true]);
  const refused = recorded('/converse-stream', Buffer.from('{"message":"no"}'));
  assert.deepEqual([refused.inputTokens, refused.outputTokens], [null, null]);
});
