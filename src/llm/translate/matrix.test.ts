/** The golden cases of the matrix, one file a cell; `UPDATE_GOLDENS=1` writes them anew. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutAt } from './testing/cut.ts';
import { answer, ask, cells, streamBytes, streamType, type Cell } from './testing/matrix.ts';

const folder = new URL('testdata/matrix/', import.meta.url);

/** All that a cell does: the request, and what becomes of an answer, a stream and an error. */
function outcome(cell: Cell): unknown {
  const whole = ask(cell, cell.request, false);
  const streamed = ask(cell, cell.request, true);
  const { status, body } = cell.answers.error;
  const answered = answer(cell, whole, 200, 'application/json', [Buffer.from(JSON.stringify(cell.answers.answer))]);
  return {
    request: streamed.written,
    dropped: streamed.dropped,
    answer: JSON.parse(answered) as unknown,
    stream: answer(cell, streamed, 200, streamType(cell), [streamBytes(cell)]).split('\n'),
    error: JSON.parse(answer(cell, streamed, status, 'application/json', [Buffer.from(body)])) as unknown,
  };
}

for (const cell of cells) {
  const name = `${cell.client}-to-${cell.upstream}`;

  test(`${name}: the request, its answer, its stream and its error`, () => {
    const file = new URL(`${name}.json`, folder);
    const text = `${JSON.stringify(outcome(cell), null, 2)}\n`;
    if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(file, text);
    assert(existsSync(file), `${name}.json is missing`);
    assert.equal(text, readFileSync(file, 'utf8'));
  });

  test(`${name}: any chunking of the upstream's stream gives the same client bytes`, () => {
    const asked = ask(cell, cell.request, true);
    const bytes = streamBytes(cell);
    const whole = answer(cell, asked, 200, streamType(cell), [bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.byteLength }), { maxLength: 30 }), (cuts) => {
        assert.equal(answer(cell, asked, 200, streamType(cell), cutAt(bytes, cuts)), whole);
      }),
      { numRuns: 30 },
    );
  });
}
