import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { openSignature } from '../../pivot/signature.ts';
import type { PivotEvent, PivotUsage } from '../../pivot/response.ts';
import { answerContext, bodyOnly } from '../testing/pivot.ts';
import { responsesFormat } from './responses.ts';

const body = {
  model: 'asked',
  instructions: 'be brief',
  input: 'hi',
  tools: [
    { type: 'function', name: 'f', parameters: { type: 'object' }, strict: false },
    { type: 'custom', name: 'apply_patch' },
    { type: 'namespace', name: 'files', description: 'd', tools: [{ type: 'function', name: 'read' }] },
  ],
} as const;
const context = answerContext({ body, request: responsesFormat.readRequest(body, bodyOnly) });

/** A client whose answer is the stream that the events are written as, with a keep-alive after each. */
function clientOf(events: readonly PivotEvent[]): OpenAI {
  const writer = responsesFormat.streamWriter(context);
  const bytes = events.map((event) => writer.write(event) + responsesFormat.keepAlive).join('');
  const headers = { 'content-type': 'text/event-stream' };
  return new OpenAI({
    apiKey: 'none',
    baseURL: 'http://gateway.invalid/v1',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(bytes, { headers })),
  });
}

const ask = { model: 'asked', input: 'hi' };
const start: PivotEvent = { kind: 'start', id: 'msg_1', model: 'up', created: 0 };
const usage: PivotUsage = { input: 3, output: 2, cachedInput: 1, cacheWriteInput: null, reasoning: 1 };
const stop = (reason: 'end' | 'toolCalls' | 'length'): PivotEvent[] => [
  { kind: 'stop', stop: reason, stopSequence: null },
  { kind: 'usage', usage },
  { kind: 'end' },
];

test('the official SDK puts reasoning, text, interleaved calls and usage together', async () => {
  const google = { vendor: 'google', data: 'U0lH' };
  const events: PivotEvent[] = [
    start,
    { kind: 'thinking', block: 0, text: 'hm' },
    { kind: 'thinking', block: 0, text: 'm…' },
    { kind: 'signature', block: 0, signature: 'U0lH', vendor: 'anthropic' },
    { kind: 'redacted', block: 1, data: 'UkVE', vendor: 'anthropic' },
    { kind: 'text', block: 2, text: 'I look ' },
    { kind: 'text', block: 2, text: 'it up. ✓' },
    { kind: 'toolStart', block: 3, id: 'c1', name: 'f', signature: google },
    { kind: 'toolInput', block: 3, text: '{"a":' },
    { kind: 'toolStart', block: 4, id: 'c2', name: 'apply_patch' },
    { kind: 'toolInput', block: 4, text: '*** Begin' },
    { kind: 'toolInput', block: 3, text: '1}' },
    { kind: 'toolInput', block: 4, text: ' Patch\n' },
    { kind: 'toolStart', block: 5, id: 'c3', name: 'files__read' },
    ...stop('toolCalls'),
  ];
  const stream = clientOf(events).responses.stream(ask);
  const numbers: number[] = [];
  const deltas: string[] = [];
  stream.on('event', (event) => numbers.push(event.sequence_number));
  stream.on('response.output_text.delta', (event) => deltas.push(event.snapshot));
  const response = await stream.finalResponse();
  assert.deepEqual(
    numbers,
    numbers.map((_, at) => at),
  );
  assert.deepEqual(deltas, ['I look ', 'I look it up. ✓']);
  assert.equal(response.id, 'resp_1');
  assert.equal(response.status, 'completed');
  assert.equal(response.created_at, 1_800_000_000);
  assert.equal(response.output_text, 'I look it up. ✓');
  assert.equal(response.instructions, 'be brief');
  assert.deepEqual(
    response.output.map(({ type }) => type),
    ['reasoning', 'reasoning', 'message', 'reasoning', 'function_call', 'custom_tool_call', 'function_call'],
  );
  const [thought, redacted, , signed, call, patch, read] = response.output;
  assert.ok(thought?.type === 'reasoning' && redacted?.type === 'reasoning' && signed?.type === 'reasoning');
  assert.deepEqual(thought.summary, [{ type: 'summary_text', text: 'hmm…' }]);
  assert.deepEqual(
    [thought, redacted, signed].map((item) => openSignature(item.encrypted_content ?? '')),
    [
      { vendor: 'anthropic', data: 'U0lH', of: 'thought' },
      { vendor: 'anthropic', data: 'UkVE', of: 'redacted' },
      { ...google, of: 'call' },
    ],
  );
  assert.ok(call?.type === 'function_call' && patch?.type === 'custom_tool_call' && read?.type === 'function_call');
  assert.deepEqual([call.call_id, call.name, call.arguments], ['c1', 'f', '{"a":1}']);
  assert.deepEqual([patch.call_id, patch.name, patch.input], ['c2', 'apply_patch', '*** Begin Patch\n']);
  assert.deepEqual([read.namespace, read.name, read.arguments], ['files', 'read', '{}']);
  assert.deepEqual(response.usage, {
    input_tokens: 3,
    input_tokens_details: { cached_tokens: 1, cache_write_tokens: 0 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 1 },
    total_tokens: 5,
  });
});

