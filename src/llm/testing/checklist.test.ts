import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goldenCases, hasTest, readChecklist } from './checklist.ts';

const { clauses, sections } = readChecklist();
const golden = new Set(goldenCases());

test('each clause has an id of its own, of a section that there is', () => {
  const ids = clauses.map(({ id }) => id);
  assert.deepEqual(
    ids.filter((id, i) => ids.indexOf(id) !== i),
    [],
  );
  for (const id of ids) {
    assert.match(id, /^\d\.\d-[a-z0-9-]+$/);
    assert.ok((id.split('-')[0] ?? '') in sections, id);
  }
});

test('each clause has a source and a case', () => {
  for (const { id, clause, source, cases } of clauses) {
    assert.ok(clause !== '' && source !== '', id);
    assert.ok(cases.length > 0, `${id} has no case`);
  }
});

test('each case that a clause names is there', () => {
  const missing = clauses.flatMap(({ id, cases }) =>
    cases.filter((name) => (name.includes('#') ? !hasTest(name) : !golden.has(name))).map((name) => `${id}: ${name}`),
  );
  assert.deepEqual(missing, []);
});

test('each golden case is of a clause', () => {
  const named = new Set(clauses.flatMap(({ cases }) => cases));
  const unnamed = [...golden].filter((name) => formats.has(name.split('/')[0] ?? '') && !named.has(name));
  assert.deepEqual(unnamed, [], 'name them in src/llm/testdata/checklist.json');
});

/** Formats whose golden cases must all be of a clause. */
const formats = new Set(['cohere', 'completions', 'converse', 'generate-content', 'messages', 'responses']);

test('a test that there is not is not found', () => {
  const file = 'src/llm/testing/checklist.test.ts';
  assert.ok(hasTest(`${file}#each clause has a source and a case`));
  assert.ok(!hasTest(`${file}#each clause has a source`));
  assert.ok(!hasTest(`${file}`));
  assert.ok(!hasTest('src/llm/testing/nothing.test.ts#each clause has a source and a case'));
});
