import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sentTo } from './sent-to.ts';
import { validateRequest } from './validate.ts';

const formats = new URL('../formats/', import.meta.url);

interface GoldenRequest {
  readonly out: { readonly body?: object };
}

for (const format of readdirSync(formats)) {
  const folder = new URL(`${format}/testdata/write-request/`, formats);
  if (!existsSync(folder)) continue;
  for (const file of readdirSync(folder).toSorted()) {
    const { out } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as GoldenRequest;
    // A request that is refused has no body.
    if (out.body === undefined) continue;
    for (const [target, sent] of sentTo(format, out.body)) {
      test(`${format}: ${file.replace('.json', '').replaceAll('-', ' ')} is a request that ${target} takes`, () => {
        assert.deepEqual(validateRequest(target, sent), []);
      });
    }
  }
}
