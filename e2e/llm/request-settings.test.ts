/** What configuration changes in requests, as the upstream sees them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Upstream } from '../../testkit/upstream.ts';

async function start(host: string): Promise<TestGateway> {
  return await startGateway(`
config:
  customFunctions: 'who(name) { name + "@example" }'
gateways: { default: { port: $PORT } }
routes:
- backends:
  - ai:
      groups:
      - providers:
        - name: own
          provider: { custom: { formats: [{ type: completions }, { type: messages }] } }
          hostOverride: "${host}"
          policies: { ai: { modelAliases: { "gpt-*": qwen }, defaults: { seed: 7 } } }
  policies:
    ai:
      routes: { /v1/messages: messages, /v1/chat/completions: completions, "*": passthrough }
      modelAliases: { fast: gpt-mini }
      overrides: { temperature: 0.5 }
      transformations: { user: 'who(request.headers["x-user"])', metadata: '{"m": llmRequest.model, "t": llmRequest.temperature}' }
      defaults: { seed: 1, max_tokens: 5 }
      prompts: { prepend: [{ role: system, content: be kind }] }
      promptCaching: { cacheTools: true, minTokens: 0 }
      finalTransformations: { stop: '["end", llmRequest.model]' }
`);
}

async function sent(
  gateway: TestGateway,
  upstream: Upstream,
  path: string,
  body: string,
  user?: string,
): Promise<string> {
  const count = upstream.requests.length;
  const headers = { 'content-type': 'application/json', ...(user === undefined ? {} : { 'x-user': user }) };
  await (await fetch(`http://127.0.0.1:${gateway.port}${path}`, { method: 'POST', headers, body })).text();
  return (await upstream.request(count + 1)).body.toString();
}

test('aliases, overrides, transformations, defaults and prompts apply in this order, all other bytes stay', async () => {
  await using upstream = await startUpstream();
  await using gateway = await start(upstream.host);
  const body =
    '{ "model":"fast", "messages":[ {"role":"user", "content":"hi", "n":1.0} ], "temperature":2, "big":12345678901234567890 }';
  assert.equal(
    await sent(gateway, upstream, '/v1/chat/completions', body, 'alice'),
    '{ "model":"qwen", "messages":[{"role":"system","content":"be kind"},{"role":"user", "content":"hi", "n":1.0}], "temperature":0.5, "big":12345678901234567890,"user":"alice@example","metadata":{"m":"qwen","t":0.5},"seed":7,"stop":["end","qwen"] }',
  );
});

test('a transformation that fails takes the member out of the request', async () => {
  await using upstream = await startUpstream();
  await using gateway = await start(upstream.host);
  const body = '{"model":"m","user":"from-the-client","messages":[]}';
  const got = JSON.parse(await sent(gateway, upstream, '/v1/chat/completions', body)) as Record<string, unknown>;
  assert.ok(!('user' in got));
});

test('cache points are put where the provider wants them', async () => {
  await using upstream = await startUpstream();
  await using gateway = await start(upstream.host);
  const body = '{"model":"m","system":"long","tools":[{"name":"t"}],"messages":[{"role":"user","content":"hi"}]}';
  const mark = { cache_control: { type: 'ephemeral' } };
  const got = JSON.parse(await sent(gateway, upstream, '/v1/messages', body)) as Record<string, unknown>;
  assert.deepEqual(got['tools'], [{ name: 't', ...mark }]);
  assert.deepEqual(got['system'], [
    { type: 'text', text: 'be kind' },
    { type: 'text', text: 'long', ...mark },
  ]);
  assert.deepEqual(got['messages'], [{ role: 'user', content: [{ type: 'text', text: 'hi', ...mark }] }]);
});

test('what the gateway does not read passes untouched', async () => {
  await using upstream = await startUpstream();
  await using gateway = await start(upstream.host);
  assert.equal(await sent(gateway, upstream, '/v1/unknown', '{"a":1.0}'), '{"a":1.0}');
});

test('facts of the file and members without a place: a model may say that they are dropped', async () => {
  const answer = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: 'end_turn' };
  await using upstream = await startUpstream((_request, response) => {
    const usage = { input_tokens: 1, output_tokens: 1 };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...answer, usage }));
  });
  const params = `params: { apiKey: k, baseUrl: "http://${upstream.host}" }`;
  await using gateway = await startGateway(`
gateways: { default: { port: $PORT } }
llm:
  models:
  - { name: lax, provider: anthropic, unsupported: drop, facts: { maxOutput: 77 }, ${params} }
  - { name: strict, provider: anthropic, ${params} }
`);
  const ask = async (model: string): Promise<Response> =>
    await fetch(`http://127.0.0.1:${gateway.port}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }], logit_bias: { 1: 1 } }),
    });
  const lax = await ask('lax');
  assert.equal(lax.headers.get('x-waygate-dropped'), 'logit_bias');
  assert.equal((JSON.parse((await upstream.request(1)).body.toString()) as { max_tokens: number }).max_tokens, 77);
  const strict = await ask('strict');
  assert.equal(strict.status, 400);
  assert.equal(((await strict.json()) as { error: { param: string } }).error.param, 'logit_bias');
  assert.equal(upstream.requests.length, 1);
});

for (const [where, route, backend] of [
  ['route', '  policies: { backendAuth: { key: gateways } }', ''],
  ['backend', '', '    policies: { backendAuth: { key: gateways } }'],
] as const) {
  test(`a key of the ${where} stands where the provider wants it, and the client's own stays here`, async () => {
    await using upstream = await startUpstream();
    await using gateway = await startGateway(`
gateways: { default: { port: $PORT } }
routes:
- backends:
  - ai: { name: a, provider: { azure: { resourceName: r, resourceType: openAI } }, hostOverride: "${upstream.host}" }
${backend}
${route}
`);
    const headers = { authorization: 'Bearer client', 'x-api-key': 'client' };
    const body = '{"model":"m","messages":[]}';
    await (await fetch(`http://127.0.0.1:${gateway.port}/v1/x`, { method: 'POST', headers, body })).text();
    const seen = await upstream.request(1);
    assert.equal(seen.url, '/openai/v1/chat/completions');
    assert.equal(seen.headers['api-key'], 'gateways');
    assert.doesNotMatch(JSON.stringify(seen.rawHeaders), /client/);
  });
}
