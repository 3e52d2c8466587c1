import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logger } from '../../base/logger.ts';
import { noCustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { AuthorizationRule } from '../../model/policies/authorization.ts';
import type { Counter } from '../../telemetry/metrics/series.ts';
import { Expressions } from '../attributes/expressions.ts';
import { RuleFailures } from './rule-failures.ts';
import { compileRules, type Decision } from './rule-set.ts';

const requests: Readonly<Record<string, unknown>> = {
  request: { method: 'GET', path: '/a', headers: { 'x-team': 'red', 'x-env': ['prod', 'prod'] } },
  jwt: { sub: 'alice', level: 3 },
};

interface Outcome {
  readonly decision: Decision;
  readonly failed: number;
  readonly log: readonly string[];
}

function outcome(rules: readonly AuthorizationRule[], times = 1): Outcome {
  let failed = 0;
  const log: string[] = [];
  const counter = { add: (n: number) => (failed += n) } as unknown as Counter;
  const failures = new RuleFailures(new Logger((line) => log.push(line)), counter, 'authorization', 'default/r');
  const decide = compileRules(rules, new Expressions(noCustomFunctions), 'request', failures);
  let decision: Decision = { allowed: false, rule: 'none' };
  for (let i = 0; i < times; i++) decision = decide({ get: (root) => requests[root] });
  return { decision, failed, log };
}

const allow = (condition: string): AuthorizationRule => ({ kind: 'allow', condition });
const deny = (condition: string): AuthorizationRule => ({ kind: 'deny', condition });
const require = (condition: string): AuthorizationRule => ({ kind: 'require', condition });
const holds = 'request.method == "GET"';
const fails = 'request.method == "PUT"';
const errs = 'jwt.team == "red"';

const cases: readonly (readonly [string, readonly AuthorizationRule[], boolean, string])[] = [
  ['no rules allow', [], true, ''],
  ['an allow that holds allows', [allow(fails), allow(holds)], true, 'allow 2'],
  ['allows of which none holds refuse', [allow(fails)], false, ''],
  ['a deny that holds refuses, wherever it stands', [allow(holds), deny(holds)], false, 'deny 2'],
  ['denies of which none holds allow', [deny(fails)], true, ''],
  ['every require must hold', [require(holds), require(fails), allow(holds)], false, 'require 2'],
  ['requires that hold allow where nothing else is asked', [require(holds)], true, ''],
  ['requires that hold do not stand for an allow', [require(holds), allow(fails)], false, ''],
];

for (const [name, rules, allowed, rule] of cases) {
  test(name, () => {
    assert.deepEqual(outcome(rules), { decision: { allowed, rule }, failed: 0, log: [] });
  });
}

test('a rule that fails never lets a request pass', () => {
  assert.deepEqual(outcome([deny(errs), allow(holds)]).decision, { allowed: false, rule: 'deny 1' });
  assert.deepEqual(outcome([require(errs), allow(holds)]).decision, { allowed: false, rule: 'require 1' });
  assert.deepEqual(outcome([allow(errs)]).decision, { allowed: false, rule: '' });
  assert.deepEqual(outcome([allow(errs), allow(holds)]).decision, { allowed: true, rule: 'allow 2' });
});

test('a rule that gives no bool has failed', () => {
  for (const kind of ['deny', 'require', 'allow'] as const) {
    const { decision, failed } = outcome([{ kind, condition: 'jwt.level' }]);
    assert.deepEqual([decision.allowed, failed], [false, 1]);
  }
});

test('a field that is there twice is no text: a rule that takes it for one has failed', () => {
  const env = 'request.headers["x-env"]';
  const decided = (rules: readonly AuthorizationRule[]): unknown => {
    const { decision, failed } = outcome(rules);
    return [decision.allowed, failed];
  };
  for (const rule of [
    deny(`${env} == "prod"`),
    deny(`"prod" == ${env}`),
    deny('request.headers.?`x-env`.orValue("") == "prod"'),
    deny(`default(${env}, "") == "prod"`),
    deny(`${env} in ["prod", "test"]`),
    deny(`${env} in {"prod": true}`),
    deny(`${env}.contains("pro")`),
    require(`${env} != "prod"`),
    require(`!(${env} in ["prod", "test"])`),
    require(`!${env}.contains("pro")`),
  ]) {
    assert.deepEqual(decided([rule]), [false, 1], rule.condition);
  }
  for (const rule of [
    require(`${env} == ["prod", "prod"]`),
    require(`"prod" in ${env}`),
    require(`${env}.contains("prod")`),
    require(`request.headers.split()["x-env"].exists(value, value == "prod")`),
    require(`request.headers.join()["x-env"] == "prod,prod"`),
    require(`request.headers.raw()["x-env"].all(value, value == "prod")`),
    deny(`${env} == ["prod"]`),
    deny(`default(request.headers.split()["x-none"], []).exists(value, value == "prod")`),
  ]) {
    assert.deepEqual(decided([rule]), [true, 0], rule.condition);
  }
});

test('failures are counted each, and logged once in a while without the text of the rule', () => {
  const { failed, log } = outcome([deny('jwt.team == "s3cret"')], 5);
  assert.equal(failed, 5);
  assert.equal(log.length, 1);
  assert.match(
    log[0] ?? '',
    /the request is refused; .*policy=authorization route=default\/r rule="deny 1" reads=jwt\.team error=/,
  );
  assert.doesNotMatch(log[0] ?? '', /s3cret/);
});
