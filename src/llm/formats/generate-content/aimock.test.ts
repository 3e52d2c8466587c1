import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block } from '../../pivot/request.ts';
import type { PivotEvent } from '../../pivot/response.ts';
import { pivotRequest, requestContext } from '../testing/pivot.ts';
import { generateContentFormat as format } from './generate-content.ts';

/** Another implementation of the API. */
const mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 4 });
before(async () => {
  mock.onMessage('weather', { toolCalls: [{ name: 'look', arguments: '{"city":"Bern"}' }] });
  mock.onMessage('think', { content: 'so it is', reasoning: 'hm, yes' });
  mock.onMessage(/.*/, { content: 'Grüße ✓ aus der Schweiz' });
  await mock.start();
});
after(() => mock.stop());

const model = 'gemini-2.5-pro';

function ask(said: string): JsonObject {
  const asked = pivotRequest({
    model,
    system: [{ kind: 'text', text: 'be brief' }],
    tools: [{ name: 'look', description: 'd', schema: { type: 'object' }, strict: null }],
    messages: [{ role: 'user', blocks: [{ kind: 'text', text: said }] }],
  });
  return format.writeRequest(asked, requestContext(model, 'reject'));
}

function post(method: string, body: JsonObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const url = new URL(`/v1beta/models/${model}:${method}`, mock.url);
    const headers = { 'content-type': 'application/json', 'x-goog-api-key': 'k' };
    const call = request(url, { method: 'POST', headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => resolve(Buffer.concat(pieces)));
    });
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}

async function whole(said: string): Promise<{ readonly blocks: readonly Block[]; readonly stop: string }> {
  return format.readResponse(JSON.parse((await post('generateContent', ask(said))).toString()));
}

async function streamed(said: string): Promise<readonly PivotEvent[]> {
  const bytes = await post('streamGenerateContent?alt=sse', ask(said));
  const reader = format.streamReader();
  const events = format.framing
    .decoder()
    .push(bytes)
    .flatMap(({ type, data }) => reader.event(type, data));
  return [...events, ...reader.end()];
}

function textOf(events: readonly PivotEvent[], kind: 'text' | 'thinking' | 'toolInput'): string {
  return events.map((event) => (event.kind === kind ? event.text : '')).join('');
}

test('a text comes whole and streamed', async () => {
  const { blocks, stop } = await whole('hello');
  assert.deepEqual(blocks, [{ kind: 'text', text: 'Grüße ✓ aus der Schweiz' }]);
  assert.equal(stop, 'end');
  const events = await streamed('hello');
  assert.equal(textOf(events, 'text'), 'Grüße ✓ aus der Schweiz');
  assert.ok(events.filter(({ kind }) => kind === 'text').length > 1);
  assert.deepEqual(
    events.slice(-3).map(({ kind }) => kind),
    ['stop', 'usage', 'end'],
  );
});

test('a call comes whole and streamed', async () => {
  const { blocks, stop } = await whole('weather');
  const [call] = blocks;
  assert.ok(call?.kind === 'toolCall' && call.id !== '');
  assert.deepEqual([call.name, call.input, stop], ['look', '{"city":"Bern"}', 'toolCalls']);
  const events = await streamed('weather');
  assert.equal(textOf(events, 'toolInput'), '{"city":"Bern"}');
  assert.ok(events.some((event) => event.kind === 'stop' && event.stop === 'toolCalls'));
});

test('thoughts come whole and streamed', async () => {
  const { blocks } = await whole('think');
  assert.deepEqual(
    blocks.map((block) => [block.kind, 'text' in block ? block.text : '']),
    [
      ['thinking', 'hm, yes'],
      ['text', 'so it is'],
    ],
  );
  const events = await streamed('think');
  assert.equal(textOf(events, 'thinking'), 'hm, yes');
  assert.equal(textOf(events, 'text'), 'so it is');
});
