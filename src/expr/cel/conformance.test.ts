import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tests as root } from '@bufbuild/cel-spec/testdata/conformance.js';
import { CelError } from './errors.ts';
import { library } from './functions/library.ts';
import { compileCel } from './program.ts';
import {
  declarationsOf,
  expectedType,
  functionsOf,
  needsMessages,
  show,
  valueOf,
  type SpecCase,
} from './testing/spec-cases.ts';
import { formatType } from './types.ts';
import { isError } from './values.ts';

/** Whole suites of features that a gateway's expressions do not have. */
const leftOut: { readonly [suite: string]: string } = {
  proto2: 'protobuf messages',
  proto2_ext: 'protobuf extension fields',
  proto3: 'protobuf messages',
  enums: 'protobuf enums',
  block_ext: 'cel.block, which optimisers write and people do not',
};

/** Why a case fails, or null when it passes. */
function failure(spec: SpecCase): string | null {
  const wantedValue = spec.value ?? spec.typedResult?.result;
  try {
    const program = compileCel(spec.expr, declarationsOf(spec), {
      container: spec.container ?? '',
      unchecked: spec.disableCheck === true,
      functions: library.extend(functionsOf(spec)),
    });
    const type = expectedType(spec);
    if (type !== null && formatType(program.type) !== type) return `type ${formatType(program.type)}, not ${type}`;
    if (spec.checkOnly === true) return null;
    const bindings = spec.bindings ?? {};
    const result = program.evaluate({
      get: (name) => (bindings[name]?.value === undefined ? undefined : valueOf(bindings[name].value)),
    });
    if (spec.evalError !== undefined) return isError(result) ? null : `${show(result)}, not an error`;
    // A case without an expectation expects true.
    const wanted = show(wantedValue === undefined ? true : valueOf(wantedValue));
    return show(result) === wanted ? null : `${show(result)}, not ${wanted}`;
  } catch (cause) {
    if (cause instanceof CelError && spec.evalError !== undefined) return null;
    return cause instanceof CelError ? `did not load: ${cause.message}` : String((cause as Error).stack);
  }
}

/** Every case must pass or be left out for a stated reason; a change of these numbers is a regression or a new suite. */
const expected = { passed: 1725, excluded: 619 };

const excluded: string[] = [];
let passed = 0;
let excludedCases = 0;

function leaveOut(section: string, count: number, why: string): void {
  if (count === 0) return;
  excludedCases += count;
  excluded.push(`${section}: ${count} (${why})`);
}

for (const suite of root.suites ?? []) {
  const sections = suite.suites ?? [];
  if (leftOut[suite.name] !== undefined || sections.length === 0) {
    const count = sections.reduce((sum, section) => sum + (section.tests ?? []).length, 0);
    leaveOut(suite.name, count, leftOut[suite.name] ?? 'empty');
    continue;
  }
  test(`CEL conformance: ${suite.name}`, () => {
    const failures: string[] = [];
    for (const section of sections) {
      let skipped = 0;
      for (const { original } of section.tests ?? []) {
        const spec = original as unknown as SpecCase;
        if (needsMessages(spec)) skipped++;
        else {
          const why = failure(spec);
          if (why === null) passed++;
          else failures.push(`${section.name}/${spec.name ?? ''}: ${spec.expr}\n    ${why}`);
        }
      }
      leaveOut(`${suite.name}/${section.name}`, skipped, 'protobuf messages');
    }
    assert.equal(failures.length, 0, `${failures.length} failed\n  ${failures.join('\n  ')}`);
  });
}

test('CEL conformance: no case is lost', (context) => {
  context.diagnostic(`${passed} passed; ${excludedCases} left out:\n${excluded.join('\n')}`);
  assert.deepEqual({ passed, excluded: excludedCases }, expected);
});
