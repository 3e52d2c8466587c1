import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LlmRecord } from '../record.ts';
import { createLlmTap } from './tap.ts';

function observe(chunks: Iterable<Buffer | string>, now: () => number = () => 107): LlmRecord {
  const record = new LlmRecord('chat', 'openAI', 'gpt-4o', true);
  const tap = createLlmTap(record, 100, now);
  for (const chunk of chunks) tap.chunk(Buffer.from(chunk));
  tap.end();
  return record;
}

function tokens(record: LlmRecord): (number | null)[] {
  const { inputTokens, outputTokens, totalTokens, cachedInputTokens, reasoningTokens } = record;
  return [inputTokens, outputTokens, totalTokens, cachedInputTokens, reasoningTokens];
}

/** Cuts `bytes` at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((p) => p % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...at, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : at[i - 1], end));
}

const head = '{"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o-2024-08-06"';
const usage =
  '{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":3}}';
const events = [
  `data: ${head},"choices":[{"index":0,"delta":{"role":"assistant","content":""}}],"usage":null}`,
  ': keep-alive',
  `data: ${head},"choices":[{"index":0,"delta":{"content":"the \\"usage\\":{\\"prompt_tokens\\":99} ✓"}}],"usage":null}`,
  `event: message\nid: 1\ndata: ${head},"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}`,
  `data: ${head},"choices":[],"usage":\ndata: ${usage}}`,
  'data: [DONE]',
];

test('tokens, model and time to the first token are read from a chat stream', () => {
  const record = observe(events.map((event) => `${event}\n\n`));
  assert.deepEqual(tokens(record), [12, 5, 17, 8, 3]);
  assert.equal(record.responseModel, 'gpt-4o-2024-08-06');
  assert.equal(record.timeToFirstTokenMs, 7);
});

test('any chunking, line ending, byte order mark or missing last blank line gives the same record', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 40 }),
      (lineEnd, bom, finished, places) => {
        const text = `${bom ? '\ufeff' : ''}${events.join('\n\n')}${finished ? '\n\n' : ''}`.replaceAll('\n', lineEnd);
        const record = observe(cut(Buffer.from(text), places));
        assert.deepEqual(tokens(record), [12, 5, 17, 8, 3]);
        assert.equal(record.responseModel, 'gpt-4o-2024-08-06');
      },
    ),
  );
});

test('one byte at a time gives the same record', () => {
  const bytes = Buffer.from(`${events.join('\r\n\r\n')}\r\n\r\n`);
  const record = observe(Array.from(bytes, (b) => Buffer.of(b)));
  assert.deepEqual(tokens(record), [12, 5, 17, 8, 3]);
});

test('a comment is not the first token', () => {
  let clock = 100;
  const record = new LlmRecord('chat', null, null, true);
  const tap = createLlmTap(record, 100, () => clock);
  clock = 105;
  tap.chunk(Buffer.from(': waiting\n\n'));
  assert.equal(record.timeToFirstTokenMs, null);
  clock = 130;
  tap.chunk(Buffer.from('data: {"model":"m"}\n\n'));
  assert.equal(record.timeToFirstTokenMs, 30);
});

test('a Responses stream: usage and model stand inside the response of the last event', () => {
  const text = [
    'event: response.created\ndata: {"type":"response.created","response":{"id":"r","model":"gpt-5","tools":[{"parameters":{"properties":{"usage":{"type":"object"}}}}],"usage":null}}',
    'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"hi"}',
    'event: response.completed\ndata: {"type":"response.completed","response":{"model":"gpt-5","usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":0},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":34},"tools":[{"parameters":{"properties":{"usage":{"type":"object","properties":{"input_tokens":{"type":"integer"}}}}}}]}}',
  ];
  const record = observe(text.map((event) => `${event}\n\n`));
  assert.deepEqual(tokens(record), [30, 4, 34, 0, 2]);
  assert.equal(record.responseModel, 'gpt-5');
});

test('running totals replace each other, and a missing total is the sum', () => {
  const record = observe([
    'data: {"model":"m","usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n',
    'data: {"model":"m","choices":[{"delta":{}}],"usage":{"prompt_tokens":3,"completion_tokens":9}}\n\n',
  ]);
  assert.deepEqual(tokens(record), [3, 9, 12, null, null]);
});

test('the first model that is not empty counts', () => {
  const record = observe(['data: {"model":"","prompt_filter_results":[]}\n\ndata: {"model":"gpt-4o"}\n\n']);
  assert.equal(record.responseModel, 'gpt-4o');
});

test('an event of several megabytes keeps its end', () => {
  const event = `data: {"type":"response.completed","response":{"text":"${'x'.repeat(5_000_000)}","usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}}\n\n`;
  const bytes = Buffer.from(event);
  const record = observe(cut(bytes, [10, 1_000_000, 2_500_000, 3_999_999, bytes.length - 60, bytes.length - 20]));
  assert.deepEqual(tokens(record), [1, 2, 3, null, null]);
});

test('a JSON answer in any chunking', () => {
  const body = Buffer.from(
    `{"id":"c","model":"gpt-4o","choices":[{"message":{"content":"\\"usage\\":{\\"total_tokens\\":1}"}}], "usage" : ${usage}}\n`,
  );
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 20 }), (places) => {
      const record = observe(cut(body, places));
      assert.deepEqual(tokens(record), [12, 5, 17, 8, 3]);
      assert.equal(record.responseModel, 'gpt-4o');
      assert.equal(record.timeToFirstTokenMs, null);
    }),
  );
});

test('a Gemini answer names its model in a member of its own', () => {
  const call = '{"functionCall":{"name":"f","args":{"model":"x"}}}';
  const record = observe([Buffer.from(`{"candidates":[{"content":{"parts":[${call}]}}],"modelVersion":"gemini-2.5"}`)]);
  assert.equal(record.responseModel, 'gemini-2.5');
});

test('a long embeddings answer, whose model and usage come last', () => {
  const numbers = Array.from({ length: 100_000 }, (_, i) => i / 7).join(',');
  const body = Buffer.from(
    `{"object":"list","data":[{"embedding":[${numbers}]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":8,"total_tokens":8}}`,
  );
  const record = observe(cut(body, [1, 70_000, 140_000, 900_000, body.length - 3]));
  assert.deepEqual(tokens(record), [8, null, 8, null, null]);
  assert.equal(record.responseModel, 'text-embedding-3-small');
});

for (const [what, body] of [
  ['an error answer', '{"error":{"message":"no","type":"x","param":null,"code":null}}'],
  ['a compressed answer', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3])],
  ['an empty answer', ''],
  ['counts that are not counts', '{"usage":{"prompt_tokens":-1,"completion_tokens":"5","total_tokens":1.5}}'],
  ['a list of usages', '{"usage":[{"prompt_tokens":1}]}'],
  ['a cut usage', '{"usage":{"prompt_tokens":1'],
] as const) {
  test(`nothing is recorded from ${what}`, () => {
    assert.deepEqual(tokens(observe([body])), [null, null, null, null, null]);
  });
}

test('no bytes make the tap throw', () => {
  const soup = fc.array(
    fc.constantFrom('data: ', '"usage"', '"model"', ':', '{', '}', '"', '\\', '\n', '\r', 'null', '1'),
  );
  fc.assert(
    fc.property(
      soup,
      fc.array(fc.nat(), { maxLength: 5 }),
      (parts, places) => void observe(cut(Buffer.from(parts.join('')), places)),
    ),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void observe([Buffer.from(bytes)])));
});
