import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer, withTools } from '../../testdata/fake-target.ts';
import { makeEndpoint } from '../../testdata/fetch-harness.ts';
import { RawClient } from '../../testdata/raw-client.ts';
import { plainNaming } from './names.ts';
import { SharedNames, type NameClaims } from './shared-names.ts';

const targets = ['a', 'b'];

/** What a new session of a worker lists. */
async function listed(claims: NameClaims, a: FakeServer, b: FakeServer): Promise<string[]> {
  const naming = { ...plainNaming('onClash', targets), claims };
  const client = new RawClient(makeEndpoint({ targets: [a.target, b.target], failOpen: true, naming }));
  await client.initialize();
  const { result } = await client.call<{ tools: { name: string }[] }>('tools/list');
  return result.tools.map(({ name }) => name);
}

test('a target that was away when names were given out is the newcomer, in every worker', async () => {
  const buffer = SharedNames.makeBuffer();
  const [one, other] = [1, 2].map(() => new SharedNames(buffer).claims('k', targets)) as [NameClaims, NameClaims];
  const a = new FakeServer('a', { answer: withTools('x', 'y') });
  const b = new FakeServer('b', { answer: withTools('x') });
  a.broken = 'is gone';
  assert.deepEqual(await listed(one, a, b), ['x']);
  a.broken = null;
  for (const claims of [one, other]) assert.deepEqual(await listed(claims, a, b), ['a_x', 'y', 'x']);
});

test('with all targets there the order of the file decides', async () => {
  const claims = new SharedNames(SharedNames.makeBuffer()).claims('k', targets);
  const [a, b] = targets.map((name) => new FakeServer(name, { answer: withTools('x') })) as [FakeServer, FakeServer];
  a.greeting = new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(await listed(claims, a, b), ['x', 'b_x']);
});

test('a name is free again when its owner is no target any more, and the file may give it to anybody', () => {
  const names = new SharedNames(SharedNames.makeBuffer());
  const claims = names.claims('k', targets);
  assert.equal(claims.take('tools', 'x', 1, false), true);
  assert.equal(claims.take('tools', 'x', 0, false), false);
  assert.equal(claims.looking?.take('tools', 'x', 0, false), false);
  for (const target of [0, 1]) assert.equal(claims.looking?.take('tools', 'y', target, false), true);
  assert.equal(claims.take('prompts', 'x', 0, false), true);
  assert.equal(names.claims('other', targets).take('tools', 'x', 0, false), true);
  assert.equal(claims.take('tools', 'x', 0, true), true);
  assert.equal(claims.take('tools', 'x', 1, false), false);
  assert.equal(names.claims('k', ['c', 'b']).take('tools', 'x', 1, false), true);
});
