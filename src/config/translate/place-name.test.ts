import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newContext } from './context.ts';
import { placeName } from './place-name.ts';

test('a place is called by names where there are some, each only once', () => {
  const context = newContext('/', {});
  context.root = {
    binds: [{ port: 80, listeners: [{ name: 'a', routes: [{}, { name: 'r', ruleName: 'x' }] }] }],
    routes: [{ name: 'same' }, { name: 'same' }, { name: 'own', namespace: 'n' }],
    policies: [{ name: { name: 'p', namespace: 'default' } }],
  };
  const names = [
    ['binds', 0, 'listeners', 0, 'routes', 0, 'policies', 'localRateLimit', 1],
    ['binds', 0, 'listeners', 0, 'routes', 1, 'policies'],
    ['routes', 1],
    ['routes', 2],
    ['policies', 0, 'policy'],
    ['nothing', 3, 'there'],
  ].map((path) => placeName(context, path));
  assert.deepEqual(names, [
    'binds[:80].listeners[a].routes[0].policies.localRateLimit.1',
    'binds[:80].listeners[a].routes[r/x].policies',
    'routes[1]',
    'routes[n/own]',
    'policies[default/p].policy',
    'nothing.3.there',
  ]);
});
