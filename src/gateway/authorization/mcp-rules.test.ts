import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logger } from '../../base/logger.ts';
import { noCustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { McpItem } from '../../mcp/access.ts';
import type { AuthorizationRule } from '../../model/policies/authorization.ts';
import { createMetrics } from '../../telemetry/metrics/names.ts';
import { MetricRegistry } from '../../telemetry/metrics/registry.ts';
import { Expressions } from '../attributes/expressions.ts';
import type { Exchange } from '../exchange.ts';
import { compileMcpRules } from './mcp-rules.ts';

const echo: McpItem = { kind: 'tool', target: 'a', name: 'echo' };
const remove: McpItem = { kind: 'tool', target: 'a', name: 'remove' };
const hello: McpItem = { kind: 'prompt', target: 'a', name: 'hello' };

/** Which of the items the rules allow, and what was logged. */
function allowed(kind: AuthorizationRule['kind'], condition: string, given?: unknown): readonly string[] {
  const lines: string[] = [];
  const access = compileMcpRules([{ kind, condition }], {
    expressions: new Expressions(noCustomFunctions),
    log: new Logger((line) => lines.push(line)),
    metrics: createMetrics(new MetricRegistry()),
    place: 'test',
  })({
    attributes: () => ({ get: () => undefined }),
    record: { mcp: null, decided: () => undefined },
  } as unknown as Exchange);
  const items = [echo, remove, hello].filter((item) => access.allows('tools/call', item, given));
  return [...items.map(({ name }) => name), ...lines.map(() => 'logged')];
}

test('an allow for tools allows no prompts, and says nothing of them', () => {
  assert.deepEqual(allowed('allow', 'mcp.tool.name == "echo"'), ['echo']);
  assert.deepEqual(allowed('allow', 'mcp.tool.target == "b" || mcp.prompt.name == "hello"'), ['hello', 'logged']);
});

test('a deny for tools refuses no prompts', () => {
  assert.deepEqual(allowed('deny', 'mcp.tool.name == "remove"'), ['echo', 'hello']);
  assert.deepEqual(allowed('deny', '!has(mcp.tool)'), ['echo', 'remove']);
});

test('a require for tools does not hold for prompts', () => {
  assert.deepEqual(allowed('require', 'mcp.tool.name == "remove"'), ['remove']);
});

test('a deny that fails about an item of its own kind refuses it, and is logged', () => {
  const rule = 'mcp.tool.arguments.path.startsWith("/etc")';
  assert.deepEqual(allowed('deny', rule), ['hello', 'logged']);
  assert.deepEqual(allowed('deny', rule, { path: '/tmp' }), ['echo', 'remove', 'hello']);
  assert.deepEqual(allowed('deny', rule, { path: '/etc/passwd' }), ['hello']);
});

test('a list is without what rules do not allow, and says so once', () => {
  const said: unknown[] = [];
  const rules = [
    { kind: 'deny', condition: 'mcp.tool.name == "remove"' } as const,
    { kind: 'allow', condition: 'mcp.tool.target == "a"' } as const,
  ];
  const access = compileMcpRules(rules, {
    expressions: new Expressions(noCustomFunctions),
    log: new Logger(() => undefined),
    metrics: createMetrics(new MetricRegistry()),
    place: 'test',
  })({
    attributes: () => ({ get: () => undefined }),
    trace: { say: (step: string, details: object) => said.push([step, details]) },
    record: { mcp: null, leftOut: (count: number, by: string) => said.push([count, by]) },
  } as unknown as Exchange);
  const elsewhere: McpItem = { kind: 'tool', target: 'b', name: 'echo' };
  assert.deepEqual(access.shows('tools/list', [echo, remove, elsewhere, remove]), [true, false, false, false]);
  const by = 'deny 1, no rule allows it';
  assert.deepEqual(said, [
    ['decision', { action: 'mcp:tools/list', outcome: 'list', shown: 1, hidden: 3, by }],
    [3, by],
  ]);
});
