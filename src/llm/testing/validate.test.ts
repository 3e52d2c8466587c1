import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { examples } from './examples.ts';
import { schemaFile, validateRequest, validationTargets } from './validate.ts';

for (const target of validationTargets) {
  const { body, planted } = examples[target];

  test(`${target}: a body that the API takes has no violation`, () => {
    assert.deepEqual(validateRequest(target, body), []);
  });

  test(`${target}: a member that the API does not know is found`, () => {
    const [violation] = validateRequest(target, changed(body, 'nonsense', 1));
    assert.equal(violation?.rule, 'unknown');
    assert.equal(violation.path, 'nonsense');
  });

  for (const [rule, path, value] of planted) {
    test(`${target}: ${rule} at ${path} is found`, () => {
      const found = validateRequest(target, changed(body, path, value));
      assert.ok(
        found.some(
          (violation) => violation.rule === rule && (rule === 'conversation' || path.startsWith(violation.path)),
        ),
        JSON.stringify(found),
      );
    });
  }
}

test('a violation deep in a body is told with its path', () => {
  const body = changed(examples.converse.body, 'inferenceConfig', { maxTokens: 0, temperature: 2 });
  assert.deepEqual(validateRequest('converse', body), [
    { path: 'inferenceConfig.maxTokens', rule: 'minimum', message: 'is 0, less than 1' },
    { path: 'inferenceConfig.temperature', rule: 'maximum', message: 'is 2, more than 1' },
  ]);
});

/** A copy with the value at a path; `undefined` takes the member away. */
function changed(body: unknown, path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(body);
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  const last = steps.pop() ?? '';
  let at = copy as Record<string, unknown>;
  for (const step of steps) at = at[step] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

for (const name of ['anthropic', 'cohere', 'gemini', 'openai']) {
  test(`${name}: the extract is of the SDK that is installed`, () => {
    const { origin } = schemaFile(name);
    const [sdk = '', version] = origin.split(' ');
    const manifest = new URL(`../../../node_modules/${sdk}/package.json`, import.meta.url);
    const installed = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
    assert.equal(version, installed.version, 'run node scripts/llm-schemas.ts');
  });
}
