import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../pivot/format.ts';
import { run } from './testing/golden.ts';

interface GoldenCase {
  readonly in: JsonObject;
}

const folder = new URL('testdata/', import.meta.url);

for (const kind of readdirSync(folder)) {
  describe(`messages: ${kind}`, () => {
    for (const file of readdirSync(new URL(`${kind}/`, folder))) {
      it(file.replace('.json', '').replaceAll('-', ' '), () => {
        const golden = JSON.parse(readFileSync(new URL(`${kind}/${file}`, folder), 'utf8')) as GoldenCase;
        const { in: input, ...expected } = golden;
        const result = run(kind, input);
        assert.deepEqual(result, expected);
        // Members keep their order, on which prompt caches depend.
        assert.equal(JSON.stringify(result), JSON.stringify(expected));
      });
    }
  });
}
