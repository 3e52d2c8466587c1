import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CelError, CelErrorValue } from './errors.ts';
import { toJs } from './output.ts';
import { compileCel, loadCustomFunctions } from './program.ts';
import * as t from './types.ts';
import { CelObject, isError } from './values.ts';

const declarations = {
  n: t.int,
  s: t.string,
  d: t.dyn,
  cost: t.double,
  when: t.timestamp,
  took: t.duration,
  list: t.list(t.string),
  user: t.object('user', { name: t.string, address: t.object('user.address', { city: t.string }) }, t.dyn),
  req: t.object('req', { path: t.string, code: t.int }),
};

function run(source: string, values: { readonly [name: string]: unknown } = {}): unknown {
  const result = compileCel(source, declarations).evaluate({ get: (name) => values[name] });
  return isError(result) ? result : toJs(result);
}

function loadError(source: string): CelError {
  try {
    compileCel(source, declarations);
  } catch (cause) {
    if (cause instanceof CelError) return cause;
    throw cause;
  }
  return assert.fail(`${source} loaded`);
}

test('an error at load names line, column and the nearest valid name', () => {
  const cases: [source: string, line: number, column: number, message: RegExp][] = [
    ['n +\n  nn', 2, 3, /unknown variable 'nn'; did you mean 'n'\?/],
    ['req.pth', 1, 5, /'req' has no field 'pth'; did you mean 'path'\?/],
    ['s.startWith("a")', 1, 3, /unknown function 'startWith'; did you mean 'startsWith'\?/],
    ['math.flor(1.0)', 1, 6, /unknown function 'math\.flor'; did you mean 'math\.floor'\?/],
    ['startsWith(s, "a")', 1, 1, /it is called on a value, as x\.startsWith/],
    ['n + s', 1, 3, /found int \+ string; expected int \+ int/],
    ['n == s', 1, 3, /found int == string; expected two values of one type/],
    ['s.contains()', 1, 3, /takes another number of arguments/],
    ['n ? 1 : 2', 1, 1, /cannot take a value of type int/],
    ['list.exists(x, 1)', 1, 16, /expected a bool condition, found int/],
    ['n.map(x, x)', 1, 1, /runs over a list or map, not int/],
    ['s.name', 1, 3, /a value of type string has no field 'name'/],
    ['has(n)', 1, 5, /takes a field selection/],
    ['s.matches("(")', 1, 11, /invalid regular expression/],
    ['{1.5: 2}', 1, 2, /map key cannot be of type double/],
    ['"abc', 1, 1, /no closing quote/],
    ['"\\q"', 1, 2, /not a valid escape/],
    ['9223372036854775808', 1, 1, /out of range/],
    ['1 +', 1, 4, /expected an expression, found the end/],
    ['(1', 1, 3, /expected '\)'/],
    ['for', 1, 1, /reserved word/],
    ['a # b', 1, 3, /unexpected character "#"/],
  ];
  for (const [source, line, column, message] of cases) {
    const error = loadError(source);
    assert.match(error.message, message);
    assert.deepEqual([error.line, error.column], [line, column], source);
    assert.equal(error.source, source);
  }
});

test('references are the attribute paths that are used, and whole roots where they are used whole', () => {
  const cases: [source: string, references: string[]][] = [
    ['user.name == "x" && req.code > 1', ['req.code', 'user.name']],
    ['user.address.city', ['user.address.city']],
    ['user["name"]', ['user.name']],
    ['has(user.email) ? 1 : 2', ['user.email']],
    ['size(user)', ['user']],
    ['user[s]', ['s', 'user']],
    ['user.groups.exists(g, g == s)', ['s', 'user.groups']],
    ['req.with(r, r.path)', ['req']],
    ['d.a.b', ['d']],
    ['list.map(user, user)', ['list']],
    ['1 + 2', []],
  ];
  for (const [source, references] of cases) {
    assert.deepEqual([...compileCel(source, declarations).references].toSorted(), references, source);
  }
  assert.deepEqual([...compileCel('user.name', declarations).roots], ['user']);
  assert.equal(compileCel('variables()', declarations).roots.size, Object.keys(declarations).length);
});

