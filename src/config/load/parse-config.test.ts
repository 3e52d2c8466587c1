import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatErrors } from './format.ts';
import { parseConfig, type ConfigError, type ParsedConfig } from './parse-config.ts';

const env = { HOME: '/home/w', PORT: '8080', API_KEY: 'k', HOST: 'api', WEIGHT: '3', QUOTED_NUMBER: '7' };

function parse(text: string): ParsedConfig {
  return parseConfig(text, { fileName: 'w.yaml', env });
}

function errorsOf(text: string): readonly ConfigError[] {
  const parsed = parse(text);
  assert.ok(!parsed.ok, 'the configuration is valid');
  return parsed.errors;
}

test('a variable inside a plain scalar can bring in no structure', () => {
  const text = 'backends: [{ name: a, host: "h:1" }]\nroutes: [{ name: $INJECT }]';
  const parsed = parseConfig(text, { fileName: 'w.yaml', env: { INJECT: 'x, policies: { a2a: {} } }\nbinds: []' } });
  assert.ok(parsed.ok);
  assert.equal(parsed.config.routes[0]?.name, 'x, policies: { a2a: {} } }\nbinds: []');
  assert.equal(parsed.config.routes[0]?.policies, undefined);
});

test('an error carries file, line, column, path, what was expected and found, and the nearest name', () => {
  const [error] = errorsOf('gateways:\n  default:\n    port: 80\n    protocol: HTTPP\n');
  assert.ok(error !== undefined);
  const { excerpt, ...rest } = error;
  assert.deepEqual(rest, {
    file: 'w.yaml',
    line: 4,
    column: 15,
    path: 'gateways.default.protocol',
    message: 'expected one of HTTP, HTTPS, TCP, TLS; found "HTTPP"; did you mean HTTP?',
    expected: 'one of HTTP, HTTPS, TCP, TLS',
    found: '"HTTPP"',
    suggestion: 'HTTP',
  });
  assert.deepEqual(excerpt, { text: '    protocol: HTTPP', start: 14, length: 5 });
});

test('a second document is refused where it begins', () => {
  const [error, ...others] = errorsOf('gateways: { a: { port: 80 } }\n---\nroutes: []\n');
  assert.deepEqual(
    [error?.line, error?.message, others],
    [2, 'a second document begins here, but a configuration is one document', []],
  );
  assert.ok(parse('---\ngateways: { a: { port: 80 } }\n...\n').ok);
});

test('an excerpt is short and cannot act on the terminal', () => {
  const [control] = errorsOf('gateways: "\u001b[31mred\u0007"');
  assert.equal(control?.excerpt.text, 'gateways: "\ufffd[31mred\ufffd"');
  const pad = (count: number): string =>
    Array.from({ length: count }, (_, i) => `{"host":"h${i}:1","name":"b${i}"}`).join();
  const line = `{"backends":[${pad(50)},{"nam":"x","host":"h:1"},${pad(50)}]}`;
  const {
    text = '',
    start = 0,
    length = 0,
  } = errorsOf(line).find(({ message }) => message.includes('nam'))?.excerpt ?? {};
  assert.ok(text.length <= 162 && text.startsWith('…') && text.endsWith('…'), text);
  assert.equal(text.slice(start, start + length), '{"nam":"x","host":"h:1"}');
});

test('an unset variable and errors elsewhere are reported together', () => {
  const messages = errorsOf('gateways: { a: { port: $NOPE }, b: { port: x } }').map((error) => error.path);
  assert.deepEqual(messages, ['gateways.a.port', 'gateways.b.port']);
});

test('a union reports the problems of the form that was meant', () => {
  const jwks = 'jwks: { file: a }';
  const one = errorsOf(`routes: [{ policies: { jwtAuth: { issuer: a, ${jwks}, audience: b } } }]`);
  assert.deepEqual(
    one.map((error) => error.message),
    ['unknown field "audience"; did you mean audiences?'],
  );
  const many = errorsOf(`routes: [{ policies: { jwtAuth: { providers: [{ ${jwks} }] } } }]`);
  assert.deepEqual(
    many.map((error) => `${error.path} ${error.message}`),
    ['routes[0].policies.jwtAuth.providers[0] missing field issuer'],
  );
});

test('unknown fields that the reference ignores are warned about, misspelt ones refused', () => {
  const parsed = parse('routes: [{ xyz: 1 }]');
  assert.ok(parsed.ok);
  assert.match(formatErrors(parsed.warnings), /^w\.yaml:1:12: routes\[0\]\.xyz: unknown field "xyz" has no effect/);
  assert.equal(errorsOf('routes: [{ polices: {} }]')[0]?.suggestion, 'policies');
});

