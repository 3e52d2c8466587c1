import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc, { type Arbitrary } from 'fast-check';
import { DecisionCache } from './decision-cache.ts';
import { uidOf, type Entity, type EntityStore } from './entities.ts';
import { literal } from './literal.ts';
import type { PolicyJson, TypeAndId, ValueJson } from '../../model/policies/cedar-json.ts';
import { action, attributes, question, uid } from './testing/arbitraries.ts';
import { compileQuestion } from './testing/ask.ts';
import { CedarRecord } from './values/value.ts';

interface EntityDraft {
  readonly uid: TypeAndId;
  readonly attributes: Readonly<Record<string, ValueJson>>;
  readonly tags: Readonly<Record<string, ValueJson>>;
  readonly parents: readonly TypeAndId[];
}

function record(json: Readonly<Record<string, ValueJson>>): CedarRecord {
  const value = literal(json);
  if (!(value instanceof CedarRecord)) throw new TypeError('no record');
  return value;
}

function entity({ uid: name, attributes: own, tags, parents }: EntityDraft, store: EntityStore): Entity {
  const named = uidOf(name);
  return {
    uid: named,
    attributes: record(own),
    tags: record(tags),
    ancestors: store.ancestors(named, parents.map(uidOf)),
  };
}

const draft: Arbitrary<EntityDraft> = fc.record({
  uid,
  attributes,
  tags: attributes,
  parents: fc.array(uid, { maxLength: 1 }),
});

/** Two questions that may differ in anything, and often differ in little. */
const pair = fc.record({ principal: draft, action, resource: draft, context: attributes }).chain((first) =>
  fc
    .record({ principal: draft, action, resource: draft, context: attributes }, { requiredKeys: [] })
    .chain((changes) =>
      fc.record({
        principal: fc.constantFrom<EntityDraft>(
          first.principal,
          changes.principal === undefined
            ? first.principal
            : { ...first.principal, attributes: changes.principal.attributes },
          changes.principal === undefined ? first.principal : { ...first.principal, tags: changes.principal.tags },
          changes.principal ?? first.principal,
        ),
        action: fc.constant(changes.action ?? first.action),
        resource: fc.constantFrom<EntityDraft>(
          first.resource,
          changes.resource === undefined
            ? first.resource
            : { ...first.resource, attributes: changes.resource.attributes },
          changes.resource ?? first.resource,
        ),
        context: fc.constant(changes.context ?? first.context),
      }),
    )
    .map((second) => [first, second] as const),
);

/** Names that contexts may have. */
const contextNames: Arbitrary<ReadonlySet<string>> = attributes.map((record) => new Set(Object.keys(record)));

test('what is cached is what would be decided, whatever the questions of a request have in common', () => {
  fc.assert(
    fc.property(question, contextNames, fc.array(pair, { minLength: 1, maxLength: 6 }), (asked, common, pairs) => {
      const { policies } = compileQuestion(asked);
      const cache = new DecisionCache(policies, common);
      for (const one of pairs.flat()) {
        const principal = entity(one.principal, policies.entities);
        const action = uidOf(one.action);
        const asking = cache.ask(principal, action, record(one.context));
        // A list: each question has a context of its own but for what it shares with the others.
        for (const other of [one, ...pairs.flat()]) {
          const resource = entity(other.resource, policies.entities);
          const own = Object.entries(other.context).filter(([name]) => !common.has(name));
          const shared = Object.entries(one.context).filter(([name]) => common.has(name));
          const context = record(Object.fromEntries([...own, ...shared]));
          assert.deepEqual(
            cache.decide(asking, resource, context),
            policies.decide({ principal, action, resource, context }),
          );
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('what a policy reads of the principal by another way counts, too', () => {
  const name = { type: 'User', id: 'x' };
  const get = (left: object, attr: string): { readonly '.': object } => ({ '.': { left, attr } });
  const owner = get({ Var: 'context' }, 'owner');
  for (const level of [get(owner, 'level'), get({ Value: { __entity: name } }, 'level')]) {
    const body = { '==': { left: level, right: { Value: 1 } } };
    const { policies, request } = compileQuestion({
      policies: [{ ...permitPath, conditions: [{ kind: 'when', body }] }],
      entities: [],
      principal: name,
      action: name,
      resource: { type: 'Doc', id: 'd' },
      context: { owner: { __entity: name } },
    });
    const cache = new DecisionCache(policies);
    const decide = (value: number): boolean => {
      const principal = { ...request.principal, attributes: record({ level: value }) };
      const asking = cache.ask(principal, request.action, request.context);
      return cache.decide(asking, request.resource, request.context).allowed;
    };
    assert.deepEqual([decide(1), decide(2), decide(1)], [true, false, true]);
  }
});

const permitPath: PolicyJson = {
  effect: 'permit',
  principal: { op: 'All' },
  action: { op: 'All' },
  resource: { op: 'All' },
  conditions: [
    {
      kind: 'when',
      body: { '==': { left: { '.': { left: { Var: 'context' }, attr: 'path' } }, right: { Value: '/a' } } },
    },
  ],
};

/** Counts the decisions that were not remembered. */
function counted(): { readonly ask: (context: Readonly<Record<string, ValueJson>>) => boolean; decided: number } {
  const name = { type: 'User', id: 'x' };
  const { policies, request } = compileQuestion({
    policies: [permitPath],
    entities: [],
    principal: name,
    action: name,
    resource: name,
    context: {},
  });
  const decide = policies.decide.bind(policies);
  const counts = {
    decided: 0,
    ask(json: Readonly<Record<string, ValueJson>>) {
      const context = record(json);
      return cache.decide(cache.ask(request.principal, request.action, context), request.resource, context).allowed;
    },
  };
  policies.decide = (whole) => {
    counts.decided += 1;
    return decide(whole);
  };
  const cache = new DecisionCache(policies);
  return counts;
}

test('a question that differs only in what no policy reads is answered from memory', () => {
  const counts = counted();
  assert.equal(counts.ask({ path: '/a', time: 1 }), true);
  assert.equal(counts.ask({ path: '/a', time: 2 }), true);
  assert.equal(counts.ask({ path: '/b', time: 2 }), false);
  assert.equal(counts.decided, 2);
});

test('what clients make up cannot fill the memory', () => {
  const counts = counted();
  for (let i = 0; i < 20_000; i++) counts.ask({ path: `/${i}` });
  for (let i = 0; i < 20_000 - 2 * 4096; i++) counts.ask({ path: `/${i}` });
  assert.equal(counts.decided, 40_000 - 2 * 4096);
  const long = { path: 'x'.repeat(3000) };
  counts.ask(long);
  counts.ask(long);
  assert.equal(counts.decided, 40_000 - 2 * 4096 + 2);
});