test('only the fields that are named are computed', () => {
  const read: string[] = [];
  class Lazy extends CelObject {
    field(name: string): unknown {
      read.push(name);
      return name === 'path' ? '/a' : undefined;
    }
    keys(): string[] {
      return ['path'];
    }
  }
  assert.equal(run('req.path == "/a"', { req: new Lazy() }), true);
  assert.deepEqual(read, ['path']);
});

test('numbers of an activation become what their declaration says, else int or double by value', () => {
  assert.equal(run('type(n) == int && n == 3', { n: 3 }), true);
  assert.equal(run('type(cost) == double', { cost: 3 }), true);
  assert.equal(run('type(d.a) == int && type(d.b) == double', { d: { a: 1, b: 1.5 } }), true);
  assert.equal(run('d == 9223372036854775807', { d: 9223372036854775807n }), true);
  assert.equal(run('when == timestamp("1970-01-01T00:00:01.5Z")', { when: 1500 }), true);
  assert.equal(run('when == timestamp("1970-01-01T00:00:01.5Z")', { when: new Date(1500) }), true);
  assert.equal(run('took == duration("1.5s")', { took: 1500 }), true);
  assert.equal(run('d.m["k"] == 1', { d: { m: new Map([['k', 1]]) } }), true);
});

test('a variable that is absent is null, and its fields are missing', () => {
  assert.equal(run('user == null'), true);
  assert.equal(run('has(user.name)'), false);
  assert.equal(run('default(user.name, "nobody")'), 'nobody');
  const error = run('user.name');
  assert.ok(error instanceof CelErrorValue && error.code === 'noSuchKey');
});

test('no inherited property of a record is visible', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    assert.equal(run(`has(user.${name})`, { user: {} }), false, name);
    assert.equal(run(`"${name}" in user`, { user: {} }), false, name);
  }
  const parsed = run('json("{\\"__proto__\\": 1}")') as { readonly [key: string]: unknown };
  assert.deepEqual(Object.entries(parsed), [['__proto__', 1]]);
});

test('integers keep 64 bits', () => {
  assert.equal(run('string(9007199254740993 + 2)'), '9007199254740995');
  assert.equal(run('9223372036854775807 + 1 > 0 || true'), true);
  assert.ok(isError(run('n * n', { n: 2 ** 40 }) as never));
  assert.equal(run('toJson({"big": 9007199254740993})'), '{"big":9007199254740993}');
  assert.equal(run('json("{\\"id\\": 9007199254740993}").id == 9007199254740993'), true);
});

test('errors are absorbed where another operand decides', () => {
  assert.equal(run('fail() || true'), true);
  assert.equal(run('fail() && false'), false);
  assert.equal(run('fail() || false || n == 1', { n: 1 }), true);
  assert.equal(run('[0, 1].exists(x, 1 / x == 1)'), true);
  assert.ok(isError(run('[0, 2].exists(x, 1 / x == 1)') as never));
});

test('evaluateBool counts errors and other types as false and reports them', () => {
  const codes: string[] = [];
  const decide = (source: string): boolean =>
    compileCel(source, declarations).evaluateBool({ get: () => undefined }, (error) => codes.push(error.code));
  assert.equal(decide('true'), true);
  assert.equal(decide('fail("no")'), false);
  assert.equal(decide('1'), false);
  assert.deepEqual(codes, ['failed', 'noSuchOverload']);
});

test('an evaluation that would run long ends with an error instead', () => {
  const nested = (depth: number): string => (depth === 0 ? '1' : `d.map(x${depth}, ${nested(depth - 1)})`);
  const result = run(nested(5), { d: Array.from({ length: 100 }, (_, index) => index) });
  assert.ok(result instanceof CelErrorValue && result.code === 'limit');
  const doubled = (depth: number): string =>
    depth === 0 ? 'v0' : `cel.bind(v${depth - 1}, v${depth} + v${depth}, ${doubled(depth - 1)})`;
  const text = run(`cel.bind(v40, "aaaaaaaa", ${doubled(40)})`);
  assert.ok(text instanceof CelErrorValue && text.code === 'limit');
  const shared = (depth: number): string =>
    depth === 0 ? 'toJson(v0)' : `cel.bind(v${depth - 1}, [v${depth}, v${depth}], ${shared(depth - 1)})`;
  const json = run(`cel.bind(v40, [1], ${shared(40)})`);
  assert.ok(json instanceof CelErrorValue && json.code === 'limit');
  const large = { items: Array.from({ length: 300 }, () => 0), text: `[${'1,'.repeat(500_000)}1]` };
  const parsed = run('d.items.all(i, size(json(d.text)) > i)', { d: large });
  assert.ok(parsed instanceof CelErrorValue && parsed.code === 'limit');
});

