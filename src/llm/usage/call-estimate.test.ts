import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countCall, estimateCall } from './call-estimate.ts';

const words = 'The quick brown fox jumps over the lazy dog. '.repeat(20);

test('what a call reads is estimated near what a tokenizer counts, whatever its format', async () => {
  const requests = [
    { model: 'm', messages: [{ role: 'user', content: words }] },
    { model: 'm', system: words, messages: [{ role: 'user', content: [{ type: 'text', text: words }] }] },
    { contents: [{ role: 'user', parts: [{ text: words }] }] },
    { model: 'm', input: words, instructions: words },
  ];
  for (const json of requests) {
    const { input, counted } = estimateCall(json);
    const exact = await countCall(json);
    assert.deepEqual([counted, exact.counted], [false, true]);
    assert.ok(Math.abs(input - exact.input) / exact.input < 0.3, `${input} of ${exact.input}`);
  }
});

test('the most that a call lets the answer have is what its format says, for each answer', () => {
  const outputs = [
    { max_tokens: 5 },
    { max_completion_tokens: 7, n: 3 },
    { max_output_tokens: 9 },
    { generationConfig: { maxOutputTokens: 11, candidateCount: 2 } },
    { inferenceConfig: { maxTokens: 13 } },
    {},
    { max_tokens: -1 },
    { max_tokens: '5' },
  ].map((json) => estimateCall(json).output);
  assert.deepEqual(outputs, [5, 21, 9, 22, 13, 0, 0, 0]);
});

test('media count by their kind, not by the length of what encodes them', () => {
  const image = `data:image/png;base64,${'A'.repeat(1_000_000)}`;
  const { input } = estimateCall({
    messages: [{ content: [{ image_url: { url: image } }, { data: 'Q'.repeat(9999) }] }],
  });
  assert.ok(input > 1000 && input < 2000, String(input));
});

test('nesting does no harm', () => {
  let json: unknown = 'x';
  for (let i = 0; i < 100_000; i++) json = [json];
  assert.ok(estimateCall({ json }).input > 0);
});
