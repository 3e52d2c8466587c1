import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rememberedFacts } from './remembered.ts';
import { modelFacts } from './table.ts';

test('what configuration says of a model comes before the table, for every name', () => {
  const factsOf = rememberedFacts({ maxOutput: 7 });
  for (let i = 0; i < 200; i++) {
    const name = `claude-opus-4-6-${i % 150}`;
    assert.deepEqual(factsOf(name), { ...modelFacts(name), maxOutput: 7 });
  }
  assert.equal(factsOf(null).maxOutput, 7);
});

test('a name is looked up once', () => {
  const factsOf = rememberedFacts(null);
  assert.equal(factsOf('gpt-5'), factsOf('gpt-5'));
});
