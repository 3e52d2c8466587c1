import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SseDecoder } from '../../../net/http/sse.ts';
import { answerContext } from '../testing/pivot.ts';
import { completionsFormat } from './completions.ts';

const chunk = (delta: object, finish: string | null = null): string =>
  JSON.stringify({ id: 'x', created: 1, model: 'up', choices: [{ index: 0, delta, finish_reason: finish }] });

/** What servers send: line ends of all kinds, comments, no space after the colon, text outside ASCII. */
const body = Buffer.from(
  [
    ': ping\r\n\r\n',
    `data:${chunk({ role: 'assistant', content: null })}\r\n\r\n`,
    `data: ${chunk({ reasoning_content: 'hmm…' })}\n\n`,
    `data: ${chunk({ content: 'Grüße ' })}\r\r`,
    `: keep-alive\ndata: ${chunk({ content: '👋🏽 日本' })}\n\n`,
    `data: ${chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{"ä":1}' } }] })}\n\n`,
    `data: ${chunk({}, 'tool_calls')}\n\n`,
    `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } })}\n\n`,
    'data: [DONE]\n\n',
  ].join(''),
);

/** The client's bytes for an upstream's that come in these pieces. */
function translate(pieces: readonly Buffer[]): string {
  const decoder = new SseDecoder(1 << 20);
  const reader = completionsFormat.streamReader();
  const writer = completionsFormat.streamWriter(answerContext({ now: 1, includeUsage: true }));
  let text = '';
  for (const piece of pieces) {
    for (const { type, data } of decoder.push(piece)) {
      for (const event of reader.event(type, data)) text += writer.write(event);
    }
  }
  for (const event of reader.end()) text += writer.write(event);
  return text;
}

test('any chunking of the bytes gives the same client bytes', () => {
  const whole = translate([body]);
  assert.ok(whole.includes('Grüße ') && whole.includes('👋🏽 日本') && whole.endsWith('data: [DONE]\n\n'));
  fc.assert(
    fc.property(fc.array(fc.nat({ max: body.length }), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), body.length];
      assert.equal(translate(at.slice(1).map((end, i) => body.subarray(at[i], end))), whole);
    }),
    { numRuns: 200 },
  );
});
