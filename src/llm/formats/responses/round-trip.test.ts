import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PivotRequest } from '../../pivot/request.ts';
import type { PivotEvent } from '../../pivot/response.ts';
import { answerContext, bodyOnly, pivotRequest, requestContext } from '../testing/pivot.ts';
import { responsesFormat } from './responses.ts';
import { assertEventOrder, eventsOf } from './testing/event-order.ts';

const freeform = { name: 'patch', description: null, schema: null, strict: null, freeform: null };
const context = answerContext({ request: pivotRequest({ tools: [freeform] }) });

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const image = fc.constantFrom('https://x/y.png', 'data:image/png;base64,aGk=').map((url) => ({
  type: 'input_image',
  image_url: url,
  detail: 'low',
}));
const content = fc.oneof(
  text,
  fc.array(
    fc.oneof(
      text.map((value) => ({ type: 'input_text', text: value })),
      image,
    ),
    { minLength: 1, maxLength: 3 },
  ),
);
const turn = fc
  .record({
    said: content,
    thought: fc.option(text),
    answer: fc.option(text),
    inputs: fc.array(fc.json({ maxDepth: 1 }), { maxLength: 3 }),
    patch: fc.option(text),
    result: content,
  })
  .map(({ said, thought, answer, inputs, patch, result }) => {
    const calls = inputs.map((input, i) => ({
      type: 'function_call',
      call_id: `call_${i}`,
      name: `f${i}`,
      arguments: input,
    }));
    const custom = patch === null ? [] : [{ type: 'custom_tool_call', call_id: 'call_p', name: 'patch', input: patch }];
    const answers = [...(answer === null ? [] : [{ role: 'assistant', content: answer }]), ...calls, ...custom];
    const summary = [{ type: 'summary_text', text: thought ?? '' }];
    const reasoning = { type: 'reasoning', id: 'rs_1', summary, encrypted_content: 'gAAA' };
    return [
      { role: 'user', content: said },
      ...(thought === null || answers.length === 0 ? [] : [reasoning]),
      ...answers,
      ...calls.map(({ call_id: id }) => ({ type: 'function_call_output', call_id: id, output: result })),
      ...custom.map(({ call_id: id }) => ({ type: 'custom_tool_call_output', call_id: id, output: result })),
    ];
  });
const request = fc.record(
  {
    model: fc.constant('gpt-9'),
    instructions: text,
    input: fc.array(turn, { minLength: 1, maxLength: 3 }).map((turns) => turns.flat()),
    tools: fc.constant([
      { type: 'function', name: 'f0', description: 'd', parameters: { type: 'object' }, strict: true },
      { type: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
    ]),
    tool_choice: fc.constantFrom(
      'auto',
      'required',
      { type: 'function', name: 'f0' },
      { type: 'custom', name: 'patch' },
    ),
    parallel_tool_calls: fc.boolean(),
    max_output_tokens: fc.integer({ min: 16, max: 100_000 }),
    reasoning: fc.constantFrom({ effort: 'none' }, { effort: 'low' }, { effort: 'max' }),
    text: fc.constant({
      format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: false },
      verbosity: 'low',
    }),
    user: text,
    metadata: fc.constant({ a: 'b' }),
    stream: fc.boolean(),
  },
  { requiredKeys: ['model', 'input', 'tools'] },
);

test('a request keeps its meaning through the pivot and back', () => {
  fc.assert(
    fc.property(request, (body) => {
      const sending = requestContext('gpt-9', 'reject');
      const read = responsesFormat.readRequest(JSON.parse(JSON.stringify(body)), bodyOnly);
      const again = responsesFormat.readRequest(responsesFormat.writeRequest(read, sending), bodyOnly);
      assert.deepEqual(meaning(again), meaning(read));
      assert.deepEqual(sending.drops.paths, []);
    }),
    { numRuns: 150 },
  );
});

/** Turns in a row of one role mean the same as one. */
function meaning(read: PivotRequest): object {
  const turns = read.messages.flatMap(({ role, blocks }) => blocks.map((block) => ({ role, block })));
  return { ...read, messages: turns };
}

test('an answer keeps its meaning through the pivot and back', () => {
  const answer = {
    id: 'resp_1',
    object: 'response',
    created_at: 5,
    status: 'completed',
    error: null,
    incomplete_details: null,
    model: 'up',
    output: [
      { id: 'rs_9', type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'gAAA' },
      {
        id: 'msg_1_1',
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'so', annotations: [], logprobs: [] },
          { type: 'refusal', refusal: 'no' },
        ],
      },
      { id: 'fc_1_2', type: 'function_call', status: 'completed', call_id: 'c1', name: 'f', arguments: '{"a":1}' },
      { id: 'ctc_1_3', type: 'custom_tool_call', status: 'completed', call_id: 'c2', name: 'patch', input: '***' },
    ],
    usage: {
      input_tokens: 3,
      input_tokens_details: { cached_tokens: 1, cache_write_tokens: 1 },
      output_tokens: 2,
      output_tokens_details: { reasoning_tokens: 1 },
      total_tokens: 5,
    },
  };
  const written = responsesFormat.writeResponse(responsesFormat.readResponse(answer), context);
  assert.deepEqual({ ...written, ...answer }, written);
});

