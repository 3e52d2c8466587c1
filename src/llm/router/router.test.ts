import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LlmModel } from '../../model/llm.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { compileAliases } from './aliases.ts';
import { ModelRouter } from './model-router.ts';

function model(name: string, over: Partial<LlmModel> = {}): LlmModel {
  return {
    id: name,
    name,
    visibility: 'public',
    matches: [],
    provider: { name: 'p', kind: 'openAI', pathPrefix: '/v1', formats: [], policies: {} },
    defaults: new Map(),
    overrides: new Map(),
    ...over,
  };
}

function router(...models: LlmModel[]): (name: string, headers?: string[], internal?: boolean) => string | null {
  const compiled = new ModelRouter(
    models,
    (m) => m.id,
    (m) => ({ name: m.name, test: (value) => value === m.value }),
  );
  return (name, headers = [], internal = false) => compiled.find(name, new HeaderList(headers), internal);
}

test('the most specific name wins, whatever the order of the file', () => {
  const names = ['*', 'gpt-*', 'gpt-4o*', '*-mini', 'gpt-4o-mini'];
  fc.assert(
    fc.property(fc.shuffledSubarray(names, { minLength: names.length }), (order) => {
      const find = router(...order.map((name) => model(name)));
      assert.equal(find('gpt-4o-mini'), 'gpt-4o-mini');
      assert.equal(find('gpt-4o-2024'), 'gpt-4o*');
      assert.equal(find('gpt-5'), 'gpt-*');
      assert.equal(find('o3-mini'), '*-mini');
      assert.equal(find('claude'), '*');
    }),
  );
});

test('equally specific entries go by file order', () => {
  assert.equal(router(model('a', { id: '1' }), model('a', { id: '2' }))('a'), '1');
  assert.equal(router(model('ab*', { id: '1' }), model('*yz', { id: '2' }))('abyz'), '1');
});

test('of several entries of one name the preferred one is found, and no entry of another name for it', () => {
  const models = [
    model('a', { id: '1' }),
    model('a', { id: '2' }),
    model('a*', { id: 'w1' }),
    model('a*', { id: 'w2' }),
  ];
  const compiled = new ModelRouter(
    models,
    ({ id }) => id,
    ({ name }) => ({ name, test: () => true }),
  );
  const find = (name: string, ...preferred: string[]): string | null =>
    compiled.find(name, new HeaderList([]), false, (id) => preferred.includes(id));
  assert.deepEqual([find('a', '1', '2'), find('a', '2'), find('a', 'w1')], ['1', '2', '1']);
  assert.deepEqual([find('ab', 'w2'), find('ab', '1')], ['w2', 'w1']);
  assert.equal(find('b', '1'), null);
});

test('a name without a model is not found', () => {
  assert.equal(router(model('gpt-*'))('claude'), null);
});

test('headers decide between entries, and a fitting wildcard serves when they do not', () => {
  const is = (value: string): LlmModel['matches'] => [[{ kind: 'exact', name: 'x-tier', value }]];
  const find = router(model('m', { id: 'gold', matches: is('gold') }), model('*', { id: 'rest' }));
  assert.equal(find('m', ['x-tier', 'gold']), 'gold');
  assert.equal(find('m', ['x-tier', 'tin']), 'rest');
  assert.equal(find('m'), 'rest');
});

test('one of several header sets is enough, all of a set are needed', () => {
  const a = { kind: 'exact', name: 'a', value: '1' } as const;
  const b = { kind: 'exact', name: 'b', value: '1' } as const;
  const c = { kind: 'exact', name: 'c', value: '1' } as const;
  const find = router(model('m', { matches: [[a, b], [c]] }));
  assert.equal(find('m', ['a', '1']), null);
  assert.equal(find('m', ['a', '1', 'b', '1']), 'm');
  assert.equal(find('m', ['c', '1']), 'm');
});

test('an internal model is found only from inside', () => {
  const find = router(model('secret', { visibility: 'internal' }));
  assert.equal(find('secret'), null);
  assert.equal(find('secret', [], true), 'secret');
});

test('an exact alias wins over wildcards, the longest wildcard over shorter ones', () => {
  const alias = compileAliases(
    new Map([
      ['claude-*', 'short'],
      ['claude-sonnet-*', 'long'],
      ['claude-sonnet-4', 'exact'],
    ]),
  );
  assert.equal(alias('claude-sonnet-4'), 'exact');
  assert.equal(alias('claude-sonnet-5'), 'long');
  assert.equal(alias('claude-opus'), 'short');
  assert.equal(alias('gpt'), 'gpt');
});

test('what names no model may go to every public entry whose headers fit, and those with header matches are told apart', () => {
  const models = new ModelRouter(
    [
      model('a'),
      model('gold', { matches: [[{ kind: 'exact', name: 'x-tier', value: 'gold' }]] }),
      model('tin', { matches: [[{ kind: 'exact', name: 'x-tier', value: 'tin' }]] }),
      model('hidden', { visibility: 'internal' }),
    ],
    (m) => m.id,
    (m) => ({ name: m.name, test: (value) => value === m.value }),
  );
  assert.deepEqual(models.all(new HeaderList(['x-tier', 'gold'])), [
    { value: 'a', matched: false },
    { value: 'gold', matched: true },
  ]);
});
