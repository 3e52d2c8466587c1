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

test('usage is read from the fields of InvokeModel', () => {
  const record = new LlmRecord('invoke', null, null, false);
  const fields = new HeaderList(['x-amzn-bedrock-input-token-count', '5', 'x-amzn-bedrock-output-token-count', '6']);
  assert.notEqual(createBedrockTap(record, '/invoke', fields), null);
  assert.deepEqual([record.inputTokens, record.outputTokens, record.totalTokens], [5, 6, 11]);
  assert.equal(createBedrockTap(record, '/invoke', new HeaderList()), null);
});

test('usage is read from the metadata of a stream, however it is cut, and broken frames are let by', () => {
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
  const bytes = Buffer.concat([
    frame('messageStart', { role: 'assistant' }),
    frame('messageStop', { stopReason: 'end_turn' }),
    frame('metadata', { usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 }, metrics: { latencyMs: 1 } }),
  ]);
  for (const size of [1, 7, bytes.length]) {
    const record = new LlmRecord('chat', null, null, true);
    const tap = createBedrockTap(record, '/converse-stream', new HeaderList());
    for (let at = 0; at < bytes.length; at += size) tap?.chunk(bytes.subarray(at, at + size));
    tap?.end();
    assert.deepEqual([record.inputTokens, record.outputTokens], [3, 4]);
  }
  const record = new LlmRecord('chat', null, null, true);
  const tap = createBedrockTap(record, '/converse-stream', new HeaderList());
  tap?.chunk(Buffer.alloc(64, 7));
  tap?.chunk(bytes);
  assert.equal(record.inputTokens, null);
});
