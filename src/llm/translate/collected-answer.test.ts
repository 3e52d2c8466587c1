import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PivotError, PivotUsage } from '../pivot/response.ts';
import { translateAnswer, type AnswerTranslator } from './answer-translator.ts';
import { cutAt } from './testing/cut.ts';
import { answer, ask, cells, streamBytes, streamType, type Cell } from './testing/matrix.ts';

/** Without what only streams do not tell: whose a thought without signature is. The data differ in one letter. */
const comparable = (text: string): string =>
  text.replaceAll('wärm', 'warm').replace(/"(signature|encrypted_content)":(?:"waygate[^"]*"|null)/g, '"$1":""');

for (const cell of cells) {
  test(`${cell.client} before ${cell.upstream}: a stream that nobody asked for is told as one answer`, () => {
    const asked = ask(cell, cell.request, false);
    const whole = Buffer.from(JSON.stringify(cell.answers.answer));
    const bytes = streamBytes(cell);
    const collected = answer(cell, asked, 200, streamType(cell), [bytes]);
    assert.equal(comparable(collected), comparable(answer(cell, asked, 200, 'application/json', [whole])));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.byteLength }), { maxLength: 20 }), (cuts) => {
        assert.equal(answer(cell, asked, 200, streamType(cell), cutAt(bytes, cuts)), collected);
      }),
      { numRuns: 15 },
    );
  });
}

const ignored = (): void => undefined;

function collector(
  held: (bytes: number) => void = ignored,
  usage: (usage: PivotUsage) => void = ignored,
): AnswerTranslator {
  const cell = cells.find(({ client, upstream }) => client === 'messages' && upstream === 'completions') as Cell;
  const { context, names } = ask(cell, cell.request, false);
  const facts = { model: ignored, usage, rejected: ignored, held, failed: ignored };
  return translateAnswer({ pair: cell.pair, context, names, facts }, 200, 'text/event-stream');
}

const failures: readonly (readonly [what: string, stream: string, expected: Partial<PivotError>])[] = [
  ['is empty', '', { status: 502 }],
  ['is cut', 'data: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n', { status: 502, type: 'api_error' }],
  ['fails', 'data: {"error":{"message":"busy","type":"rate_limit_error","code":429}}\n\n', { message: 'busy' }],
];
for (const [what, stream, expected] of failures) {
  test(`a stream that ${what} is no answer`, () => {
    const translator = collector();
    assert.equal(translator.chunk(Buffer.from(stream)) + translator.end(), '');
    assert.partialDeepStrictEqual(translator.failure, expected);
  });
}

test('what a failed answer used is told', () => {
  const used: unknown[] = [];
  const translator = collector(undefined, (usage) => used.push(usage));
  const usage = { prompt_tokens: 5, completion_tokens: 7 };
  translator.chunk(Buffer.from(`data: ${JSON.stringify({ choices: [], usage })}\n\n`));
  translator.end();
  assert.partialDeepStrictEqual(used, [{ input: 5, output: 7 }]);
});

test('what is collected is on the account of the process', () => {
  let held = 0;
  const translator = collector((bytes) => {
    held += bytes;
  });
  translator.chunk(Buffer.from('data: {}\n\n'));
  assert.equal(held, 10);
});