/** A block of an answer, and its text cut into pieces. */
const block = fc.record({
  kind: fc.constantFrom('text', 'refusal', 'thinking', 'call', 'patch'),
  pieces: fc.array(text, { minLength: 1, maxLength: 3 }),
  signed: fc.boolean(),
});
type StreamBlock = typeof block extends fc.Arbitrary<infer T> ? T : never;

/** The events of blocks; calls begin in order and their pieces come in turns, after all else. */
function eventsFor(blocks: readonly StreamBlock[]): PivotEvent[] {
  const events: PivotEvent[] = [{ kind: 'start', id: 'x', model: 'up', created: 1 }];
  const calls: { readonly number: number; readonly pieces: readonly string[] }[] = [];
  for (const [number, { kind, pieces, signed }] of blocks.entries()) {
    if (kind === 'call' || kind === 'patch') {
      const signature = signed ? { signature: { vendor: 'google', data: 'R09P' } } : {};
      const name = kind === 'call' ? 'f' : 'patch';
      events.push({ kind: 'toolStart', block: number, id: `c${number}`, name, ...signature });
      calls.push({ number, pieces });
      continue;
    }
    for (const piece of pieces) events.push({ kind: kind as 'text', block: number, text: piece });
    if (kind === 'thinking' && signed) {
      events.push({ kind: 'signature', block: number, signature: 'rs_1:gAAA', vendor: 'openai' });
    }
  }
  for (let at = 0; at < 3; at += 1) {
    for (const { number, pieces } of calls) {
      const piece = pieces[at];
      if (piece !== undefined) events.push({ kind: 'toolInput', block: number, text: piece });
    }
  }
  return [
    ...events,
    { kind: 'stop', stop: calls.length > 0 ? 'toolCalls' : 'end', stopSequence: null },
    { kind: 'end' },
  ];
}

/** What events say in all, whatever their number. */
function sum(events: readonly PivotEvent[]): object {
  const blocks: string[] = [];
  for (const event of events) {
    if (!('block' in event)) continue;
    const { block: number, kind, ...rest } = event;
    const said = 'text' in event ? event.text : JSON.stringify(rest);
    blocks[number] = (blocks[number] ?? `${kind === 'toolInput' ? '' : kind}: `) + said;
  }
  return { blocks, stop: events.find((event) => event.kind === 'stop') };
}

function write(events: readonly PivotEvent[]): string {
  const writer = responsesFormat.streamWriter(context);
  return events.map((event) => writer.write(event)).join('');
}

function read(data: readonly unknown[]): PivotEvent[] {
  const reader = responsesFormat.streamReader();
  return [...data.flatMap((one) => reader.event('', JSON.stringify(one))), ...reader.end()];
}

test('any answer is streamed in the order that clients rely on', () => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 6 }), (blocks) => {
      const response = assertEventOrder(eventsOf(write(eventsFor(blocks))));
      assert.equal(response['status'], 'completed');
    }),
    { numRuns: 300 },
  );
});

test('a stream that ends as an error at any point is streamed in that order, too', () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 6 }), fc.nat(), (blocks, at) => {
      const events = eventsFor(blocks);
      const cut = events.slice(0, 2 + (at % (events.length - 3)));
      const response = assertEventOrder(eventsOf(write([...cut, { kind: 'end' }])));
      assert.equal(response['status'], 'failed');
    }),
    { numRuns: 200 },
  );
});

test('a stream says the same however its text is cut, and whichever of its events are missing', () => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 6 }), fc.func<[string], boolean>(fc.boolean()), (blocks, isMissing) => {
      const unsigned = blocks.map((one) => ({ ...one, signed: one.signed && one.kind === 'thinking' }));
      const whole = unsigned.map((one) => ({ ...one, pieces: [one.pieces.join('')] }));
      const events = eventsOf(write(eventsFor(unsigned)));
      const wanted = sum(read(eventsOf(write(eventsFor(whole)))));
      assert.deepEqual(sum(read(events)), wanted);
      // Only the last event must be there; but text that comes must come from the beginning.
      const ids = new Set(events.map((event) => event['item_id']).filter((id) => typeof id === 'string'));
      const silent = new Set<unknown>([...ids].filter((id) => isMissing(id)));
      assert.deepEqual(sum(read(events.filter((event) => !silent.has(event['item_id'])))), wanted);
    }),
    { numRuns: 200 },
  );
});
