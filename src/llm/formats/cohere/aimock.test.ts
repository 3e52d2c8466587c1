import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import type { PivotTool } from '../../pivot/request.ts';
import type { PivotEvent } from '../../pivot/response.ts';
import { pivotRequest, requestContext } from '../testing/pivot.ts';
import { cohereFormat } from './cohere.ts';

/** Another implementation of Cohere's API. */
const mock = new LLMock({ port: 0, host: '127.0.0.1' });
before(async () => {
  mock.onMessage(/text/, { content: 'Grüße aus Rom ✓', usage: { prompt_tokens: 21, completion_tokens: 9 } });
  mock.onMessage(/tools/, {
    toolCalls: [
      { name: 'get_weather', arguments: '{"city":"Rome"}' },
      { name: 'get_time', arguments: '{}' },
    ],
  });
  mock.onMessage(/fail/, { error: { message: 'too many', type: 'rate_limit' }, status: 429 });
  await mock.start();
});
after(() => mock.stop());

const model = 'command-a-03-2025';

async function ask(text: string, stream: boolean): Promise<{ readonly status: number; readonly body: Buffer }> {
  const tool = (name: string): PivotTool => ({ name, description: null, schema: null, strict: null });
  const asked = pivotRequest({
    model,
    stream,
    messages: [{ role: 'user', blocks: [{ kind: 'text', text }] }],
    tools: [tool('get_weather'), tool('get_time')],
  });
  const sent = JSON.stringify(cohereFormat.writeRequest(asked, requestContext(model, 'reject')));
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: 'Bearer k' };
    const call = request(new URL('/v2/chat', mock.url), { method: 'POST', headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }));
    });
    call.on('error', reject);
    call.end(sent);
  });
}

function readStream(bytes: Buffer, size: number): PivotEvent[] {
  const decoder = cohereFormat.framing.decoder();
  const reader = cohereFormat.streamReader();
  const events: PivotEvent[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    for (const { type, data } of decoder.push(bytes.subarray(at, at + size))) events.push(...reader.event(type, data));
  }
  return [...events, ...reader.end()];
}

test('an answer in text is read', async () => {
  const { body } = await ask('text', false);
  const answer = cohereFormat.readResponse(JSON.parse(body.toString()) as Record<string, unknown>);
  assert.deepEqual(answer.blocks, [{ kind: 'text', text: 'Grüße aus Rom ✓' }]);
  assert.equal(answer.stop, 'end');
});

test('an answer with calls is read', async () => {
  const { body } = await ask('tools', false);
  const answer = cohereFormat.readResponse(JSON.parse(body.toString()) as Record<string, unknown>);
  const calls = answer.blocks.map((block) => (block.kind === 'toolCall' ? [block.name, block.input] : []));
  assert.deepEqual(calls, [
    ['get_weather', '{"city":"Rome"}'],
    ['get_time', '{}'],
  ]);
  assert.equal(answer.stop, 'toolCalls');
});

test('a stream of text is read from pieces of any size', async () => {
  const { body } = await ask('text', true);
  const whole = readStream(body, body.length);
  assert.equal(whole.map((event) => (event.kind === 'text' ? event.text : '')).join(''), 'Grüße aus Rom ✓');
  assert.ok(whole.some((event) => event.kind === 'stop' && event.stop === 'end'));
  for (const size of [1, 2, 3, 7, 64]) assert.deepEqual(readStream(body, size), whole);
});

test('a stream with calls is read', async () => {
  const { body } = await ask('tools', true);
  const events = readStream(body, 64);
  const calls = new Map<number, readonly [string, string]>();
  for (const event of events) {
    if (event.kind === 'toolStart') calls.set(event.block, [event.name, '']);
    if (event.kind !== 'toolInput') continue;
    const [name, input] = calls.get(event.block) ?? ['', ''];
    calls.set(event.block, [name, input + event.text]);
  }
  assert.deepEqual(
    [...calls.values()],
    [
      ['get_weather', '{"city":"Rome"}'],
      ['get_time', '{}'],
    ],
  );
  assert.ok(events.some((event) => event.kind === 'stop' && event.stop === 'toolCalls'));
});

test('an error is read with its status and words', async () => {
  const { status, body } = await ask('fail', false);
  const error = cohereFormat.readError(status, body.toString());
  assert.deepEqual([error.status, error.type, error.message], [429, 'rate_limit_error', 'too many']);
});
