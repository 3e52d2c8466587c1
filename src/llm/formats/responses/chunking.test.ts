import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SseDecoder } from '../../../net/http/sse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { answerContext } from '../testing/pivot.ts';
import { responsesFormat } from './responses.ts';

const event = (type: string, fields: JsonObject): string => JSON.stringify({ type, ...fields });
const delta = (text: string): string =>
  event('response.output_text.delta', { item_id: 'msg_1', output_index: 1, content_index: 0, delta: text });
const call = { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '' };
const thought = {
  type: 'reasoning',
  id: 'rs_1',
  summary: [{ type: 'summary_text', text: 'hmm…' }],
  encrypted_content: 'gAAA',
};

/** What servers send: line ends of all kinds, comments, no space after the colon, text outside ASCII. */
const body = Buffer.from(
  [
    ': ping\r\n\r\n',
    `event: response.created\r\ndata:${event('response.created', { response: { id: 'resp_1', model: 'up', created_at: 1 } })}\r\n\r\n`,
    `data: ${event('response.output_item.done', { output_index: 0, item: thought })}\n\n`,
    `event: response.output_text.delta\ndata: ${delta('Grüße ')}\r\r`,
    `: keep-alive\ndata: ${delta('👋🏽 日本')}\n\n`,
    `data: ${event('response.output_item.added', { output_index: 2, item: call })}\n\n`,
    `data: ${event('response.function_call_arguments.delta', { output_index: 2, delta: '{"ä":1}' })}\n\n`,
    `event: response.completed\ndata: ${event('response.completed', { response: { status: 'completed', usage: { input_tokens: 3, output_tokens: 2 } } })}\n\n`,
  ].join(''),
);

/** The client's bytes for an upstream's that come in these pieces. */
function translate(pieces: readonly Buffer[]): string {
  const decoder = new SseDecoder(1 << 20);
  const reader = responsesFormat.streamReader();
  const writer = responsesFormat.streamWriter(answerContext({ now: 1 }));
  let text = '';
  for (const piece of pieces) {
    for (const { type, data } of decoder.push(piece)) {
      for (const one of reader.event(type, data)) text += writer.write(one);
    }
  }
  for (const one of reader.end()) text += writer.write(one);
  return text;
}

test('any chunking of the bytes gives the same client bytes', () => {
  const whole = translate([body]);
  assert.ok(whole.includes('Grüße ') && whole.includes('👋🏽 日本') && whole.includes('event: response.completed'));
  fc.assert(
    fc.property(fc.array(fc.nat({ max: body.length }), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), body.length];
      assert.equal(translate(at.slice(1).map((end, i) => body.subarray(at[i], end))), whole);
    }),
    { numRuns: 200 },
  );
});
