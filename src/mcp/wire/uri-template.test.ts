import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesTemplate } from './uri-template.ts';

const cases: readonly (readonly [template: string, uri: string, matches: boolean])[] = [
  ['test://template/{id}/data', 'test://template/123/data', true],
  ['test://template/{id}/data', 'test://template//data', false],
  ['test://template/{id}/data', 'test://template/1/2/data', false],
  ['test://template/{id}/data', 'test://template/1/data/more', false],
  ['f:///{path}', 'f:///a/b', false],
  ['f:///{+path}', 'f:///a/b', true],
  ['f:///{+path}', 'g:///a/b', false],
  ['{a}{b}', 'xy', true],
  ['{a}{b}', 'x', false],
  ['{a}-{b}', 'x-y-z', true],
  ['db://{table}{?limit,order}', 'db://users?limit=3&order=id', true],
  ['db://{table}{?limit,order}', 'db://users', true],
  ['plain://text', 'plain://text', true],
  ['plain://text', 'plain://texts', false],
  ['broken://{open', 'broken://{open', true],
  ['', '', true],
];

for (const [template, uri, matches] of cases) {
  test(`${uri} is ${matches ? '' : 'not '}made of ${template}`, () => {
    assert.equal(matchesTemplate(template, uri), matches);
  });
}

test('a template that matches in many ways takes no more than time in proportion', () => {
  assert.equal(matchesTemplate(`x://${'{a}'.repeat(200)}!`, `x://${'a'.repeat(20_000)}`), false);
  assert.equal(matchesTemplate(`x://${'{+a}'.repeat(200)}!`, `x://${'a'.repeat(20_000)}`), false);
});
