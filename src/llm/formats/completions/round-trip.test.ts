import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../pivot/format.ts';
import type { PivotRequest } from '../../pivot/request.ts';
import type { PivotEvent } from '../../pivot/response.ts';
import { sealSignature } from '../../pivot/signature.ts';
import { answerContext, bodyOnly, requestContext } from '../testing/pivot.ts';
import { completionsFormat } from './completions.ts';

const context = answerContext({ includeUsage: true });

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const textPart = text.map((value) => ({ type: 'text', text: value }));
const imagePart = fc.constantFrom('https://x/y.png', 'data:image/png;base64,aGk=').map((url) => ({
  type: 'image_url',
  image_url: { url, detail: 'low' },
}));
const content = fc.oneof(text, fc.array(fc.oneof(textPart, imagePart), { minLength: 2, maxLength: 3 }));
const turn = fc
  .record({
    said: content,
    answer: fc.option(text),
    inputs: fc.array(fc.json({ maxDepth: 1 }), { maxLength: 3 }),
    result: text,
  })
  .map(({ said, answer, inputs, result }) => {
    const calls = inputs.map((input, i) => ({
      id: `call_${i}`,
      type: 'function',
      function: { name: `f${i}`, arguments: input },
    }));
    return [
      { role: 'user', content: said },
      { role: 'assistant', content: answer, ...(calls.length === 0 ? {} : { tool_calls: calls }) },
      ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: result })),
    ];
  });
const request = fc.record(
  {
    model: fc.constant('m'),
    messages: fc
      .array(turn, { minLength: 1, maxLength: 3 })
      .map((turns) => [{ role: 'system', content: 'be brief' }, ...turns.flat()]),
    tools: fc.constant([
      { type: 'function', function: { name: 'f0', description: 'd', parameters: { type: 'object' } } },
    ]),
    tool_choice: fc.constantFrom('auto', 'required', { type: 'function', function: { name: 'f0' } }),
    stop: fc.array(text, { maxLength: 4 }),
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
    max_completion_tokens: fc.integer({ min: 1, max: 100_000 }),
    reasoning_effort: fc.constantFrom('none', 'low', 'max'),
    response_format: fc.constant({ type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } }),
    user: text,
  },
  { requiredKeys: ['model', 'messages', 'tools'] },
);

test('a chat request keeps its meaning through the pivot and back', () => {
  fc.assert(
    fc.property(request, (body) => {
      const sending = requestContext('gpt-9', 'reject');
      const read = completionsFormat.readRequest(JSON.parse(JSON.stringify(body)), bodyOnly);
      const again = completionsFormat.readRequest(completionsFormat.writeRequest(read, sending), bodyOnly);
      assert.deepEqual(meaning(again), meaning(read));
      assert.deepEqual(sending.drops.paths, []);
    }),
    { numRuns: 150 },
  );
});

/** A user turn after results may be one with it or its own. */
function meaning(read: PivotRequest): object {
  const turns = read.messages.flatMap(({ role, blocks }) => blocks.map((block) => ({ role, block })));
  return { ...read, messages: turns };
}

test('an answer keeps its meaning through the pivot and back', () => {
  const answer = {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 5,
    model: 'up',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'so',
          refusal: null,
          reasoning_content: 'hm',
          thinking_blocks: [
            {
              type: 'thinking',
              thinking: 'hm',
              signature: sealSignature({ vendor: 'google', data: 'U0lH', of: 'thought' }),
            },
          ],
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ],
    usage: {
      prompt_tokens: 3,
      completion_tokens: 2,
      total_tokens: 5,
      prompt_tokens_details: { cached_tokens: 1, cache_write_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 1 },
    },
  };
  assert.deepEqual(completionsFormat.writeResponse(completionsFormat.readResponse(answer), context), answer);
});

const delta = fc.oneof(
  text.map((value) => ({ content: value })),
  text.map((value) => ({ reasoning_content: value })),
  fc.record({ call: fc.nat({ max: 2 }), args: text }).map(({ call, args }) => ({ call, args })),
);

/** The chunks of a stream in which each delta may be cut in two and calls are opened when first spoken of. */
function chunks(deltas: readonly (JsonObject & { call?: number })[], cut: number): string[] {
  const opened = new Set<number>();
  const all: JsonObject[] = [{ role: 'assistant', content: null }];
  for (const one of deltas) {
    if (one.call === undefined) {
      const [[name, value]] = Object.entries(one) as [[string, string]];
      for (const piece of pieces(value, cut)) all.push({ [name]: piece });
      continue;
    }
    const index = [...opened.add(one.call)].indexOf(one.call);
    const id = `call_${one.call}`;
    const args = pieces(one['args'] as string, cut);
    all.push({ tool_calls: [{ index, id, type: 'function', function: { name: `f${one.call}`, arguments: '' } }] });
    for (const piece of args) all.push({ tool_calls: [{ index, function: { arguments: piece } }] });
  }
  const chunk = (value: object, finish: string | null): string =>
    JSON.stringify({ id: 'x', created: 1, model: 'up', choices: [{ index: 0, delta: value, finish_reason: finish }] });
  return [...all.map((value) => chunk(value, null)), chunk({}, 'stop'), '[DONE]'];
}

function pieces(value: string, cut: number): string[] {
  const at = cut % (value.length + 1);
  return [value.slice(0, at), value.slice(at)];
}

/** What events say in all, whatever their number. */
function sum(events: readonly PivotEvent[]): object {
  const blocks: string[] = [];
  for (const event of events) {
    if (event.kind === 'toolStart') blocks[event.block] = `${event.id} ${event.name}: `;
    else if ('block' in event && 'text' in event) blocks[event.block] = (blocks[event.block] ?? '') + event.text;
  }
  return { blocks, stop: events.find((event) => event.kind === 'stop') };
}

function readAll(data: readonly string[]): PivotEvent[] {
  const reader = completionsFormat.streamReader();
  return [...data.flatMap((one) => reader.event('', one)), ...reader.end()];
}

test('any split of deltas reads the same, and writes a stream that reads the same', () => {
  fc.assert(
    fc.property(fc.array(delta, { maxLength: 12 }), fc.nat({ max: 12 }), (deltas, cut) => {
      const whole = readAll(chunks(deltas, 0));
      const split = readAll(chunks(deltas, cut));
      assert.deepEqual(sum(split), sum(whole));
      const writer = completionsFormat.streamWriter(context);
      const written = split.map((event) => writer.write(event)).join('');
      const data = written
        .split('\n\n')
        .filter((event) => event !== '')
        .map((event) => event.slice('data: '.length));
      const calls = new Set(deltas.flatMap((one) => ('call' in one ? [one.call] : [])));
      assert.equal(data.filter((one) => one.includes('"role"')).length, 1);
      assert.equal(data.filter((one) => one.includes('"finish_reason":"')).length, 1);
      assert.equal(data.filter((one) => one.includes('"type":"function"')).length, calls.size);
      assert.deepEqual(sum(readAll(data)), sum(whole));
    }),
    { numRuns: 200 },
  );
});
