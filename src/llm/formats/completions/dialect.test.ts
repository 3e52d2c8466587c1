import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { pivotRequest, requestContext, type PartialRequest } from '../testing/pivot.ts';
import { completionsFormat } from './completions.ts';
import { dialects } from './dialects.ts';

function written(
  kind: string,
  request: PartialRequest,
  mode: 'drop' | 'reject' = 'drop',
): [JsonObject, readonly string[]] {
  const context = requestContext(request.model ?? 'm', mode);
  const dialect = dialects.get(kind);
  const body = completionsFormat.writeRequest(pivotRequest(request), {
    ...context,
    ...(dialect === undefined ? {} : { dialect }),
  });
  return [JSON.parse(JSON.stringify(body)) as JsonObject, context.drops.paths];
}

const tool = { name: 'f', description: null, schema: null, strict: null } as const;
const said = { role: 'user', blocks: [{ kind: 'text', text: 'hi' }] } as const;
const everything: PartialRequest = {
  maxTokens: 9,
  user: 'u',
  stream: true,
  tools: [tool],
  toolChoice: { kind: 'required' },
  parallelTools: false,
  sampling: { seed: 7, topK: 3, frequencyPenalty: 1 },
  output: { kind: 'schema', name: 's', schema: {}, strict: null },
  messages: [said],
};

for (const [kind, members, dropped] of [
  ['openAI', { max_completion_tokens: 9, seed: 7, user: 'u', tool_choice: 'required', top_k: undefined }, ['top_k']],
  [
    'mistral',
    { max_tokens: 9, random_seed: 7, seed: undefined, user: undefined, stream_options: undefined, tool_choice: 'any' },
    ['top_k', 'user'],
  ],
  [
    'deepseek',
    { max_tokens: 9, response_format: { type: 'json_object' } },
    ['top_k', 'response_format.json_schema', 'user'],
  ],
  ['cerebras', { frequency_penalty: undefined, max_completion_tokens: 9 }, ['top_k', 'frequency_penalty']],
  ['togetherai', { top_k: 3, max_tokens: 9, user: undefined }, ['user']],
  [
    'ollama',
    { tool_choice: undefined, parallel_tool_calls: undefined },
    ['top_k', 'tool_choice', 'parallel_tool_calls', 'user'],
  ],
  ['vllm', { top_k: 3, max_completion_tokens: 9 }, []],
] as const) {
  test(`${kind} is sent what it takes, and the rest is named`, () => {
    const [body, drops] = written(kind, everything);
    for (const [name, value] of Object.entries(members)) assert.deepEqual(body[name], value, name);
    assert.deepEqual(drops, dropped);
  });
}

test('effort is sent where a model of the provider is known to take it', () => {
  const reasoning = { effort: 'high', budgetTokens: null } as const;
  for (const [kind, model, effort, dropped] of [
    ['groq', 'llama-3.3-70b', undefined, ['reasoning_effort']],
    ['groq', 'gpt-5', 'high', []],
    ['vllm', 'qwen3', 'high', []],
    ['mistral', 'gpt-5', undefined, ['reasoning_effort']],
  ] as const) {
    const [body, drops] = written(kind, { model, reasoning });
    assert.equal(body['reasoning_effort'], effort, kind);
    assert.deepEqual(drops, dropped);
  }
});

test('what means something and a dialect lacks is refused with its name', () => {
  assert.throws(
    () => written('cerebras', { sampling: { presencePenalty: 1 } }, 'reject'),
    (error) => error instanceof LlmBadRequest && error.param === 'presence_penalty',
  );
  assert.throws(
    () => written('ollama', { tools: [tool], toolChoice: { kind: 'tool', name: 'f' } }, 'reject'),
    (error) => error instanceof LlmBadRequest && error.param === 'tool_choice',
  );
});

test('where a provider reads no tool choice, none means that no tools are sent', () => {
  const [body, drops] = written('ollama', { tools: [tool], toolChoice: { kind: 'none' } }, 'reject');
  assert.equal(body['tools'], undefined);
  assert.deepEqual(drops, ['tools']);
});

test('Mistral: ids of calls are short and the same in results, and turns are as it wants them', () => {
  const call = { kind: 'toolCall', id: 'call_that_is_far_too_long', name: 'f', input: '{}' } as const;
  const result = {
    kind: 'toolResult',
    callId: call.id,
    isError: false,
    blocks: [{ kind: 'text', text: '1' }],
  } as const;
  const [body] = written('mistral', {
    messages: [
      { role: 'assistant', blocks: [call] },
      { role: 'user', blocks: [result, { kind: 'text', text: 'and?' }] },
      { role: 'assistant', blocks: [{ kind: 'text', text: 'So' }] },
    ],
  });
  const messages = body['messages'] as readonly (JsonObject & { tool_calls?: readonly { id: string }[] })[];
  const id = messages[0]?.tool_calls?.[0]?.id;
  assert.match(id ?? '', /^[A-Za-z0-9]{9}$/);
  assert.deepEqual(messages.slice(1), [
    { role: 'tool', tool_call_id: id, content: '1' },
    { role: 'assistant', content: 'OK.' },
    { role: 'user', content: 'and?' },
    { role: 'assistant', content: 'So', prefix: true },
  ]);
  const [again] = written('mistral', { messages: [{ role: 'assistant', blocks: [{ ...call, id: id ?? '' }] }] });
  assert.equal((again['messages'] as readonly { tool_calls: readonly { id: string }[] }[])[0]?.tool_calls[0]?.id, id);
});
