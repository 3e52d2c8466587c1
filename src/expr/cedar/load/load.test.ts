import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { EntityJson } from '../../../model/policies/cedar-json.ts';
import { entitiesProblem } from './check-entities.ts';
import { checkPolicies } from './check-policies.ts';
import { loadCedarLibrary, type CedarLibrary } from './library.ts';
import { parsePolicies, type ParsedPolicy } from './parse-policies.ts';
import type { CedarProblem } from './problem.ts';
import { loadSchema, type LoadedSchema } from './schema.ts';

let library: CedarLibrary;

before(async () => {
  library = await loadCedarLibrary();
});

function schema(own = ''): LoadedSchema {
  const loaded = loadSchema(library, own);
  assert.ok(!('problems' in loaded), JSON.stringify(loaded));
  return loaded;
}

function parsed(text: string): readonly ParsedPolicy[] {
  const found = parsePolicies(library, text);
  assert.ok('policies' in found, JSON.stringify(found));
  return found.policies;
}

function problems(text: string): readonly CedarProblem[] {
  const found = parsePolicies(library, text);
  assert.ok('problems' in found);
  return found.problems;
}

const messages = (text: string, own = ''): readonly string[] =>
  checkPolicies(library, parsed(text), schema(own)).errors.map(({ message }) => message);

test('policies come in their order, with their names and places, whatever comments say', () => {
  const permits = Array.from(
    { length: 12 },
    (_, i) => `// permit(principal, action, resource);\n@id("p${i}") permit(principal, action, resource);\n`,
  );
  const text = permits.join('');
  const found = parsed(text);
  assert.deepEqual(
    found.map(({ id }) => id),
    Array.from({ length: 12 }, (_, i) => `p${i}`),
  );
  for (const { offset, id } of found) assert.ok(text.startsWith(`@id("${id}")`, offset));
});

test('policies that are alike have places of their own', () => {
  const one = 'permit(principal, action, resource);';
  assert.deepEqual(
    parsed(`${one}\n${one}`).map(({ offset }) => offset),
    [0, one.length + 1],
  );
});

test('what cannot be read is named with its place in UTF-16', () => {
  const [syntax] = problems('permit(principal, action, resource) when { "é😀" == 1 || };');
  assert.match(syntax?.message ?? '', /^unexpected token `}`/);
  assert.equal(syntax?.offset, 'permit(principal, action, resource) when { "é😀" == 1 || '.length);
  assert.match(problems('permit(principal == ?principal, action, resource);')[0]?.message ?? '', /has a slot/);
  const big = problems('permit(principal, action, resource) when { 9007199254740993 == 1 };');
  assert.match(big[0]?.message ?? '', /no integer between/);
});

test('policies are checked against the schema, with what to do about it', () => {
  const ask = 'permit(principal is User, action in Action::"http", resource) when { principal.claims.team == "a" };';
  assert.match(
    messages(ask)[0] ?? '',
    /attribute `claims.team`.* not found; declare it in the schema: type Claims = \{ team\?: String \};/,
  );
  assert.match(messages(ask, 'type Claims = { team?: String };')[0] ?? '', /optional attribute/);
  assert.deepEqual(messages(ask, 'type Claims = { team: String };'), []);
  assert.match(
    messages('permit(principal, action == Action::"llm:chatt", resource);')[0] ?? '',
    /did you mean `Action::"llm:chat"`/,
  );
  const never = checkPolicies(
    library,
    parsed('permit(principal, action == Action::"llm:chat", resource is Tool);'),
    schema(),
  );
  assert.deepEqual(never.errors, []);
  assert.match(never.warnings.map(({ message }) => message).join(), /impossible/);
});

test('every action of the schema applies to what its policies are about', () => {
  const text = `
    permit(principal is User, action in Action::"http:read", resource is Route) when {
      principal in Group::"staff" && context.request.path like "/a/*" && context.source.address.isInRange(ip("10.0.0.0/8")) };
    permit(principal is ApiKey, action == Action::"llm:chat", resource in ModelGroup::"cheap") when {
      principal.hasTag("team") && principal.getTag("team").contains("a") && resource.provider != "openai" };
    permit(principal, action in Action::"mcp:tools", resource in ToolGroup::"safe") unless {
      context.mcp.tool.name == "drop" && principal is Anonymous };
    permit(principal is Certificate, action in Action::"mcp:resources", resource is Resource in Server::"docs") when {
      principal has spiffeId && resource.uri like "file:///*" };
    permit(principal in Role::"ops", action == Action::"a2a:SendMessage", resource is Agent in Route::"default/a");`;
  assert.deepEqual(messages(text), []);
});

test('declarations of a configuration come in the place of those of the same name, and beside the others', () => {
  const own =
    'entity Team, Squad in [Group];\nentity User in [Team, Group] { groups: Set<String> };\naction "mcp:tools/call" in ["mcp:tools"];';
  const { entityTypes, actions } = schema(own);
  assert.deepEqual(entityTypes.get('User'), ['Team', 'Group']);
  assert.deepEqual(entityTypes.get('Squad'), ['Group']);
  const call = actions.filter(({ uid }) => 'id' in uid && uid.id === 'mcp:tools/call');
  assert.deepEqual(call, [
    { uid: { type: 'Action', id: 'mcp:tools/call' }, attrs: {}, parents: [{ type: 'Action', id: 'mcp:tools' }] },
  ]);
  const wrong = loadSchema(library, 'type Claims = { "é": Strin };');
  assert.ok('problems' in wrong);
  assert.equal(wrong.problems[0]?.offset, 'type Claims = { "é": '.length);
});

const entity = (
  type: string,
  id: string,
  parents: EntityJson['parents'] = [],
  attrs: EntityJson['attrs'] = {},
): EntityJson => ({
  uid: { type, id },
  attrs,
  parents,
});

test('entities have types and parents of the schema; those of requests need not be complete', () => {
  const problem = (...entities: readonly EntityJson[]): string | undefined =>
    entitiesProblem(library, entities, schema());
  assert.equal(
    problem(entity('Tool', 'docs/search', [{ type: 'ToolGroup', id: 'safe' }]), entity('Group', 'a')),
    undefined,
  );
  assert.match(problem(entity('Tol', 'x')) ?? '', /Tol::"x" has a type that the schema does not declare/);
  assert.match(problem(entity('Tool', 'x', [{ type: 'Group', id: 'a' }])) ?? '', /Tool::"x" cannot be in Group::"a"/);
  assert.match(problem(entity('Group', 'x', [], { a: 1 })) ?? '', /attribute/);
  assert.match(problem({ uid: 'x' } as unknown as EntityJson) ?? '', /missing field `attrs`/);
});

test('what the documentation shows passes the check', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/security.md'), 'utf8');
  const own = /^schema: \|\n([\s\S]*?)```/m.exec(page)?.[1] ?? '';
  const shown = [/```cedar\n([\s\S]*?)```/, /^ +policies: \|\n([\s\S]*?)\n +entities:/m].map(
    (part) => part.exec(page)?.[1] ?? '',
  );
  for (const text of shown) {
    assert.ok(parsed(text).length > 1);
    assert.deepEqual(checkPolicies(library, parsed(text), schema(own)), { errors: [], warnings: [] });
  }
});