test('text that is too long, too deep or too large to expand does not load', () => {
  assert.match(loadError(`"${'a'.repeat(100_001)}"`).message, /longer than/);
  assert.match(loadError('('.repeat(10_000)).message, /nested deeper/);
  assert.match(loadError(`${'['.repeat(300)}${']'.repeat(300)}`).message, /nested deeper/);
  assert.match(loadError(`1${' + 1'.repeat(5000)}`).message, /nested deeper/);
  const chain = Array.from({ length: 40 }, (_, index) => `f${index + 1}() { f${index}() + f${index}() }`).join('\n');
  const customFunctions = loadCustomFunctions(`f0() { 1 }\n${chain.split('\n').slice(0, 8).join('\n')}`, {});
  assert.equal(toJs(compileCel('f8()', {}, { customFunctions }).evaluate({ get: () => undefined })), 256);
  assert.throws(() => loadCustomFunctions(`f0() { 1 }\n${chain}`, {}), /more than 20000 parts/);
});

test('long chains of && and || stay shallow', () => {
  const source = Array.from({ length: 2000 }, (_, index) => `n == ${index}`).join(' || ');
  assert.equal(run(source, { n: 1999 }), true);
});

test('custom functions take the place of their calls and see roots and parameters only', () => {
  const text = `
    # greeting
    hello(name) { "hello " + name }
    this.joined(first, rest...) { this + first + rest.join("") }
    isAdmin() { has(user.admin) && user.admin }
    nested() { { "}": hello("'") }["}"] }
  `;
  const customFunctions = loadCustomFunctions(text, declarations);
  const call = (source: string): unknown => {
    const program = compileCel(source, declarations, { customFunctions });
    return toJs(program.evaluate({ get: (name) => (name === 'user' ? { admin: true } : undefined) }));
  };
  assert.equal(call('hello("you")'), 'hello you');
  assert.equal(call('"a".joined("b", "c", "d")'), 'abcd');
  assert.equal(call('"a".joined("b")'), 'ab');
  assert.equal(call('isAdmin()'), true);
  assert.equal(call('nested()'), "hello '");
  assert.deepEqual([...compileCel('isAdmin()', declarations, { customFunctions }).references], ['user.admin']);
  assert.throws(
    () => compileCel('hello(1)', declarations, { customFunctions }),
    /in custom function 'hello': .*string \+ int/,
  );
  assert.throws(() => compileCel('helo("x")', declarations, { customFunctions }), /did you mean 'hello'/);
  assert.throws(
    () => compileCel('["x"].map(name, isAdmin(name))', declarations, { customFunctions }),
    /does not take 1/,
  );
});

test('custom functions that cannot be are refused with their position', () => {
  const cases: [text: string, message: RegExp, line: number][] = [
    ['a() { b() }\nb() { a() }', /in a circle: a → b → a/, 1],
    ['a() { 1 }\na() { 2 }', /defined twice/, 2],
    ['size() { 1 }', /name of a built-in function/, 1],
    ['a() {\n 1 +\n}', /expected an expression/, 3],
    ['a() { 1', /no closing/, 1],
    ['a(this) { 1 }', /cannot be a parameter/, 1],
    ['a(x..., y) { 1 }', /cannot be a parameter/, 1],
    ['\nwhat', /expected 'name/, 2],
    ['a() {\n  nobody\n}', /unknown variable 'nobody'/, 2],
  ];
  for (const [text, message, line] of cases) {
    assert.throws(
      () => loadCustomFunctions(text, declarations),
      (error: unknown) => error instanceof CelError && message.test(error.message) && error.line === line,
      text,
    );
  }
});
