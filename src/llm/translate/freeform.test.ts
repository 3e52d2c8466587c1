import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completionsFormat } from '../formats/completions/completions.ts';
import { messagesFormat } from '../formats/messages/messages.ts';
import { responsesFormat } from '../formats/responses/responses.ts';
import type { FormatPair } from '../formats/table.ts';
import { modelFacts } from '../models/table.ts';
import type { JsonObject } from '../pivot/format.ts';
import { translateAnswer } from './answer-translator.ts';
import { translateRequest, type TranslatedRequest } from './translation.ts';

const unobserved = { model: () => {}, usage: () => {}, rejected: () => {}, held: () => {}, failed: () => {} };
const body = {
  model: 'm',
  stream: true,
  tools: [
    { type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
  ],
  input: [
    { role: 'user', content: 'go' },
    { type: 'custom_tool_call', call_id: 'c1', name: 'apply_patch', input: '*** "a"' },
    { type: 'custom_tool_call_output', call_id: 'c1', output: 'done' },
  ],
};

function translated(pair: FormatPair, asked: JsonObject, model: string): TranslatedRequest {
  const request = { body: asked, line: { model: null, stream: null }, query: '' };
  const options = { model, unsupported: 'reject', facts: modelFacts(model), dialect: null, now: 1 } as const;
  const result = translateRequest(pair, request, options);
  assert.ok('context' in result, JSON.stringify(result));
  return result;
}

/** The client's text for an upstream's stream of these data. */
function streamed(pair: FormatPair, { context, names }: TranslatedRequest, events: readonly object[]): string {
  const translator = translateAnswer({ pair, context, names, facts: unobserved }, 200, 'text/event-stream');
  const chunks = events.map((event) => translator.chunk(Buffer.from(`data: ${JSON.stringify(event)}\n\n`)));
  return chunks.join('') + translator.end();
}

test('a freeform tool is a function of one string where the target has none, and its calls come back as text', () => {
  const pair = { client: responsesFormat, upstream: completionsFormat };
  const asked = translated(pair, body, 'qwen3');
  const sent = JSON.parse(JSON.stringify(asked.written)) as {
    messages: JsonObject[];
    tools: { function: JsonObject }[];
  };
  assert.deepEqual(sent.tools[0]?.function['parameters'], {
    type: 'object',
    properties: { input: { type: 'string' } },
    required: ['input'],
    additionalProperties: false,
  });
  assert.deepEqual(sent.messages[1]?.['tool_calls'], [
    { id: 'c1', type: 'function', function: { name: 'apply_patch', arguments: '{"input":"*** \\"a\\""}' } },
  ]);
  const chunk = (delta: object, finish: string | null = null): object => ({
    id: 'x',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const call = (text: string): object => chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] });
  const text = streamed(pair, asked, [
    chunk({ tool_calls: [{ index: 0, id: 'c2', function: { name: 'apply_patch', arguments: '' } }] }),
    call('{"inp'),
    call('ut":"*** Be'),
    call('gin\\n\\u00e4"}'),
    chunk({}, 'tool_calls'),
  ]);
  assert.match(text, /"type":"response\.custom_tool_call_input\.done".*"input":"\*\*\* Begin\\nä"/);
  assert.ok(!text.includes('function_call_arguments'));
});

test('a freeform tool stays one where the target has them', () => {
  const pair = { client: completionsFormat, upstream: responsesFormat };
  const custom = { name: 'apply_patch', format: { type: 'text' } };
  const asked = translated(
    pair,
    { model: 'm', stream: true, messages: [{ role: 'user', content: 'go' }], tools: [{ type: 'custom', custom }] },
    'gpt-5',
  );
  const sent = JSON.parse(JSON.stringify(asked.written)) as JsonObject;
  assert.deepEqual(sent['tools'], [{ type: 'custom', name: 'apply_patch' }]);
  const item = { type: 'custom_tool_call', id: 'ctc_1', call_id: 'c1', name: 'apply_patch', input: '{"input":"x"}' };
  const text = streamed(pair, asked, [
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { status: 'completed', output: [item] } },
  ]);
  assert.ok(text.includes('"custom":{"input":"{\\"input\\":\\"x\\"}"}'), text);
});

test('reasoning that one vendor signed comes back to it through clients of another API', () => {
  const pair = { client: responsesFormat, upstream: messagesFormat };
  const claude = 'claude-sonnet-4-6';
  const { context, names } = translated(pair, { model: 'm', input: 'hi' }, claude);
  const answer = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: claude,
    content: [
      { type: 'thinking', thinking: 'hm', signature: 'U0lH' },
      { type: 'redacted_thinking', data: 'UkVE' },
      { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 } },
    ],
    stop_reason: 'tool_use',
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  const translator = translateAnswer({ pair, context, names, facts: unobserved }, 200, 'application/json');
  const response = JSON.parse(translator.chunk(Buffer.from(JSON.stringify(answer))) + translator.end()) as {
    output: JsonObject[];
  };
  const input = [
    { role: 'user', content: 'hi' },
    ...response.output,
    { type: 'function_call_output', call_id: 'toolu_1', output: 'ok' },
  ];
  const again = translated(pair, { model: 'm', input }, claude);
  const sent = JSON.parse(JSON.stringify(again.written)) as { messages: { content: unknown }[] };
  assert.deepEqual(sent.messages[1]?.content, answer.content);
  assert.deepEqual(again.dropped, []);
});
