import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../../net/http/headers.ts';
import { modelFacts } from '../../models/table.ts';
import { Drops } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { ToolNames } from '../../pivot/tool-names.ts';
import { validateRequest, type ValidationTarget } from '../../testing/validate.ts';
import type { OperationExchange } from '../operation-exchange.ts';
import { planCount, readCounted, type Counter, type CountType } from './plan.ts';

const question: Readonly<Record<CountType, JsonObject>> = {
  anthropicTokenCount: {
    model: 'claude-sonnet-4-5',
    system: 'Be brief.',
    messages: [{ role: 'user', content: 'How many?' }],
    tools: [{ name: 'look', description: 'd', input_schema: { type: 'object' } }],
  },
  geminiCountTokens: {
    generateContentRequest: {
      model: 'models/gemini-2.5-pro',
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [{ role: 'user', parts: [{ text: 'How many?' }] }],
      tools: [{ functionDeclarations: [{ name: 'look', description: 'd', parameters: { type: 'OBJECT' } }] }],
    },
  },
};

function plan(type: CountType, counter: Counter, model: string): OperationExchange {
  const line = { model: type === 'geminiCountTokens' ? 'gemini-2.5-pro' : null, stream: null };
  const request = { ...readCounted(type, question[type], line), model };
  return planCount(type, request, counter, {
    drops: new Drops('reject'),
    facts: modelFacts(model),
    names: new ToolNames(),
  });
}

for (const [type, counter, model, target, answer, expected] of [
  ['anthropicTokenCount', 'gemini', 'gemini-2.5-pro', 'geminiCountTokens', { totalTokens: 7 }, { input_tokens: 7 }],
  ['anthropicTokenCount', 'vertex', 'gemini-2.5-pro', 'vertexCountTokens', { totalTokens: 7 }, { input_tokens: 7 }],
  [
    'anthropicTokenCount',
    'converse',
    'claude-sonnet-4-5',
    'converseCountTokens',
    { inputTokens: 7 },
    { input_tokens: 7 },
  ],
  [
    'geminiCountTokens',
    'anthropicTokenCount',
    'claude-sonnet-4-5',
    'messagesCountTokens',
    { input_tokens: 7 },
    { totalTokens: 7 },
  ],
  ['geminiCountTokens', 'converse', 'claude-sonnet-4-5', 'converseCountTokens', { inputTokens: 7 }, { totalTokens: 7 }],
] as const satisfies readonly (readonly [CountType, Counter, string, ValidationTarget, JsonObject, JsonObject])[]) {
  test(`a question of ${type} is asked as ${counter} and answered`, () => {
    const { bodies, answer: read } = plan(type, counter, model);
    assert.deepEqual(validateRequest(target, bodies[0]), []);
    const text = JSON.stringify(bodies[0]);
    for (const part of ['How many?', 'Be brief.', 'look']) assert.ok(text.includes(part), `${part} in ${text}`);
    assert.deepEqual(read([{ body: answer, headers: new HeaderList() }]), { body: expected, estimated: false });
  });
}

test('an answer without a count is no answer', () => {
  const { answer } = plan('anthropicTokenCount', 'gemini', 'gemini-2.5-pro');
  assert.throws(() => answer([{ body: {}, headers: new HeaderList() }]), SyntaxError);
});

test("errors are said in the client's shape", () => {
  const error = plan('anthropicTokenCount', 'gemini', 'm').error(
    429,
    '{"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED"}}',
  );
  assert.deepEqual(error, { type: 'error', error: { type: 'rate_limit_error', message: 'slow' } });
  const google = plan('geminiCountTokens', 'converse', 'claude-sonnet-4-5').error(400, '{"message":"bad"}');
  assert.equal((google['error'] as { message: string }).message, 'bad');
});
