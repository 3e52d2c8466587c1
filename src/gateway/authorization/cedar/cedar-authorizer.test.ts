import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Logger } from '../../../base/logger.ts';
import type { PolicyJson } from '../../../model/policies/cedar-json.ts';
import { createMetrics } from '../../../telemetry/metrics/names.ts';
import { MetricRegistry } from '../../../telemetry/metrics/registry.ts';
import type { Exchange } from '../../exchange.ts';
import type { Resource } from '../authorizer.ts';
import { joinAuthorizers } from '../joined-authorizer.ts';
import { CedarAuthorizer } from './cedar-authorizer.ts';

const at = (...path: string[]): object =>
  path.slice(1).reduce<object>((left, attr) => ({ '.': { left, attr } }), { Var: path[0] });
const equal = (left: object, value: unknown): object => ({ '==': { left, right: { Value: value } } });

/** What policies may ask: of the thing, of the request, of the question, and of what only another worker saw. */
const conditions: readonly object[] = [
  equal(at('resource', 'name'), 'a'),
  { like: { left: at('resource', 'name'), pattern: [{ Literal: 'b' }, 'Wildcard'] } },
  equal(at('context', 'request', 'path'), '/x'),
  equal(at('context', 'mcp', 'tool', 'name'), 'c'),
  equal(at('context', 'source', 'port'), 7),
  equal(at('principal', 'kind'), 'anonymous'),
  // Fails for some: what cannot be evaluated is left out, and named.
  equal(at('resource', 'color'), 'red'),
  // The whole context, whose key must then be whole, too.
  { has: { left: { Var: 'context' }, attr: 'mcp' } },
];

const policy = fc.record({
  effect: fc.constantFrom('permit' as const, 'forbid' as const),
  body: fc.constantFrom(...conditions),
});

function authorizer(
  policies: readonly { readonly effect: 'permit' | 'forbid'; readonly body: object }[],
): CedarAuthorizer {
  const all = { op: 'All' } as const;
  const named = policies.map(({ effect, body }, i) => ({
    id: `p${i}`,
    json: {
      effect,
      principal: all,
      action: all,
      resource: all,
      conditions: [{ kind: 'when', body }],
    } as PolicyJson,
  }));
  const counter = createMetrics(new MetricRegistry()).policyExpressionErrors.with('authorization.cedar');
  const spec = { policies: named, entities: [], groupClaims: [], roleClaims: [] };
  return new CedarAuthorizer(spec, 'test', new Logger(() => undefined), counter);
}

const tool = fc
  .record({ name: fc.constantFrom('a', 'b1', 'b2', 'c'), color: fc.constantFrom('', 'red', 'blue') })
  .map(({ name, color }): Resource => ({
    type: 'Tool',
    id: name,
    attributes: { name, ...(color === '' ? {} : { color }) },
    parents: [],
    context: { mcp: { methodName: 'tools/list', tool: { name } } },
  }));

const exchange = (path: string, port: number): Exchange =>
  ({
    principal: null,
    request: { method: 'POST', path, query: '' },
    connection: { remoteAddress: '127.0.0.1', remotePort: port, raw: null, tls: null },
    fact: () => undefined,
  }) as unknown as Exchange;

test('a list is decided as its items are one by one, remembered or not', () => {
  const request = fc.record({
    path: fc.constantFrom('/x', '/y'),
    port: fc.constantFrom(7, 8),
  });
  fc.assert(
    fc.property(
      fc.array(policy, { maxLength: 6 }),
      fc.array(policy, { maxLength: 3 }),
      fc.array(fc.tuple(request, fc.array(tool, { maxLength: 8 })), { maxLength: 4 }),
      (policies, more, lists) => {
        const make = (): ReturnType<typeof joinAuthorizers> =>
          joinAuthorizers([authorizer(policies), ...(more.length === 0 ? [] : [authorizer(more)])]);
        const [whole, single] = [make(), make()];
        for (const [{ path, port }, tools] of lists) {
          const x = exchange(path, port);
          const answers = whole.decideAll(x, 'mcp:tools/list', tools);
          assert.deepEqual(
            answers,
            tools.map((thing) => single.decide(x, 'mcp:tools/list', thing)),
          );
          assert.deepEqual(
            answers,
            tools.map((thing) => make().decide(x, 'mcp:tools/list', thing)),
          );
          assert.deepEqual(whole.decideAll(x, 'mcp:tools/list', tools), answers);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('what several places decide is allowed where all allow it, and refused in the words of those that refuse', () => {
  const [permit, forbid, nothing] = [
    authorizer([{ effect: 'permit', body: { Value: true } }]),
    authorizer([{ effect: 'forbid', body: { Value: true } }]),
    authorizer([]),
  ];
  const thing: Resource = { type: 'Tool', id: 't', attributes: {}, parents: [] };
  const answer = (...of: CedarAuthorizer[]): unknown =>
    joinAuthorizers(of).decide(exchange('/', 1), 'mcp:tools/call', thing);
  assert.deepEqual(answer(permit, permit), { allowed: true, forbidden: false, by: 'p0' });
  assert.deepEqual(answer(permit, nothing), { allowed: false, forbidden: false, by: 'no policy permits it' });
  assert.deepEqual(answer(forbid, permit), { allowed: false, forbidden: true, by: 'p0' });
  assert.deepEqual(answer(nothing, forbid), { allowed: false, forbidden: true, by: 'no policy permits it, p0' });
  assert.deepEqual(joinAuthorizers([permit, nothing]).places, ['test', 'test']);
});
