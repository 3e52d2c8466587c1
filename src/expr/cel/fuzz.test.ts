import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CelError } from './errors.ts';
import { toBytes, toJs, toText } from './output.ts';
import { compileCel } from './program.ts';
import { allVariables } from '../variables.ts';
import { library } from './functions/library.ts';

const names = fc.constantFrom('x', 'y', 'request', 'jwt', 'llmRequest', 'metadata');
const members = library.names(true);
const globals = library.names(false).filter((name) => /^[a-z]/i.test(name));

/** Expressions of the grammar, most of them ill-typed, that call everything there is. */
const expression = fc.letrec<{ node: string }>((tie) => {
  const node = tie('node');
  return {
    node: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.constantFrom(
        '0',
        '1',
        '-1',
        '9223372036854775807',
        '2u',
        '1.5',
        '"a"',
        '"(a+)+$"',
        "b'\\xff'",
        'true',
        'null',
      ),
      fc.constantFrom('[]', '{}', 'duration("1h")', 'timestamp(0)', 'request.headers', 'optional.none()', 'dyn(1)'),
      names,
      fc
        .tuple(node, fc.constantFrom('+', '-', '*', '/', '%', '<', '>=', '==', '!=', 'in', '&&', '||'), node)
        .map((part) => `(${part.join(' ')})`),
      fc.tuple(node, node, node).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc.tuple(node, names).map(([a, b]) => `${a}.${b}`),
      fc.tuple(node, names).map(([a, b]) => `has(${a}.?${b})`),
      fc.tuple(node, node).map(([a, b]) => `${a}[${b}]`),
      fc.tuple(node, node).map(([a, b]) => `[${a}, ${b}]`),
      fc.tuple(node, node).map(([a, b]) => `{${a}: ${b}}`),
      fc
        .tuple(fc.constantFrom(...globals), fc.array(node, { maxLength: 3 }))
        .map(([name, args]) => `${name}(${args.join(', ')})`),
      fc
        .tuple(node, fc.constantFrom(...members), fc.array(node, { maxLength: 3 }))
        .map(([target, name, args]) => `${target}.${name}(${args.join(', ')})`),
      fc
        .tuple(
          node,
          fc.constantFrom('all', 'exists', 'exists_one', 'map', 'filter', 'mapValues', 'filterKeys', 'with', 'optMap'),
          node,
        )
        .map(([range, macro, body]) => `${range}.${macro}(x, ${body})`),
      fc
        .tuple(node, fc.constantFrom('transformList', 'transformMap', 'all'), node)
        .map(([range, macro, body]) => `${range}.${macro}(x, y, ${body})`),
    ),
  };
}).node;

const dynamic = { x: { kind: 'dyn' }, y: { kind: 'dyn' } } as const;

/** Compiles and evaluates; anything but a CelError at load is a failure. */
function survive(source: string, values: { readonly [name: string]: unknown }, unchecked: boolean): boolean {
  try {
    const program = compileCel(
      source,
      { ...allVariables.variables, ...dynamic },
      { unchecked, limits: { steps: 10_000 } },
    );
    const result = program.evaluate({ get: (name) => values[name] });
    toJs(result);
    toText(result);
    toBytes(result);
    return true;
  } catch (cause) {
    if (cause instanceof CelError) return false;
    throw cause;
  }
}

const values = fc.record({
  x: fc.jsonValue(),
  y: fc.oneof(fc.jsonValue(), fc.bigInt(), fc.date(), fc.uint8Array(), fc.constant(undefined)),
  request: fc.record({ headers: fc.dictionary(fc.string(), fc.string()), path: fc.string(), body: fc.uint8Array() }),
  jwt: fc.dictionary(fc.string(), fc.jsonValue()),
  metadata: fc.constant(null),
});

test('property: no expression of the grammar makes anything but a CelError, checked or not', () => {
  let ran = 0;
  fc.assert(
    fc.property(expression, values, fc.boolean(), (source, bound, unchecked) => {
      if (survive(source, bound, unchecked)) ran++;
    }),
    { numRuns: 3000 },
  );
  assert.ok(ran > 300, `only ${ran} were evaluated`);
});

test('property: no text makes anything but a CelError', () => {
  const pieces = fc.constantFrom(
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '.',
    '?',
    ':',
    ',',
    '"',
    "'",
    '\\',
    '`',
    '-',
    '!',
    '1',
    '0x',
    'u',
    'e',
    'in',
    'x',
    ' ',
    '\n',
    '//',
    '"""',
    'b"',
    "r'",
    '&&',
    '=',
    '\ud800',
    '😀',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(pieces, { maxLength: 30 }).map((list) => list.join('')),
      ),
      (source) => {
        survive(source, {}, false);
      },
    ),
    { numRuns: 3000 },
  );
});

test('property: data as deep or strange as it likes is handled', () => {
  const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);
  const nested = deep(2000);
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  for (const x of [nested, cyclic, Symbol.iterator, () => 1, NaN, -0, 1e300, [undefined, null], new Set([1])]) {
    for (const source of [
      'x',
      'x == x',
      'toJson(x)',
      '"%s".format([x])',
      'size([x])',
      'type(x)',
      'x in [x]',
      'string(x)',
      'flattenRecursive(x)',
    ]) {
      survive(source, { x }, true);
    }
  }
});
