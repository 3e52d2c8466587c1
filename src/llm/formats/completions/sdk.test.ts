import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import type { PivotEvent } from '../../pivot/response.ts';
import { answerContext } from '../testing/pivot.ts';
import { completionsFormat } from './completions.ts';

/** A client whose answer is the stream that the events are written as. */
function clientOf(events: readonly PivotEvent[], includeUsage: boolean): OpenAI {
  const writer = completionsFormat.streamWriter(answerContext({ includeUsage }));
  const bytes = events.map((event) => writer.write(event)).join('');
  const headers = { 'content-type': 'text/event-stream' };
  return new OpenAI({
    apiKey: 'none',
    baseURL: 'http://gateway.invalid/v1',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(bytes, { headers })),
  });
}

const ask = { model: 'asked', messages: [{ role: 'user' as const, content: 'hi' }] };
const start: PivotEvent = { kind: 'start', id: 'msg_1', model: 'up', created: 0 };
const toolEnd: PivotEvent = { kind: 'stop', stop: 'toolCalls', stopSequence: null };
const usage = { input: 3, output: 2, cachedInput: 1, cacheWriteInput: null, reasoning: 1 };

test('the official SDK puts text, calls and usage together', async () => {
  const events: PivotEvent[] = [
    start,
    { kind: 'thinking', block: 0, text: 'hm' },
    { kind: 'signature', block: 0, signature: 'U0lH', vendor: 'anthropic' },
    { kind: 'text', block: 1, text: 'I look ' },
    { kind: 'text', block: 1, text: 'it up. ✓' },
    { kind: 'toolStart', block: 2, id: 'c1', name: 'f' },
    { kind: 'toolInput', block: 2, text: '{"a":' },
    { kind: 'toolInput', block: 2, text: '1}' },
    { kind: 'toolStart', block: 3, id: 'c2', name: 'g' },
    toolEnd,
    { kind: 'usage', usage },
    { kind: 'end' },
  ];
  const stream = clientOf(events, true).chat.completions.stream({ ...ask, stream_options: { include_usage: true } });
  const done: string[] = [];
  stream.on('tool_calls.function.arguments.done', (call) => done.push(`${call.name} ${call.arguments}`));
  const completion = await stream.finalChatCompletion();
  const [choice] = completion.choices;
  assert.equal(completion.id, 'msg_1');
  assert.equal(completion.created, 1_800_000_000);
  assert.equal(choice?.message.role, 'assistant');
  assert.equal(choice?.message.content, 'I look it up. ✓');
  assert.equal(choice?.finish_reason, 'tool_calls');
  const calls = choice?.message.tool_calls ?? [];
  assert.deepEqual(
    calls.map((call) => [call.id, call.type === 'function' ? call.function.arguments : null]),
    [
      ['c1', '{"a":1}'],
      ['c2', '{}'],
    ],
  );
  assert.deepEqual(done, ['f {"a":1}', 'g {}']);
  assert.equal(completion.usage?.total_tokens, 5);
  assert.equal(completion.usage?.prompt_tokens_details?.cached_tokens, 1);
});

test('the official SDK sees a refusal', async () => {
  const events: PivotEvent[] = [
    start,
    { kind: 'refusal', block: 0, text: 'no' },
    { kind: 'stop', stop: 'end', stopSequence: null },
    { kind: 'end' },
  ];
  const message = await clientOf(events, false).chat.completions.stream(ask).finalMessage();
  assert.equal(message.refusal, 'no');
  assert.equal(message.content, null);
});

test('the official SDK throws for an error within the stream', async () => {
  const error = { status: 529, type: 'overloaded_error', message: 'busy', code: 'c', param: null };
  const events: PivotEvent[] = [
    start,
    { kind: 'text', block: 0, text: 'a' },
    { kind: 'error', error },
    { kind: 'end' },
  ];
  const stream = clientOf(events, false).chat.completions.stream(ask);
  await assert.rejects(stream.finalChatCompletion(), (thrown: unknown) => {
    assert.ok(thrown instanceof OpenAI.APIError);
    assert.equal(thrown.type, 'overloaded_error');
    assert.equal(thrown.code, 'c');
    return true;
  });
});

test('the official SDK throws for a stream that broke off', async () => {
  const events: PivotEvent[] = [start, { kind: 'text', block: 0, text: 'a' }, { kind: 'end' }];
  const stream = clientOf(events, false).chat.completions.stream(ask);
  await assert.rejects(stream.finalChatCompletion(), OpenAI.APIError);
});
