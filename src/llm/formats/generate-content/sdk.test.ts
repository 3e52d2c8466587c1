import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { ApiError, GoogleGenAI, type Content, type GenerateContentResponse } from '@google/genai';
import type { JsonObject } from '../../pivot/format.ts';
import type { PivotRequest } from '../../pivot/request.ts';
import type { PivotEvent, PivotResponse } from '../../pivot/response.ts';
import { answerContext, placeless } from '../testing/pivot.ts';
import { readCountRequest, writeCount } from './count-tokens.ts';
import { generateContentFormat as format } from './generate-content.ts';

const answer: PivotResponse = {
  id: 'r1',
  model: 'up',
  created: 0,
  blocks: [{ kind: 'text', text: 'Grüße ✓' }],
  stop: 'end',
  stopSequence: null,
  usage: { input: 10, output: 8, cachedInput: 4, cacheWriteInput: null, reasoning: 3 },
};
const start: PivotEvent = { kind: 'start', id: 'r1', model: 'up', created: 0 };
const stop: readonly PivotEvent[] = [
  { kind: 'stop', stop: 'end', stopSequence: null },
  ...(answer.usage === null ? [] : [{ kind: 'usage' as const, usage: answer.usage }]),
  { kind: 'end' },
];

/** The official client in front of the format; it answers each request with what `reply` makes of it. */
async function clientOf(
  context: TestContext,
  reply: (body: JsonObject, url: URL) => { readonly status?: number; readonly body: string },
): Promise<{ readonly ai: GoogleGenAI; readonly seen: JsonObject[] }> {
  const seen: JsonObject[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body: JsonObject = JSON.parse(Buffer.concat(pieces).toString());
      seen.push(body);
      const { status = 200, body: text } = reply(body, new URL(request.url ?? '', 'http://gateway'));
      const type = text.startsWith('data:') ? 'text/event-stream' : 'application/json';
      response.writeHead(status, { 'content-type': type, connection: 'close' }).end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { ai: new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: `http://127.0.0.1:${port}` } }), seen };
}

function whole(response: PivotResponse): (body: JsonObject) => { readonly body: string } {
  return (body) => ({ body: JSON.stringify(format.writeResponse(response, answerContext({ body }))) });
}

function streamed(events: readonly PivotEvent[]): (body: JsonObject, url: URL) => { readonly body: string } {
  return (body, { search }) => {
    const writer = format.streamWriter(answerContext({ body, query: search }));
    return { body: events.map((event) => writer.write(event)).join('') };
  };
}

function read(body: JsonObject | undefined): PivotRequest {
  assert.ok(body !== undefined);
  return format.readRequest(body, { model: 'm', stream: false });
}

test('the official SDK reads a whole answer', async (context) => {
  const { ai } = await clientOf(context, whole(answer));
  const response = await ai.models.generateContent({ model: 'm', contents: 'hi' });
  assert.equal(response.text, 'Grüße ✓');
  assert.equal(response.candidates?.[0]?.finishReason, 'STOP');
  assert.equal(response.modelVersion, 'up');
  assert.equal(response.responseId, 'r1');
  assert.equal(response.usageMetadata?.totalTokenCount, 18);
  assert.equal(response.usageMetadata?.thoughtsTokenCount, 3);
});

test('the official SDK reads a stream with text, thoughts and calls', async (context) => {
  const { ai } = await clientOf(
    context,
    streamed([
      start,
      { kind: 'thinking', block: 0, text: 'hm' },
      { kind: 'signature', block: 0, signature: 's', vendor: 'anthropic' },
      { kind: 'text', block: 1, text: 'Grüße ' },
      { kind: 'text', block: 1, text: '✓' },
      { kind: 'toolStart', block: 2, id: 'c1', name: 'f' },
      { kind: 'toolInput', block: 2, text: '{"a":' },
      { kind: 'toolInput', block: 2, text: '1}' },
      { kind: 'toolStart', block: 3, id: 'c2', name: 'g' },
      ...stop,
    ]),
  );
  const config = { thinkingConfig: { includeThoughts: true } };
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await ai.models.generateContentStream({ model: 'm', contents: 'hi', config })) {
    chunks.push(chunk);
  }
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  assert.equal(parts.find((part) => part.thought === true)?.text, 'hm');
  assert.equal(parts.map((part) => (part.thought === true ? '' : (part.text ?? ''))).join(''), 'Grüße ✓');
  const calls = chunks.flatMap((chunk) => chunk.functionCalls ?? []);
  assert.deepEqual(calls, [
    { id: 'c1', name: 'f', args: { a: 1 } },
    { id: 'c2', name: 'g', args: {} },
  ]);
  assert.deepEqual(
    chunks.map((chunk) => chunk.candidates?.[0]?.finishReason).filter((reason) => reason !== undefined),
    ['STOP'],
  );
  assert.equal(chunks.at(-1)?.usageMetadata?.totalTokenCount, 18);
});

