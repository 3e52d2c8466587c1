import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LlmBadRequest } from '../../pivot/drops.ts';
import type { AnswerContext, JsonObject } from '../../pivot/format.ts';
import type { PivotEvent } from '../../pivot/response.ts';
import { legacyCompletionsFormat } from './legacy-completions.ts';
import { LegacyStreamReader } from './stream-reader.ts';

const line = { model: null, stream: null };
const read = (body: JsonObject): ReturnType<typeof legacyCompletionsFormat.readRequest> =>
  legacyCompletionsFormat.readRequest({ model: 'm', ...body }, line);

function context(body: JsonObject): AnswerContext {
  const request = read(body);
  return { model: 'm', now: 7, includeUsage: request.includeUsage, request, body, query: '' };
}

function write(events: readonly PivotEvent[], includeUsage: boolean): string[] {
  const writer = legacyCompletionsFormat.streamWriter(
    context({ prompt: 'x', stream: true, stream_options: { include_usage: includeUsage } }),
  );
  return events
    .map((event) => writer.write(event))
    .join('')
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace('data: ', ''));
}

const usage = { input: 3, output: 4, cachedInput: null, cacheWriteInput: null, reasoning: null };
const answer: readonly PivotEvent[] = [
  { kind: 'start', id: 'id', model: 'real', created: 5 },
  { kind: 'thinking', block: 0, text: 'hm' },
  { kind: 'text', block: 1, text: 'he' },
  { kind: 'text', block: 1, text: 'llo' },
  { kind: 'stop', stop: 'length', stopSequence: null },
  { kind: 'usage', usage },
  { kind: 'end' },
];

test('a prompt is a chat of one turn, with what both APIs have', () => {
  const request = read({ prompt: ['tell'], max_tokens: 5, temperature: 0.5, stop: ['.'], seed: 1, user: 'u' });
  assert.deepEqual(request.messages, [{ role: 'user', blocks: [{ kind: 'text', text: 'tell' }] }]);
  assert.equal(request.maxTokens, 5);
  assert.equal(request.sampling.temperature, 0.5);
  assert.deepEqual(request.stop, ['.']);
  assert.equal(request.user, 'u');
  assert.deepEqual(request.extras, []);
});

test('an answer has 16 tokens where nobody says how many', () => {
  assert.equal(read({ prompt: 'x' }).maxTokens, 16);
});

test('what says nothing new is no extra, and what a chat cannot do is one of meaning', () => {
  const silent = { best_of: 1, echo: false, suffix: '', logprobs: null, n: 1 };
  assert.deepEqual(read({ prompt: 'x', ...silent }).extras, []);
  for (const [path, value] of Object.entries({ best_of: 2, echo: true, suffix: 's', logprobs: 0, n: 2 })) {
    assert.deepEqual(read({ prompt: 'x', [path]: value }).extras, [{ path, value, kind: 'meaning' }]);
  }
});

for (const prompt of [undefined, '', [], ['a', 'b'], [1, 2], [[1], [2]], 7]) {
  test(`the prompt ${JSON.stringify(prompt)} is refused`, () => {
    assert.throws(
      () => read({ prompt }),
      (error) => error instanceof LlmBadRequest && error.param === 'prompt',
    );
  });
}

test('an answer is its text', () => {
  const body = legacyCompletionsFormat.writeResponse(
    {
      id: '',
      model: '',
      created: 0,
      blocks: [
        { kind: 'thinking', text: 'hm', vendor: 'v' },
        { kind: 'text', text: 'he' },
        { kind: 'text', text: 'llo' },
      ],
      stop: 'toolCalls',
      stopSequence: null,
      usage,
    },
    context({ prompt: 'x' }),
  );
  const { id, ...rest } = body;
  assert.match(String(id), /^cmpl-/);
  assert.deepEqual(rest, {
    object: 'text_completion',
    created: 7,
    model: 'm',
    choices: [{ text: 'hello', index: 0, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  });
});

test('a stream is chunks of text, one that says why it ended, usage where it was asked for, and its end', () => {
  const head = { id: 'id', object: 'text_completion', created: 5, model: 'real' };
  const choice = (text: string, finish: string | null): object => ({
    text,
    index: 0,
    logprobs: null,
    finish_reason: finish,
  });
  assert.deepEqual(write(answer, false), [
    JSON.stringify({ ...head, choices: [choice('he', null)] }),
    JSON.stringify({ ...head, choices: [choice('llo', null)] }),
    JSON.stringify({ ...head, choices: [choice('', 'length')] }),
    '[DONE]',
  ]);
  const counted = write(answer, true);
  assert.deepEqual(JSON.parse(counted.at(-2) ?? ''), {
    ...head,
    choices: [],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  });
  assert.equal((JSON.parse(counted[0] ?? '') as { usage: unknown }).usage, null);
});

test('a stream that breaks off, or fails, ends as an error and without [DONE]', () => {
  const cut = write([...answer.slice(0, 3), { kind: 'end' }], false);
  assert.match(cut.at(-1) ?? '', /upstream_stream_ended/);
  const error = { status: 429, type: 'rate_limit_error', message: 'slow', code: null, param: null };
  const failed = write([{ kind: 'error', error }, { kind: 'end' }], false);
  assert.deepEqual(failed, [
    JSON.stringify({ error: { message: 'slow', type: 'rate_limit_error', param: null, code: null } }),
  ]);
});

test('chunks of a provider are read for what they say', () => {
  const reader = new LegacyStreamReader();
  const chunk = (data: object): string => JSON.stringify({ id: 'i', model: 'm', created: 1, ...data });
  const events = [
    chunk({ choices: [{ index: 0, text: 'hi', finish_reason: null }] }),
    chunk({ choices: [{ index: 0, text: '', finish_reason: 'stop' }] }),
    chunk({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }),
    '[DONE]',
  ].flatMap((data) => reader.event('', data));
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['start', 'text', 'stop', 'usage'],
  );
  assert.equal(new LegacyStreamReader().event('', 'no json')[0]?.kind, 'error');
});
