import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { validateRequest } from './validate.ts';
import type { ValidationTarget } from './validate.ts';

const formats = new URL('../formats/', import.meta.url);

/** What a body that a format wrote is validated as; it may be sent to several APIs. */
const targets: Readonly<Record<string, readonly ((body: object) => readonly [ValidationTarget, object])[]>> = {
  completions: [(body) => ['completions', body]],
  responses: [(body) => ['responses', body]],
  messages: [(body) => ['messages', body], (body) => ['messagesVertex', rawPredict(body)]],
  converse: [(body) => ['converse', body]],
  'generate-content': [(body) => ['generateContent', body], (body) => ['vertexGenerateContent', body]],
  cohere: [(body) => ['cohere', body]],
};

interface GoldenRequest {
  readonly out: { readonly body?: object };
}

for (const format of readdirSync(formats)) {
  const folder = new URL(`${format}/testdata/write-request/`, formats);
  if (!existsSync(folder)) continue;

  test(`${format}: it is known what its requests are validated as`, () => {
    assert.ok(targets[format] !== undefined);
  });

  for (const file of readdirSync(folder).toSorted()) {
    const { out } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as GoldenRequest;
    // A request that is refused has no body.
    if (out.body === undefined) continue;
    const { body } = out;
    for (const as of targets[format] ?? []) {
      const [target, sent] = as(body);
      test(`${format}: ${file.replace('.json', '').replaceAll('-', ' ')} is a request that ${target} takes`, () => {
        assert.deepEqual(validateRequest(target, sent), []);
      });
    }
  }
}

/** What is sent to Vertex instead: the model in the path, the version in the body. */
function rawPredict(body: object): object {
  const { model: _, ...rest } = body as { readonly model?: unknown };
  return { anthropic_version: 'vertex-2023-10-16', ...rest };
}