test('a chat of the official SDK keeps its history through streams, results and signatures', async (context) => {
  const first: readonly PivotEvent[] = [
    start,
    { kind: 'thinking', block: 0, text: 'h' },
    { kind: 'thinking', block: 0, text: 'm' },
    { kind: 'signature', block: 0, signature: 's', vendor: 'anthropic' },
    { kind: 'text', block: 1, text: 'let me ' },
    { kind: 'text', block: 1, text: 'look' },
    { kind: 'toolStart', block: 2, id: 'c1', name: 'f' },
    { kind: 'toolInput', block: 2, text: '{"a":1}' },
    ...stop,
  ];
  for (const includeThoughts of [true, false]) {
    const { ai, seen } = await clientOf(context, streamed(first));
    const chat = ai.chats.create({ model: 'm', config: { thinkingConfig: { includeThoughts } } });
    for await (const _ of await chat.sendMessageStream({ message: 'hi' })) continue;
    const functionResponse = { id: 'c1', name: 'f', response: { output: 'sun' } };
    for await (const _ of await chat.sendMessageStream({ message: [{ functionResponse }] })) continue;
    assert.deepEqual(placeless(read(seen[1])).messages, [
      { role: 'user', blocks: [{ kind: 'text', text: 'hi' }] },
      {
        role: 'assistant',
        blocks: [
          { vendor: 'anthropic', signature: 's', kind: 'thinking', text: 'hm' },
          { kind: 'text', text: 'let me look' },
          { kind: 'toolCall', id: 'c1', name: 'f', input: '{"a":1}' },
        ],
      },
      {
        role: 'user',
        blocks: [{ kind: 'toolResult', callId: 'c1', blocks: [{ kind: 'text', text: 'sun' }], isError: false }],
      },
    ]);
  }
});

test('what the official SDK asks is read', async (context) => {
  const { ai, seen } = await clientOf(context, whole(answer));
  const contents: Content[] = [
    { role: 'user', parts: [{ text: 'what is this?' }, { inlineData: { mimeType: 'image/png', data: 'aGk=' } }] },
    { role: 'model', parts: [{ functionCall: { name: 'f', args: { a: 1 } } }] },
    { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: 'x' } } }] },
  ];
  await ai.models.generateContent({
    model: 'm',
    contents,
    config: {
      systemInstruction: 'be brief',
      temperature: 0.5,
      maxOutputTokens: 20,
      stopSequences: ['END'],
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object', properties: { a: { type: 'string' } } },
      thinkingConfig: { thinkingBudget: 2048, includeThoughts: true },
      tools: [
        { functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object' } }] },
        { googleSearch: {} },
      ],
    },
  });
  const request = read(seen[0]);
  assert.deepEqual(request.system, [{ kind: 'text', text: 'be brief' }]);
  assert.equal(request.sampling.temperature, 0.5);
  assert.equal(request.maxTokens, 20);
  assert.deepEqual(request.stop, ['END']);
  assert.equal(request.output?.kind, 'schema');
  assert.deepEqual(request.reasoning, { effort: null, budgetTokens: 2048 });
  assert.deepEqual(placeless(request).tools, [
    { name: 'f', description: null, schema: { type: 'object' }, strict: null },
  ]);
  assert.deepEqual(
    request.messages.map(({ role, blocks }) => [role, blocks.map(({ kind }) => kind)]),
    [
      ['user', ['text', 'image']],
      ['assistant', ['toolCall']],
      ['user', ['toolResult']],
    ],
  );
  assert.deepEqual(
    request.extras.map(({ path, kind }) => [path, kind]),
    [['tools[1].googleSearch', 'hint']],
  );
});

test('the official SDK throws for an error, before and within a stream', async (context) => {
  const error = { status: 429, type: 'rate_limit_error', message: 'slow down', code: null, param: null };
  const refused = await clientOf(context, () => ({ status: 429, body: JSON.stringify(format.writeError(error)) }));
  const isSlow = (thrown: unknown): boolean =>
    thrown instanceof ApiError && thrown.status === 429 && thrown.message.includes('slow down');
  await assert.rejects(refused.ai.models.generateContent({ model: 'm', contents: 'hi' }), isSlow);
  const text: PivotEvent = { kind: 'text', block: 0, text: 'x' };
  const failing = await clientOf(context, streamed([start, text, { kind: 'error', error }, { kind: 'end' }]));
  await assert.rejects(async () => {
    for await (const _ of await failing.ai.models.generateContentStream({ model: 'm', contents: 'hi' })) continue;
  }, isSlow);
  const broken = await clientOf(context, streamed([start, text, { kind: 'end' }]));
  await assert.rejects(async () => {
    for await (const _ of await broken.ai.models.generateContentStream({ model: 'm', contents: 'hi' })) continue;
  }, ApiError);
});

test('the official SDK counts tokens', async (context) => {
  const { ai, seen } = await clientOf(context, () => ({ body: JSON.stringify(writeCount(7)) }));
  const { totalTokens } = await ai.models.countTokens({ model: 'm', contents: 'hi' });
  assert.equal(totalTokens, 7);
  assert.ok(seen[0] !== undefined);
  const counted = readCountRequest(seen[0], { model: 'm', stream: null });
  assert.deepEqual(counted.messages, [{ role: 'user', blocks: [{ kind: 'text', text: 'hi' }] }]);
});
