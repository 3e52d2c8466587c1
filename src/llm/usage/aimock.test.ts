import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import { LlmRecord } from '../record.ts';
import { createLlmTap } from './tap.ts';

/** Answers of another implementation of the providers' APIs, cut in several ways. */
const mock = new LLMock({ port: 0, host: '127.0.0.1' });
before(async () => {
  const usage = { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 };
  mock.onMessage(/.*/, { content: 'the "usage": of words, ✓ and more words', usage });
  await mock.start();
});
after(() => mock.stop());

async function fetchBytes(path: string, body: object): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': 'k' };
    const call = request(new URL(path, mock.url), { method: 'POST', headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve(Buffer.concat(parts)));
    });
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}

function observe(bytes: Buffer, chunkSize: number): LlmRecord {
  const record = new LlmRecord('chat', null, null, true);
  const tap = createLlmTap(record, 0, () => 5);
  for (let at = 0; at < bytes.length; at += chunkSize) tap.chunk(bytes.subarray(at, at + chunkSize));
  tap.end();
  return record;
}

const messages = [{ role: 'user', content: 'hello' }];
for (const [what, path, body] of [
  ['a chat stream', '/v1/chat/completions', { messages, stream: true, stream_options: { include_usage: true } }],
  ['a chat answer', '/v1/chat/completions', { messages }],
  ['a Responses stream', '/v1/responses', { input: 'hello', stream: true }],
  ['a Responses answer', '/v1/responses', { input: 'hello' }],
  ['a Messages stream', '/v1/messages', { messages, stream: true, max_tokens: 9 }],
  ['a Messages answer', '/v1/messages', { messages, max_tokens: 9 }],
] as const) {
  test(`tokens and model are read from ${what}`, async () => {
    const bytes = await fetchBytes(path, { model: 'gpt-4o', ...body });
    for (const size of [1, 7, 64, bytes.length]) {
      const record = observe(bytes, size);
      assert.equal(record.responseModel, 'gpt-4o', bytes.toString());
      assert.deepEqual([record.inputTokens, record.outputTokens, record.totalTokens], [21, 9, 30], bytes.toString());
      assert.equal(record.timeToFirstTokenMs, 'stream' in body ? 5 : null);
    }
  });
}

test('tokens and model are read from embeddings', async () => {
  const bytes = await fetchBytes('/v1/embeddings', { model: 'text-embedding-3-small', input: 'hello' });
  const record = observe(bytes, 1000);
  assert.equal(record.responseModel, 'text-embedding-3-small');
  assert.equal(record.outputTokens, null);
  assert.equal(typeof record.inputTokens, 'number');
});
