import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileCel } from './cel/program.ts';
import { formatType } from './cel/types.ts';
import { contexts, variables, type ContextName } from './variables.ts';

test('an expression may name only what exists where it stands', () => {
  const cases: [place: ContextName, source: string, allowed: boolean][] = [
    ['request', 'request.method == "GET" && source.port > 0', true],
    ['request', 'response.code == 200', false],
    ['request', 'llmRequest.model', false],
    ['llmRequest', 'llmRequest.model == request.path', true],
    ['mcp', 'mcp.tool.name == "x" && jwt.sub == "y"', true],
    ['request', 'mcp.tool.name', false],
    ['connection', 'source.address', true],
    ['connection', 'request.path', false],
    ['response', 'response.code >= 500', true],
    ['log', 'response.code == 200 && llm.totalTokens > 5 && mcp.methodName == "x"', true],
    ['log', 'llmRequest', false],
  ];
  for (const [place, source, allowed] of cases) {
    const load = (): unknown => compileCel(source, contexts[place]);
    if (allowed) load();
    else assert.throws(load, /unknown variable .*; it exists in \w+.* expressions, not in/, source);
  }
});

test('attributes have the types that agentgateway documents', () => {
  const types: { readonly [source: string]: string } = {
    'request.method': 'string',
    'request.headers': 'headers',
    'request.body': 'bytes',
    'request.startTime': 'timestamp',
    'response.code': 'int',
    'proxy.upstreamDuration': 'duration',
    'source.subjectAltNames': 'list(string)',
    'source.identity.trustDomain': 'string',
    'jwt.sub': 'dyn',
    'jwt.rawToken': 'secret',
    'llm.cost.total': 'double',
    'llm.prompt[0].role': 'string',
    'mcp.tool.arguments.x': 'dyn',
    'llmRequest.model': 'dyn',
  };
  for (const [source, type] of Object.entries(types)) {
    assert.equal(formatType(compileCel(source, variables).type), type, source);
  }
});

test('references name request attributes as far as they are declared', () => {
  const program = compileCel(
    'request.headers["a"] == jwt.sub && json(request.body).x == mcp.tool.arguments.y',
    variables,
  );
  assert.deepEqual([...program.references].toSorted(), [
    'jwt.sub',
    'mcp.tool.arguments.y',
    'request.body',
    'request.headers',
  ]);
});
