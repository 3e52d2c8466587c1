import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { modelFacts } from '../../models/table.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, PivotMessage } from '../../pivot/request.ts';
import type { PivotEvent, PivotResponse } from '../../pivot/response.ts';
import { validateRequest } from '../../testing/validate.ts';
import { answerContext, pivotRequest, placeless, requestContext } from '../testing/pivot.ts';
import { cleanSchema } from './clean-schema.ts';
import { generateContentFormat as format } from './generate-content.ts';

const newest = 'gemini-3-pro';
const text = fc.string({ minLength: 1, maxLength: 10, unit: 'grapheme' });
const args = fc.dictionary(text, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }).map((value) => JSON.stringify(value));
const signature = fc.uint8Array({ minLength: 1, maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const ownThought = fc.record({
  kind: fc.constant('thinking' as const),
  text,
  signature,
  vendor: fc.constant('google'),
});

/** A turn of the user, the model's answer with calls, and their results. */
const turn = fc.record({
  said: text,
  thought: fc.option(ownThought, { nil: null }),
  answer: fc.option(text, { nil: null }),
  calls: fc.array(fc.record({ input: args, signature, result: text, isError: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  }),
});

/** Turns as messages; the calls of each have ids of their own. */
const conversation = fc.array(turn, { minLength: 1, maxLength: 3 }).map((turns) =>
  turns.flatMap(({ said, thought, answer, calls }, at): PivotMessage[] => {
    const results: Block[] = [];
    const blocks: Block[] = [];
    if (thought !== null) blocks.push(thought);
    if (answer !== null) blocks.push({ kind: 'text', text: answer });
    for (const [index, call] of calls.entries()) {
      const id = `c${at}_${index}`;
      const signed = { vendor: 'google', data: call.signature };
      blocks.push({ kind: 'toolCall', id, name: `f${index}`, input: call.input, signature: signed });
      const told: Block = { kind: 'text', text: call.result };
      results.push({ kind: 'toolResult', callId: id, blocks: [told], isError: call.isError });
    }
    return [
      { role: 'user', blocks: [{ kind: 'text', text: said }] },
      { role: 'assistant', blocks },
      { role: 'user', blocks: results },
    ];
  }),
);

test('a conversation keeps its meaning through the format and back', () => {
  fc.assert(
    fc.property(conversation, (messages) => {
      const body = format.writeRequest(pivotRequest({ model: newest, messages }), requestContext(newest, 'reject'));
      assert.deepEqual(validateRequest('generateContent', body), []);
      assert.deepEqual(validateRequest('vertexGenerateContent', body), []);
      const back = format.readRequest(JSON.parse(JSON.stringify(body)), { model: newest, stream: false });
      assert.deepEqual(sorted(placeless(back).messages), sorted(messages));
    }),
    { numRuns: 150 },
  );
});

const keywords = {
  type: fc.constantFrom<unknown>(
    'object',
    'array',
    'string',
    'integer',
    'null',
    ['string', 'null'],
    ['null'],
    ['number', 'boolean'],
  ),
  description: text,
  required: fc.array(text, { maxLength: 2 }),
  enum: fc.array(fc.constantFrom<unknown>('a', 1, null), { maxLength: 2 }),
  const: fc.constantFrom<unknown>('a', 1, null),
  format: fc.constantFrom('email', 'date-time', 'int32'),
  minLength: fc.nat(9),
  exclusiveMinimum: fc.nat(9),
  additionalProperties: fc.boolean(),
  $schema: fc.constant('x'),
  default: fc.constant(1),
};

function schemaOf(depth: number): fc.Arbitrary<JsonObject> {
  if (depth === 0) return fc.record(keywords, { requiredKeys: [] });
  const inner = schemaOf(depth - 1);
  const some = fc.array(inner, { maxLength: 2 });
  return fc.record(
    {
      ...keywords,
      properties: fc.dictionary(text, inner, { maxKeys: 2 }),
      items: fc.oneof<fc.Arbitrary<unknown>[]>(inner, fc.constant(true)),
      anyOf: some,
      oneOf: some,
      allOf: some,
      $ref: fc.constantFrom('#', '#/$defs/A', '#/nowhere', 'https://elsewhere'),
      $defs: fc.record({ A: inner }),
    },
    { requiredKeys: [] },
  );
}

test('a cleaned schema has only what the API knows, and the given one is as it was', () => {
  fc.assert(
    fc.property(schemaOf(2), (schema) => {
      const before = JSON.stringify(schema);
      const parameters = cleanSchema(schema);
      assert.equal(JSON.stringify(schema), before);
      const tools = [{ functionDeclarations: [{ name: 'f', parameters }] }];
      assert.deepEqual(validateRequest('generateContent', { contents: [{ parts: [{ text: 'a' }] }], tools }), []);
    }),
    { numRuns: 200 },
  );
});

test('references that double at each step end', () => {
  const defs: Record<string, unknown> = { D0: { type: 'string' } };
  for (let at = 1; at < 60; at += 1) {
    const $ref = `#/$defs/D${at - 1}`;
    defs[`D${at}`] = { type: 'object', properties: { a: { $ref }, b: { $ref } } };
  }
  const cleaned = cleanSchema({ $ref: '#/$defs/D59', $defs: defs });
  assert.ok(JSON.stringify(cleaned).length < 4_000_000);
});

const block: fc.Arbitrary<Block> = fc.oneof(
  text.map((value): Block => ({ kind: 'text', text: value })),
  fc.record({ kind: fc.constant('thinking' as const), text, signature: text, vendor: fc.constant('anthropic') }),
  fc.record({
    kind: fc.constant('thinking' as const),
    text: fc.constant(''),
    redacted: text,
    vendor: fc.constant('openai'),
  }),
);

/** An answer whose reasoning comes before something that it leads to. */
const answer = fc.array(block, { maxLength: 4 }).map((blocks): PivotResponse => {
  const call: Block = { kind: 'toolCall', id: 'c', name: 'f', input: '{}' };
  const apart = blocks.filter((each, at) => each.kind !== 'text' || blocks[at - 1]?.kind !== 'text');
  return {
    id: 'r',
    model: 'm',
    created: 0,
    blocks: [...apart, call],
    stop: 'toolCalls',
    stopSequence: null,
    usage: null,
  };
});

function eventsOf({ blocks }: PivotResponse): readonly PivotEvent[] {
  const events: PivotEvent[] = [{ kind: 'start', id: 'r', model: 'm', created: 0 }];
  for (const [at, each] of blocks.entries()) {
    if (each.kind === 'text') events.push({ kind: 'text', block: at, text: each.text });
    else if (each.kind === 'toolCall') events.push({ kind: 'toolStart', block: at, id: each.id, name: each.name });
    else if (each.kind === 'thinking' && each.redacted !== undefined) {
      events.push({ kind: 'redacted', block: at, data: each.redacted, vendor: each.vendor });
    } else if (each.kind === 'thinking') {
      events.push({ kind: 'thinking', block: at, text: each.text });
      events.push({ kind: 'signature', block: at, signature: each.signature ?? '', vendor: each.vendor });
    }
  }
  return [...events, { kind: 'stop', stop: 'toolCalls', stopSequence: null }, { kind: 'end' }];
}

test('other vendors’ reasoning comes back from a client, shown or not, whole or streamed', () => {
  fc.assert(
    fc.property(answer, fc.boolean(), fc.boolean(), (response, includeThoughts, isStream) => {
      const body = { generationConfig: { thinkingConfig: { includeThoughts } } };
      const context = answerContext({ body });
      const writer = format.streamWriter(context);
      const answers: JsonObject[] = isStream
        ? JSON.parse(
            eventsOf(response)
              .map((event) => writer.write(event))
              .join(''),
          )
        : [JSON.parse(JSON.stringify(format.writeResponse(response, context)))];
      const contents = answers.flatMap(({ candidates }) =>
        (candidates as readonly { readonly content: JsonObject }[]).map(({ content }) => content),
      );
      const { messages } = placeless(format.readRequest({ contents }, { model: 'm', stream: false }));
      assert.deepEqual(sorted(messages), sorted([{ role: 'assistant', blocks: response.blocks }]));
    }),
    { numRuns: 200 },
  );
});

/** Without the order of members, which says nothing; inputs of calls are compared as JSON. */
function sorted(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : key === 'input' && typeof inner === 'string' && inner !== ''
          ? JSON.parse(inner)
          : inner,
    ),
  );
}

const chunk = (parts: readonly object[], more: object = {}): string =>
  `data: ${JSON.stringify({ candidates: [{ content: { parts, role: 'model' }, ...more }], responseId: 'r' })}\r\n\r\n`;
const upstream = Buffer.from(
  [
    chunk([{ text: 'hm…', thought: true }]),
    chunk([{ text: 'Grüße ' }]),
    ': comment\n\n',
    chunk([{ text: '👋🏽 日本' }]),
    chunk([{ functionCall: { name: 'f', args: { ä: 1 } }, thoughtSignature: 'c2ln' }]),
    chunk([{ text: '' }], { finishReason: 'STOP' }),
  ].join(''),
);

test('any chunking of an upstream’s bytes gives the same client bytes', () => {
  const translate = (pieces: readonly Buffer[], query: string): string => {
    const decoder = format.framing.decoder();
    const reader = format.streamReader();
    const writer = format.streamWriter(answerContext({ query }));
    const events = pieces.flatMap((piece) => decoder.push(piece).flatMap(({ type, data }) => reader.event(type, data)));
    return [...events, ...reader.end()].map((event) => writer.write(event)).join('');
  };
  for (const query of ['', '?alt=sse']) {
    const whole = translate([upstream], query);
    assert.ok(whole.includes('Grüße ') && whole.includes('👋🏽 日本') && whole.includes('"ä":1'));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: upstream.length }), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), upstream.length];
        assert.equal(
          translate(
            at.slice(1).map((end, i) => upstream.subarray(at[i], end)),
            query,
          ),
          whole,
        );
      }),
      { numRuns: 100 },
    );
  }
});

test('every model of Google’s is written what the API takes', () => {
  for (const model of ['gemini-1.5-pro', 'gemini-2.0-flash', 'gemini-2.5-pro', 'gemini-2.5-flash-lite', newest]) {
    for (const effort of ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const) {
      const messages: PivotMessage[] = [{ role: 'user', blocks: [{ kind: 'text', text: 'hi' }] }];
      const asked = pivotRequest({ model, messages, reasoning: { effort, budgetTokens: null } });
      const body = format.writeRequest(asked, requestContext(model, 'reject'));
      assert.deepEqual(validateRequest('generateContent', body), []);
      const config = (body['generationConfig'] ?? {}) as { readonly thinkingConfig?: JsonObject };
      const thinks = modelFacts(model).thinking !== 'none';
      assert.equal(config.thinkingConfig !== undefined, thinks);
    }
  }
});
