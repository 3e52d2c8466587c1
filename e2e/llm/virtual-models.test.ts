import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Upstream } from '../../testkit/upstream.ts';
import { chat, chatAnswer, says } from './ai-route.ts';

const error = { error: { message: 'no' } };

/** A gateway with models `a` and, internal, `b*`, and these virtual models. */
function start(a: Upstream, b: Upstream, virtual: string): Promise<TestGateway> {
  const model = (name: string, host: string, more: string): string =>
    `{ name: "${name}", provider: { custom: { formats: [{ type: completions }] } }, params: { baseUrl: "http://${host}/v1" }${more} }`;
  return startGateway(`
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
llm:
  gateways: [default]
  models: [${model('a', a.host, '')}, ${model('b*', b.host, ', visibility: internal')}]
  virtualModels: [${virtual}]
`);
}

const ha =
  '{ name: ha, routing: { failover: { targets: [{ model: b-big, priority: 1 }, { model: a, priority: 0 }] } } }';

test('failover goes to the next priority, and internal models are reached only so', async () => {
  await using a = await startUpstream(says(200, chatAnswer('from a')));
  await using b = await startUpstream(says(200, chatAnswer('from b')));
  await using gateway = await start(a, b, ha);
  assert.match((await chat(gateway.port, { model: 'ha' })).text, /from a/);
  a.answer(says(500, error));
  assert.match((await chat(gateway.port, { model: 'ha' })).text, /from b/);
  assert.equal((JSON.parse(b.requests[0]?.body.toString() ?? '') as { model: string }).model, 'b-big');
  assert.equal((await chat(gateway.port, { model: 'b-big' })).status, 404);
  const [, line] = await gateway.lines(3);
  assert.equal(line?.['gen_ai.request.model'], 'ha');
  assert.equal(line?.['waygate.llm.tried'], 'custom:500');
});

test('conditions see the request, and models may be virtual in turn', async () => {
  await using a = await startUpstream(says(200, chatAnswer('from a')));
  await using b = await startUpstream(says(200, chatAnswer('from b')));
  const tier = `{ name: tier, routing: { conditional: { targets: [{ when: "default(llmRequest.max_tokens, 0) > 1000", model: only-b }, { when: "request.headers['x-small'] == '1'", model: a }] } } }`;
  const onlyB =
    '{ name: only-b, routing: { weighted: { targets: [{ model: b1, weight: 1 }, { model: a, weight: 0 }] } } }';
  await using gateway = await start(a, b, `${tier}, ${onlyB}`);
  assert.match((await chat(gateway.port, { model: 'tier', max_tokens: 2000 })).text, /from b/);
  assert.match((await chat(gateway.port, { model: 'tier' }, { 'x-small': '1' })).text, /from a/);
  assert.equal((await chat(gateway.port, { model: 'tier' })).status, 404);
});

test('virtual models are listed, internal ones are not', async () => {
  await using a = await startUpstream();
  await using b = await startUpstream();
  await using gateway = await start(a, b, ha);
  const { text } = await send(gateway.port, { path: '/v1/models' });
  const ids = (JSON.parse(text) as { data: { id: string }[] }).data.map(({ id }) => id);
  assert.deepEqual(ids, ['a', 'ha']);
  assert.equal((await send(gateway.port, { path: '/v1/models/ha' })).status, 200);
});

for (const [what, virtual, message] of [
  [
    'an unknown target',
    '{ name: v, routing: { weighted: { targets: [{ model: haa }] } } }, { name: ha, routing: { weighted: { targets: [{ model: a }] } } }',
    /virtualModels\[0\]\.routing\.weighted\.targets\[0\]\.model[\s\S]*haa[\s\S]*ha/,
  ],
  [
    'a cycle',
    '{ name: v, routing: { weighted: { targets: [{ model: w }] } } }, { name: w, routing: { failover: { targets: [{ model: v, priority: 0 }] } } }',
    /v → w → v/,
  ],
  ['a name twice', '{ name: a, routing: { weighted: { targets: [{ model: b1 }] } } }', /there is a model a already/],
  ['no targets', '{ name: v, routing: { failover: { targets: [] } } }', /at least one target/],
  [
    'a target behind one that always fits',
    '{ name: v, routing: { conditional: { targets: [{ model: a }, { model: b1 }] } } }',
    /never used/,
  ],
  [
    'a condition that is none',
    '{ name: v, routing: { conditional: { targets: [{ when: "1 + 1", model: a }] } } }',
    /must be true or false/,
  ],
] as const) {
  test(`${what} is refused at load`, async () => {
    await using a = await startUpstream();
    await using b = await startUpstream();
    await assert.rejects(start(a, b, virtual), message);
  });
}
