import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completionsFormat } from '../../formats/completions/completions.ts';
import { messagesFormat } from '../../formats/messages/messages.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { PivotRequest } from '../../pivot/request.ts';
import { estimateTokens, estimateWith } from './estimate.ts';
import { loadTokenizer } from './tokenizer.ts';

const line = { model: null, stream: null };
const chat = (body: JsonObject): PivotRequest => completionsFormat.readRequest({ model: 'm', ...body }, line);

/** Characters, so that a test sees exactly what is counted. */
const characters = (text: string): number => text.length;

test('a plain request is its text and a few tokens around each turn', async () => {
  // "hello world" is two tokens of o200k_base.
  assert.equal(await estimateTokens(chat({ messages: [{ role: 'user', content: 'hello world' }] })), 2 + 3 + 3);
});

test('the same conversation is the same in every API', async () => {
  const ask = { role: 'user' as const, content: 'What is the weather in Paris?' };
  const messages = messagesFormat.readRequest(
    { model: 'm', max_tokens: 9, system: 'Be brief.', messages: [ask] },
    line,
  );
  assert.equal(
    await estimateTokens(messages),
    await estimateTokens(chat({ messages: [{ role: 'system', content: 'Be brief.' }, ask] })),
  );
});

test('system, tools, calls, results and schemas count', () => {
  const parts = [
    { system: [{ kind: 'text', text: 'aaaa' }] },
    { tools: [{ name: 'tool', description: 'd', schema: { type: 'object' }, strict: null }] },
    { output: { kind: 'schema', name: 'n', schema: { type: 'object' }, strict: null } },
    { messages: [{ role: 'assistant', blocks: [{ kind: 'toolCall', id: '1', name: 'tool', input: '{}' }] }] },
    {
      messages: [
        {
          role: 'user',
          blocks: [{ kind: 'toolResult', callId: '1', blocks: [{ kind: 'text', text: 'r' }], isError: false }],
        },
      ],
    },
  ] as const;
  const bare = { ...chat({ messages: [{ role: 'user', content: 'x' }] }), messages: [] };
  const least = estimateWith(characters, bare);
  for (const part of parts) assert.ok(estimateWith(characters, { ...bare, ...part }) > least, JSON.stringify(part));
});

test('media count by kind and size, not by their base64', () => {
  const data = 'A'.repeat(40_000);
  const tokens = (content: unknown): number =>
    estimateWith(characters, chat({ messages: [{ role: 'user', content }] }));
  const image = tokens([{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }]);
  const small = tokens([{ type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'low' } }]);
  const pdf = tokens([{ type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${data}` } }]);
  const audio = tokens([{ type: 'input_audio', input_audio: { data, format: 'mp3' } }]);
  assert.ok(image > 700 && image < 800, String(image));
  assert.ok(small < 100, String(small));
  assert.ok(pdf > 900 && pdf < 1000, String(pdf));
  assert.ok(audio > 40 && audio < 100, String(audio));
});

test('what looks like a control token is text', async () => {
  const count = await loadTokenizer();
  assert.ok(count('<|endoftext|>') > 1);
});

test('long texts are counted by their beginning', async () => {
  const count = await loadTokenizer();
  const text = 'The quick brown fox jumps over the lazy dog. '.repeat(1000);
  const short = count(text);
  const long = count(text.repeat(100));
  assert.ok(Math.abs(long / (short * 100) - 1) < 0.01, `${long} of ${short}`);
  assert.equal(count(''), 0);
});
