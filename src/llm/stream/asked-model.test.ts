import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LlmRouteType } from '../../model/llm.ts';
import { nameInEvents, nameInWhole } from './asked-model.ts';

/** A stream of each API with PROVIDER where it names its model; texts of the model that only look like it stay. */
const streams: Partial<Record<LlmRouteType, string>> = {
  completions:
    ': hi\n\ndata: {"id":"a","model":"PROVIDER","choices":[{"delta":{"content":"\\"model\\":\\"x\\""}}]}\n\n' +
    'data:{"model": "PROVIDER","choices":[]}\r\n\r\ndata: [DONE]\n\n',
  legacyCompletions: 'data: {"model":"PROVIDER","choices":[{"text":"a"}]}\n\ndata: [DONE]\n\n',
  responses:
    'event: response.created\ndata: {"type":"response.created","response":{"id":"r","tools":[{"model":"t"}],"model":"PROVIDER"}}\n\n' +
    'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"a","model":"other"}\n\n' +
    'event: response.completed\ndata: {"response":{"model":"PROVIDER"},"type":"response.completed"}\n\n',
  messages:
    'event: message_start\ndata: {"type":"message_start","message":{"model":"PROVIDER","content":[]}}\n\n' +
    'event: content_block_start\ndata: {"type":"content_block_start","content_block":{"input":{"model":"x"}}}\n\n',
  generateContent:
    'data: {"candidates":[{"content":{"parts":[{"functionCall":{"args":{"modelVersion":"x"}}}]}}],"modelVersion":"PROVIDER"}\r\n\r\n' +
    'data: {"modelVersion":\ndata: "PROVIDER"}\r\r{"error":{"code":500}}',
};

for (const [type, stream] of Object.entries(streams)) {
  test(`events of ${type} name the model that was asked for, in any chunks, and nothing else changes`, () => {
    const bytes = Buffer.from(stream.replaceAll('PROVIDER', 'gpt-real-2026'));
    const expected = stream.replaceAll('PROVIDER', 'my/alias');
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length })), (cuts) => {
        const edit = nameInEvents(type as LlmRouteType, 'my/alias');
        assert.ok(edit !== null);
        const places = cuts.toSorted((a, b) => a - b);
        const parts = [0, ...places].map((from, index) => edit.push(bytes.subarray(from, places[index])));
        assert.equal(Buffer.concat(parts).toString(), expected);
      }),
    );
  });
}

for (const [type, answer] of [
  ['completions', '{"model":"PROVIDER","choices":[{"message":{"model":"x"}}]}'],
  ['embeddings', '{"data":[{"embedding":[0.1]}],"model":"PROVIDER"}'],
  ['responses', '{"id":"r","model":"PROVIDER","response":{"model":"x"}}'],
  ['messages', '{"type":"message","model":"PROVIDER"}'],
  ['generateContent', '[{"modelVersion":"PROVIDER"},{"candidates":[],"modelVersion":"PROVIDER"}]'],
] as const) {
  test(`a whole answer of ${type} names the model that was asked for`, () => {
    const edited = nameInWhole(type, 'mine')?.push(Buffer.from(answer.replaceAll('PROVIDER', 'gpt')));
    assert.equal(edited?.toString(), answer.replaceAll('PROVIDER', 'mine'));
  });
}

test('answers that name no model are not looked into', () => {
  assert.equal(nameInWhole('rerank', 'm'), null);
  assert.equal(nameInEvents('passthrough', 'm'), null);
});
