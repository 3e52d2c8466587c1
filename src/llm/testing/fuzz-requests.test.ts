import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { completionsFormat } from '../formats/completions/completions.ts';
import { dialects } from '../formats/completions/dialects.ts';
import { generateContentFormat } from '../formats/generate-content/generate-content.ts';
import { messagesFormat } from '../formats/messages/messages.ts';
import { upstreamFormats } from '../formats/table.ts';
import { modelFacts } from '../models/table.ts';
import type { JsonObject } from '../pivot/format.ts';
import { folderOf, models } from './models.ts';
import { sentTo } from './sent-to.ts';
import { translated, type Asked } from './translated.ts';
import { validateRequest } from './validate.ts';

const text = fc.oneof(fc.constantFrom('hi', ' ', '', 'two\nlines ', '😀'), fc.string({ maxLength: 12 }));
const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
const pdf = { type: 'file', file: { filename: 'a  b.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } };
const part = fc.oneof(
  text.map((value) => ({ type: 'text', text: value })),
  fc.constantFrom(image, pdf),
);
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/);
const schema: fc.Arbitrary<JsonObject> = fc.constantFrom(
  { type: 'object', properties: {} },
  { type: 'object', properties: { a: { type: ['string', 'null'], minLength: 1 } }, additionalProperties: false },
  { type: 'object', properties: { a: { $ref: '#/$defs/b' } }, $defs: { b: { enum: [1, 'x'] } } },
  { type: 'object', properties: { a: { oneOf: [{ const: 1 }, { type: 'array', items: true }] } }, required: ['a'] },
);
const args = fc.constantFrom('{}', '', '{"a":1}', '[1]', '"x"', '{"a":', '{"big":12345678901234567890}');

/** Reasoning of an earlier turn: unsigned, signed by Claude, redacted. */
const reasoning = fc.constantFrom<JsonObject>(
  {},
  { reasoning_content: 'hm' },
  { thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 'c2ln' }] },
  { thinking_blocks: [{ type: 'redacted_thinking', data: 'ZW5j' }] },
);

/** A turn of the user, or one of the assistant with the results of its calls. */
const turn = fc.oneof(
  fc
    .record({ role: fc.constant('user'), content: fc.oneof(text, fc.array(part, { minLength: 1, maxLength: 3 })) })
    .map((message) => [message]),
  fc
    .record({ content: text, thought: reasoning, calls: fc.array(fc.tuple(name, args, text), { maxLength: 3 }) })
    .map(({ content, thought, calls }) => [
      {
        role: 'assistant',
        content,
        ...thought,
        ...(calls.length === 0 ? {} : { tool_calls: calls.map(([tool, given], i) => call(i, tool, given)) }),
      },
      // Results may come in any order.
      ...calls
        .map(([, , result], i) => ({ role: 'tool', tool_call_id: `call.${String(i)}`, content: result }))
        .toReversed(),
    ]),
);

const request = fc.record(
  {
    model: fc.constant('m'),
    messages: fc
      .tuple(fc.array(text, { maxLength: 2 }), fc.array(turn, { minLength: 1, maxLength: 5 }))
      .map(([system, turns]) => [...system.map((content) => ({ role: 'system', content })), ...turns.flat()]),
    tools: fc
      .uniqueArray(fc.tuple(name, schema), { minLength: 1, maxLength: 3, selector: ([tool]) => tool })
      .map((tools) =>
        tools.map(([tool, parameters]) => ({ type: 'function', function: { name: tool, parameters, strict: true } })),
      ),
    tool_choice: fc.constantFrom('auto', 'none', 'required'),
    parallel_tool_calls: fc.boolean(),
    reasoning_effort: fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
    response_format: fc.oneof(
      fc.constantFrom({ type: 'json_object' }),
      schema.map((value) => ({ type: 'json_schema', json_schema: { name: 'n', schema: value, strict: true } })),
    ),
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
    top_p: fc.double({ min: 0.02, max: 1, noNaN: true }),
    max_completion_tokens: fc.integer({ min: 1, max: 5000 }),
    stop: fc.array(text, { minLength: 1, maxLength: 4 }),
    seed: fc.integer(),
    user: text,
    stream: fc.boolean(),
  },
  { requiredKeys: ['model', 'messages'] },
);

for (const [format, codec] of upstreamFormats) {
  const upstream = folderOf(format);
  test(`any chat request becomes one that ${upstream} takes, or is refused`, () => {
    fc.assert(
      fc.property(request, fc.constantFrom(...(models[upstream] ?? ['m'])), (body, model) => {
        const sent = translated({ client: completionsFormat, upstream: codec }, body as Asked, model);
        if (sent === null) return;
        for (const [target, json] of sentTo(upstream, sent)) assert.deepEqual(validateRequest(target, json), []);
      }),
      { numRuns: 100 },
    );
  });
}

for (const [kind, dialect] of dialects) {
  test(`any Messages request becomes one that ${kind} takes, or is refused`, () => {
    fc.assert(
      fc.property(request, (body) => {
        const asked = translated({ client: completionsFormat, upstream: messagesFormat }, body as Asked, 'claude-x');
        if (asked === null) return;
        const sent = translated({ client: messagesFormat, upstream: completionsFormat }, asked as Asked, 'm', dialect);
        if (sent !== null) assert.deepEqual(validateRequest('compatible', sent), []);
      }),
      { numRuns: 20 },
    );
  });
}

// https://ai.google.dev/gemini-api/docs/thought-signatures: else the turn that goes on is answered with 400.
test('a model that wants calls signed gets the first call of each turn signed', () => {
  const signing = (models['generate-content'] ?? []).filter((model) => modelFacts(model).gemini?.signedCalls === true);
  assert.ok(signing.length > 0);
  fc.assert(
    fc.property(request, fc.constantFrom(...signing), (body, model) => {
      const sent = translated({ client: completionsFormat, upstream: generateContentFormat }, body as Asked, model);
      const { contents = [] } = (sent ?? {}) as {
        readonly contents?: readonly { readonly parts: readonly JsonObject[] }[];
      };
      for (const { parts } of contents) {
        const first = parts.find((candidate) => 'functionCall' in candidate);
        if (first !== undefined) assert.equal(typeof first['thoughtSignature'], 'string', JSON.stringify(parts));
      }
    }),
    { numRuns: 100 },
  );
});

function call(i: number, tool: string, given: string): JsonObject {
  return { id: `call.${String(i)}`, type: 'function', function: { name: tool, arguments: given } };
}