test('the official SDK sees refusals and several parts of one message', async () => {
  const events: PivotEvent[] = [
    start,
    { kind: 'text', block: 0, text: 'a' },
    { kind: 'text', block: 1, text: 'b' },
    { kind: 'refusal', block: 2, text: 'no' },
    ...stop('end'),
  ];
  const { output } = await clientOf(events).responses.stream(ask).finalResponse();
  const [message] = output;
  assert.equal(output.length, 1);
  assert.ok(message?.type === 'message');
  assert.deepEqual(
    message.content.map((part) => (part.type === 'refusal' ? part.refusal : part.text)),
    ['a', 'b', 'no'],
  );
});

test('the official SDK sees that an answer is incomplete', async () => {
  const events: PivotEvent[] = [start, { kind: 'text', block: 0, text: 'a' }, ...stop('length')];
  const response = await clientOf(events).responses.stream(ask).finalResponse();
  assert.equal(response.status, 'incomplete');
  assert.deepEqual(response.incomplete_details, { reason: 'max_output_tokens' });
});

test('the official SDK reads an answer that says nothing', async () => {
  const response = await clientOf([start, ...stop('end')])
    .responses.stream(ask)
    .finalResponse();
  assert.deepEqual([response.status, response.output, response.output_text], ['completed', [], '']);
});

test('the official SDK throws for an error before the first event', async () => {
  const error = { status: 529, type: 'overloaded_error', message: 'busy', code: null, param: null };
  const stream = clientOf([{ kind: 'error', error }, { kind: 'end' }]).responses.stream(ask);
  await assert.rejects(stream.finalResponse(), (thrown: unknown) => {
    assert.ok(thrown instanceof OpenAI.APIError);
    assert.equal(thrown.code, 'server_error');
    assert.match(thrown.message, /busy/);
    return true;
  });
});

test('the official SDK sees that a response failed, with what was said before', async () => {
  const error = { status: 429, type: 'rate_limit_error', message: 'slow', code: null, param: null };
  const events: PivotEvent[] = [
    start,
    { kind: 'thinking', block: 0, text: 'hm' },
    { kind: 'text', block: 1, text: 'a' },
    { kind: 'error', error },
    { kind: 'end' },
  ];
  const response = await clientOf(events).responses.stream(ask).finalResponse();
  assert.equal(response.status, 'failed');
  assert.deepEqual(response.error, { code: 'rate_limit_exceeded', message: 'slow' });
});

test('the official SDK sees that a stream broke off', async () => {
  const events: PivotEvent[] = [start, { kind: 'text', block: 0, text: 'a' }, { kind: 'end' }];
  const response = await clientOf(events).responses.stream(ask).finalResponse();
  assert.equal(response.status, 'failed');
  assert.equal(response.error?.code, 'upstream_stream_ended');
});