test('a policy that is null has no effect, which is warned about', () => {
  const parsed = parse('routes:\n- policies:\n    a2a:\n');
  assert.ok(parsed.ok);
  assert.equal(parsed.config.routes[0]?.policies?.a2a, undefined);
  assert.match(parsed.warnings[0]?.message ?? '', /a2a is empty and has no effect; write a2a: \{\} to turn it on/);
});

test('positions lead from a path to its place, and errors of later checks can be made there', () => {
  const parsed = parse('routes:\n- name: a\n  backends:\n  - backend: nowhere\n');
  assert.ok(parsed.ok);
  const path = ['routes', 0, 'backends', 0, 'backend'];
  assert.deepEqual(parsed.positions.value(path), { offset: 43, length: 7, line: 4, column: 14 });
  assert.equal(parsed.positions.key(path).column, 5);
  assert.equal(parsed.positions.value([...path, 'deeper']).line, 4);
  assert.equal(
    formatErrors([parsed.errorAt(path, 'there is no such backend')]).split('\n')[0],
    'w.yaml:4:14: routes[0].backends[0].backend: there is no such backend',
  );
});

test('a secret is hidden wherever its line is shown, also over several lines', () => {
  const text =
    'llm:\n  models:\n  - { name: 1, provider: demo, params: { apiKey: "sk-one\n      sk-two", modell: x } }\n';
  const printed = formatErrors(errorsOf(text));
  assert.match(printed, /name: expected a name/);
  assert.match(printed, /unknown field "modell"/);
  assert.doesNotMatch(printed, /sk-/);
});

test('an error at the very start of a text is shown', () => {
  assert.match(formatErrors(errorsOf('\n- a')), /^w\.yaml:2:1: \(file\): expected an object/);
  assert.match(formatErrors(errorsOf('"')), /^w\.yaml:1:\d: \(file\): not valid YAML/);
});

test('an alias bomb is refused', () => {
  let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
  for (let level = 1; level < 12; level++) {
    text += `a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]\n`;
  }
  assert.match(errorsOf(text)[0]?.message ?? '', /more than 200000 values/);
});

test('maps merged many times over are merged once', () => {
  let text = 'llm: { models: [{ name: m, provider: openAI, defaults: { list: [\n  &a0 { k0: 1 },\n';
  for (let level = 1; level < 40; level++) {
    text += `  &a${level} { k${level}: 1, <<: [*a${level - 1}, *a${level - 1}] },\n`;
  }
  const parsed = parse(`${text} ] } }] }`);
  assert.ok(parsed.ok);
  const list = parsed.config.llm?.models[0]?.defaults?.['list'] as readonly object[];
  assert.equal(Object.keys(list[39] ?? {}).length, 40);
});

test('deep nesting is refused', () => {
  assert.match(
    errorsOf(`routes: ${'['.repeat(500)}${']'.repeat(500)}`)[0]?.message ?? '',
    /nested more than 100 levels/,
  );
  assert.ok(errorsOf('['.repeat(200_000)).length > 0);
});

test('a key called __proto__ is a key', () => {
  assert.match(errorsOf('__proto__: { gateways: 1 }')[0]?.message ?? '', /unknown field "__proto__"/);
});

test('whatever is done to a document, it yields a configuration or errors', () => {
  const folder = join(import.meta.dirname, 'testdata/valid');
  const texts = readdirSync(folder)
    .filter((name) => !name.endsWith('.golden'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  const piece = fc.oneof(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      '- ',
      '\n',
      '  ',
      '"',
      "'",
      '&a',
      '*a',
      '<<: ',
      '$',
      '${',
      '~/',
      '#',
      '!!x ',
      '|',
      '? ',
      '\t',
      '---\n',
    ),
    fc.constantFrom('null', '1', '-1', 'true', '1e999', '.nan', 'port', 'host', 'policies', 'ai', 'conditional'),
    fc.string({ maxLength: 4 }),
  );
  const edit = fc.record({ at: fc.nat(), remove: fc.nat(12), insert: piece });
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 4 }), (text, edits) => {
      let mutated = text;
      for (const { at, remove, insert } of edits) {
        const index = at % (mutated.length + 1);
        mutated = mutated.slice(0, index) + insert + mutated.slice(index + remove);
      }
      const parsed = parse(mutated);
      const items = parsed.ok ? parsed.warnings : parsed.errors;
      assert.ok(parsed.ok || items.length > 0);
      for (const item of items) assert.ok(item.line >= 1 && item.column >= 1, JSON.stringify(item));
      formatErrors(items);
    }),
    { numRuns: 400 },
  );
});
