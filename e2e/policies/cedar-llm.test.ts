import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI, * as openai from 'openai';
import { send } from '../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

function start(cedar: string, upstream = '127.0.0.1:1'): Promise<TestGateway> {
  return startGateway(`
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
llm:
  policies:
    apiKey:
      mode: optional
      keys: [{ key: red, metadata: { groups: [research] } }, { key: blue, metadata: { groups: [support] } }]
    authorization:
      cedar:
${cedar}
  providers:
  - { name: local, provider: demo }
  - { name: vendor, provider: { custom: { formats: [{ type: completions }] } }, params: { baseUrl: "http://${upstream}/v1" } }
  models:
  - { name: small, provider: { reference: local } }
  - { name: large, provider: { reference: local } }
  - { name: far, provider: { reference: vendor } }
  virtualModels:
  - { name: any, routing: { failover: { targets: [{ model: far, priority: 0 }, { model: small, priority: 1 }] } } }
`);
}

const client = (gateway: TestGateway, apiKey: string): OpenAI =>
  new OpenAI({ apiKey, baseURL: `http://127.0.0.1:${gateway.port}/v1`, maxRetries: 0 });
const ask = (of: OpenAI, model: string): Promise<unknown> =>
  of.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello' }] });
const listed = async (of: OpenAI): Promise<string[]> =>
  (await Array.fromAsync(of.models.list())).map(({ id }) => id).toSorted();

const byModel = `
        policies: |
          @id("research") permit(principal in Group::"research", action in Action::"llm", resource);
          @id("support") permit(principal in Group::"support", action in Action::"llm", resource in ModelGroup::"cheap");
          @id("no far embeddings") forbid(principal, action == Action::"llm:embeddings", resource in Provider::"vendor");
        entities:
        - { uid: { type: ModelGroup, id: cheap }, attrs: {}, parents: [] }
        - { uid: { type: Model, id: small }, attrs: {}, parents: [{ type: ModelGroup, id: cheap }] }`;

test('models are used and seen by those whom policies permit it', async () => {
  await using gateway = await start(byModel);
  const [red, blue] = [client(gateway, 'red'), client(gateway, 'blue')];
  assert.deepEqual(await listed(red), ['any', 'far', 'large', 'small']);
  assert.deepEqual(await listed(blue), ['small']);
  await ask(red, 'large');
  await ask(blue, 'small');
  await assert.rejects(ask(blue, 'large'), (error: unknown) => {
    assert.ok(error instanceof openai.PermissionDeniedError);
    assert.match(error.message, /no policy of this route permits llm:chat on Model "large" to this client/);
    return true;
  });
  const body = Buffer.from(JSON.stringify({ model: 'small', messages: [{ role: 'user', content: 'hello' }] }));
  const nobody = await send(gateway.port, { method: 'POST', path: '/v1/chat/completions', body });
  assert.equal(nobody.status, 403);
  await assert.rejects(blue.models.retrieve('large'), openai.NotFoundError);
  assert.equal((await blue.models.retrieve('small')).id, 'small');
  await assert.rejects(red.embeddings.create({ model: 'far', input: 'x' }), openai.PermissionDeniedError);
  const lines = await gateway.lines(9);
  assert.deepEqual(
    lines.flatMap((line) =>
      line['waygate.authorization.decision'] === undefined ? [] : [line['waygate.authorization.by']],
    ),
    ['research', 'support', 'no policy permits it', 'no policy permits it', 'no far embeddings'],
  );
  // A list says once what it leaves out: three models of four, then the one that was asked for by its name.
  assert.deepEqual(
    lines.flatMap(({ 'waygate.authorization.hidden': hidden, 'waygate.authorization.by': by }) =>
      hidden === undefined ? [] : [[hidden, by]],
    ),
    [
      [3, 'no policy permits it'],
      [1, 'no policy permits it'],
    ],
  );
});

test('of those who may serve a model, only the permitted are asked', async () => {
  await using upstream = await startUpstream();
  const cedar = `
        policies: |
          permit(principal in Group::"support", action in Action::"llm", resource in Provider::"local");
          permit(principal in Group::"research", action in Action::"llm", resource) unless { resource.provider == "local" };`;
  await using gateway = await start(cedar, upstream.host);
  await ask(client(gateway, 'blue'), 'any');
  assert.equal(upstream.requests.length, 0);
  await assert.rejects(ask(client(gateway, 'red'), 'small'), openai.PermissionDeniedError);
  await ask(client(gateway, 'red'), 'far').catch(() => undefined);
  assert.equal(upstream.requests.length, 1);
});

test('nothing reaches a provider that no policy has seen, and what HTTP shows may be forbidden already', async () => {
  await using upstream = await startUpstream();
  const cedar = `
        policies: |
          permit(principal, action in Action::"llm", resource) when { resource.name != "" };
          forbid(principal, action == Action::"http:DELETE", resource);`;
  await using gateway = await start(cedar, upstream.host);
  const headers = { 'x-waygate-model': 'far' };
  const status = async (method: string, path: string, more = {}): Promise<number> =>
    (await send(gateway.port, { method, path, headers: { ...headers, ...more } })).status;
  assert.equal(await status('GET', '/v1/files'), 200);
  assert.equal(await status('DELETE', '/v1/files/f'), 403);
  assert.equal(upstream.requests.length, 1);
});
