import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { eventually } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Answer } from '../../testkit/upstream.ts';
import { aiRoute, chat, chatStream, chunk, done, messages, roleChunk, says, chatAnswer } from './ai-route.ts';

const content = chunk({ content: 'one' });
const rest = chunk({ content: 'two' }) + chunk({}, 'stop') + done;

/** Sends `first`, and `then` when told to. */
function inTwo(first: string, then: string): { readonly answer: Answer; go(): void } {
  let go = (): void => undefined;
  const answer: Answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(first);
    go = () => response.end(then);
  };
  return { answer, go: () => go() };
}

const often = ', streams: { keepAlive: 50ms }';
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250));

test('a silent stream is kept alive in the way of its format, whole events only', async () => {
  const half = chunk({ content: 'half' });
  const slow = inTwo(roleChunk + content + half.slice(0, 40), half.slice(40) + rest);
  await using upstream = await startUpstream(slow.answer);
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]], '', often));
  const own = chat(gateway.port, { stream: true });
  await upstream.request(1);
  await pause();
  slow.go();
  const { text } = await own;
  assert.match(text, /^:[^\n]*\n\n/m);
  assert.equal(text.replaceAll(/^:[^\n]*\n\n/gm, ''), roleChunk + content + half + rest);
  const translated = messages(gateway.port, { stream: true });
  await upstream.request(2);
  await pause();
  slow.go();
  assert.match((await translated).text, /event: ping\ndata: \{"type": ?"ping"\}\n\n/);
});

test('nothing is sent before the answer has begun, and nothing where it is switched off', async () => {
  const late = inTwo(roleChunk, content + rest);
  await using upstream = await startUpstream(late.answer);
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]], '', often));
  const held = chat(gateway.port, { stream: true });
  await upstream.request(1);
  await pause();
  late.go();
  assert.equal((await held).text, roleChunk + content + rest);
  const slow = inTwo(roleChunk + content, rest);
  upstream.answer(slow.answer);
  await gateway.reload(aiRoute([[{ host: upstream.host }]], '', ', streams: { keepAlive: 0s }'));
  const quiet = chat(gateway.port, { stream: true });
  await upstream.request(2);
  await pause();
  slow.go();
  assert.equal((await quiet).text, roleChunk + content + rest);
});

test('the official clients take keep-alives between events', async () => {
  const slow = inTwo(roleChunk + content, rest);
  await using upstream = await startUpstream(slow.answer);
  const yaml = aiRoute([[{ host: upstream.host }]], '', often).replace(
    '/v1/messages: messages',
    '/v1/messages: messages, ":streamGenerateContent": generateContent',
  );
  await using gateway = await startGateway(yaml);
  const baseURL = `http://127.0.0.1:${gateway.port}`;
  const prompt = [{ role: 'user' as const, content: 'hi' }];
  const later = async (number: number): Promise<void> => {
    await upstream.request(number);
    await pause();
    slow.go();
  };
  const openai = new OpenAI({ apiKey: 'k', baseURL: `${baseURL}/v1`, maxRetries: 0 });
  let text = '';
  const chunks = openai.chat.completions.create({ model: 'm', messages: prompt, stream: true });
  const first = later(1);
  for await (const { choices } of await chunks) text += choices[0]?.delta.content ?? '';
  await first;
  assert.equal(text, 'onetwo');
  const anthropic = new Anthropic({ apiKey: 'k', baseURL, maxRetries: 0 });
  const second = later(2);
  const message = await anthropic.messages.stream({ model: 'm', max_tokens: 9, messages: prompt }).finalMessage();
  await second;
  assert.deepEqual(
    message.content.map((block) => (block.type === 'text' ? block.text : '')),
    ['onetwo'],
  );
  const genai = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: baseURL } });
  const third = later(3);
  text = '';
  for await (const part of await genai.models.generateContentStream({ model: 'm', contents: 'hi' })) {
    text += part.text ?? '';
  }
  await third;
  assert.equal(text, 'onetwo');
});

test('a first token that does not come in time is 504 in the shape of the API, or asked elsewhere', async () => {
  await using slow = await startUpstream(inTwo(roleChunk, '').answer);
  await using fast = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(chatStream('from b'));
  });
  const limit = ', streams: { firstToken: 150ms }';
  await using alone = await startGateway(aiRoute([[{ host: slow.host }]], '', limit));
  const own = await chat(alone.port, { stream: true });
  assert.equal(own.status, 504);
  assert.equal((JSON.parse(own.text) as { error: { code: string } }).error.code, 'upstreamTimeout');
  const translated = await messages(alone.port, { stream: true });
  assert.equal(translated.status, 504);
  assert.equal((JSON.parse(translated.text) as { type: string }).type, 'error');
  await eventually(() => slow.connections === 0, 'the end of the slow ones');
  await using both = await startGateway(aiRoute([[{ host: slow.host }], [{ host: fast.host }]], '', limit));
  assert.match((await chat(both.port, { stream: true })).text, /from b/);
  slow.answer(says(200, chatAnswer('whole')));
  assert.match((await chat(both.port)).text, /whole/);
});

test('silence within an answer ends it as an error', async () => {
  await using upstream = await startUpstream(inTwo(roleChunk + content, '').answer);
  await using gateway = await startGateway(
    aiRoute([[{ host: upstream.host }]], '', ', streams: { idle: 150ms, keepAlive: 40ms }'),
  );
  const own = await chat(gateway.port, { stream: true });
  assert.match(own.text, /data: \{"error":\{"message":"the upstream fell silent/);
  assert.doesNotMatch(own.text, /DONE/);
  const translated = await messages(gateway.port, { stream: true });
  assert.match(translated.text, /event: error\n[^\n]*fell silent/);
  const lines = await gateway.lines(2);
  assert.deepEqual(
    lines.map((line) => line['reason']),
    ['upstreamTimeout', 'upstreamTimeout'],
  );
  await eventually(() => upstream.connections === 0, 'the end of the silent ones');
});

test('the time of a whole request ends its stream as an error, too', async () => {
  await using upstream = await startUpstream(inTwo(roleChunk + content, '').answer);
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]], 'timeout: { requestTimeout: 200ms }'));
  const own = await chat(gateway.port, { stream: true });
  assert.equal(own.status, 200);
  assert.match(own.text, /one[\s\S]*data: \{"error":\{"message":"the request took longer/);
  const translated = await messages(gateway.port, { stream: true });
  assert.match(translated.text, /one[\s\S]*event: error\n/);
  await eventually(() => upstream.connections === 0, 'the end of what was asked');
  const lines = await gateway.lines(2);
  assert.deepEqual(
    lines.map((line) => line['reason']),
    ['upstreamTimeout', 'upstreamTimeout'],
  );
});
