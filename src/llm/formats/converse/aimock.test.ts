import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import type { PivotTool } from '../../pivot/request.ts';
import type { PivotEvent } from '../../pivot/response.ts';
import { pivotRequest, requestContext } from '../testing/pivot.ts';
import { converseFormat } from './converse.ts';

/** Another implementation of Bedrock's API. */
const mock = new LLMock({ port: 0, host: '127.0.0.1' });
before(async () => {
  mock.onMessage(/text/, { content: 'Grüße aus Rom ✓', usage: { prompt_tokens: 21, completion_tokens: 9 } });
  mock.onMessage(/tools/, {
    toolCalls: [
      { name: 'get_weather', arguments: '{"city":"Rome"}' },
      { name: 'get_time', arguments: '{}' },
    ],
  });
  mock.onMessage(/fail/, { error: { message: 'too many', type: 'ThrottlingException' }, status: 429 });
  await mock.start();
});
after(() => mock.stop());

const model = 'anthropic.claude-sonnet-4-5-20250929-v1:0';

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

async function ask(text: string, stream: boolean): Promise<Answer> {
  const tool = (name: string): PivotTool => ({ name, description: null, schema: null, strict: null });
  const asked = pivotRequest({
    model,
    stream,
    messages: [{ role: 'user', blocks: [{ kind: 'text', text }] }],
    tools: [tool('get_weather'), tool('get_time')],
  });
  const sent = JSON.stringify(converseFormat.writeRequest(asked, requestContext(model, 'reject')));
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: 'Bearer k' };
    const path = `/model/${encodeURIComponent(model)}/${stream ? 'converse-stream' : 'converse'}`;
    const url = new URL(path, mock.url);
    const call = request(url, { method: 'POST', headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const contentType = response.headers['content-type'] ?? '';
        resolve({ status: response.statusCode ?? 0, contentType, body: Buffer.concat(parts) });
      });
    });
    call.on('error', reject);
    call.end(sent);
  });
}

function readStream(bytes: Buffer, size: number): PivotEvent[] {
  const decoder = converseFormat.framing.decoder();
  const reader = converseFormat.streamReader();
  const events: PivotEvent[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    for (const { type, data } of decoder.push(bytes.subarray(at, at + size))) events.push(...reader.event(type, data));
  }
  return [...events, ...reader.end()];
}

test('an answer in text is read', async () => {
  const { body } = await ask('text', false);
  const answer = converseFormat.readResponse(JSON.parse(body.toString()) as Record<string, unknown>);
  assert.deepEqual(answer.blocks, [{ kind: 'text', text: 'Grüße aus Rom ✓' }]);
  assert.equal(answer.stop, 'end');
  assert.equal(answer.usage?.input, 21);
});

test('an answer with calls is read', async () => {
  const { body } = await ask('tools', false);
  const answer = converseFormat.readResponse(JSON.parse(body.toString()) as Record<string, unknown>);
  const calls = answer.blocks.map((block) => (block.kind === 'toolCall' ? [block.name, block.input] : []));
  assert.deepEqual(calls, [
    ['get_weather', '{"city":"Rome"}'],
    ['get_time', '{}'],
  ]);
  assert.equal(answer.stop, 'toolCalls');
});

for (const size of [1, 11, 1 << 20]) {
  test(`a stream of text is read from pieces of ${size} bytes`, async () => {
    const { body, contentType } = await ask('text', true);
    assert.equal(contentType, converseFormat.framing.contentType);
    const events = readStream(body, size);
    assert.equal(events.map((event) => (event.kind === 'text' ? event.text : '')).join(''), 'Grüße aus Rom ✓');
    assert.ok(events.some((event) => event.kind === 'stop' && event.stop === 'end'));
    assert.deepEqual(events.at(-1), { kind: 'end' });
  });
}

test('a stream with calls is read', async () => {
  const { body } = await ask('tools', true);
  const events = readStream(body, 64);
  const names = events.flatMap((event) => (event.kind === 'toolStart' ? [[event.block, event.name]] : []));
  assert.deepEqual(names, [
    [0, 'get_weather'],
    [1, 'get_time'],
  ]);
  const inputs = ['', ''];
  for (const event of events) if (event.kind === 'toolInput') inputs[event.block] += event.text;
  assert.deepEqual(inputs, ['{"city":"Rome"}', '{}']);
  assert.ok(events.some((event) => event.kind === 'stop' && event.stop === 'toolCalls'));
});

test('an error is read with its status and words', async () => {
  const { status, body } = await ask('fail', true);
  const error = converseFormat.readError(status, body.toString());
  assert.deepEqual([error.status, error.type, error.message], [429, 'rate_limit_error', 'too many']);
});
