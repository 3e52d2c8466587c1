import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import OpenAI from 'openai';
import { send, type Reply } from '../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import type { Upstream } from '../../testkit/upstream.ts';
import { keeper } from '../llm/response-keeper.ts';

/** A gateway whose models are of these providers, in turn. */
async function start(
  t: TestContext,
  policies: string,
  models: readonly (readonly [name: string, provider: Upstream, more?: string])[],
): Promise<TestGateway> {
  const lines = models.map(
    ([name, { host }, more = '']) => `
  - { name: ${name}, provider: { custom: { formats: [{ type: responses }] } }, params: { baseUrl: "http://${host}/v1" }${more} }`,
  );
  const gateway = await startGateway(`
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
llm:
  policies: ${policies}
  models:${lines.join('')}
`);
  t.after(() => gateway.close());
  return gateway;
}

const keys = `{ apiKey: { mode: strict, keys: [{ key: every }, { key: small, allowedModels: ["small*"] }, { key: large, allowedModels: [large] }] } }`;

const clientOf = (gateway: TestGateway, apiKey: string): OpenAI =>
  new OpenAI({ apiKey, baseURL: `http://127.0.0.1:${gateway.port}/v1`, maxRetries: 0 });

/** Everything that can be asked about a response. */
async function askAll(gateway: TestGateway, key: string, id: string): Promise<readonly Reply[]> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const replies: Reply[] = [];
  for (const [method, after] of [
    ['GET', ''],
    ['GET', '/input_items'],
    ['POST', '/cancel'],
    ['DELETE', ''],
  ] as const) {
    replies.push(await send(gateway.port, { method, path: `/v1/responses/${id}${after}`, headers }));
  }
  return replies;
}

for (const providers of [1, 2]) {
  test(`a key of certain models has the responses of these models, and for others there are none (providers: ${providers})`, async (t) => {
    const one = await keeper(t, 'resp_1');
    const two = providers === 1 ? one : await keeper(t, 'resp_1');
    const gateway = await start(t, keys, [
      ['small', one],
      ['large', two],
    ]);
    const [small, large] = [clientOf(gateway, 'small'), clientOf(gateway, 'large')];
    const made = await large.responses.create({ model: 'large', input: 'hi' });
    assert.equal((await large.responses.retrieve(made.id)).id, made.id);
    const next = await large.responses.create({ model: 'large', input: 'more', previous_response_id: made.id });
    assert.equal(next.previous_response_id, made.id);
    const served = (): number => new Set([one, two]).values().reduce((sum, { requests }) => sum + requests.length, 0);
    const before = served();

    // What is not for it, what there is not, and what it made up, all in the same words.
    const forged = made.id.replace(/\.[^.]+\./, `.${Buffer.from('small').toString('base64url')}.`);
    for (const id of [made.id, forged, 'resp_1', `resp_9_wg${made.id.slice(-8)}`, made.id.replace(/\..*/, '')]) {
      for (const { status, text } of await askAll(gateway, 'small', id)) {
        assert.equal(status, 404, id);
        assert.equal(
          (JSON.parse(text) as { error: { message: string } }).error.message,
          `Response with id '${id}' not found.`,
        );
      }
      await assert.rejects(
        small.responses.create({ model: 'small', input: 'x', previous_response_id: id }),
        (error) => {
          assert.ok(error instanceof OpenAI.BadRequestError);
          assert.match(error.message, /Previous response with id '.*' not found/);
          return true;
        },
      );
    }
    const named = { authorization: 'Bearer small', 'x-waygate-model': 'small' };
    assert.equal((await send(gateway.port, { path: '/v1/responses/resp_1', headers: named })).status, 404);
    assert.equal(served(), before);

    const own = await small.responses.create({ model: 'small', input: 'x' });
    assert.deepEqual(
      (await askAll(gateway, 'small', own.id)).map(({ status }) => status),
      [200, 200, 200, 200],
    );
    // Who may use every model has all of them.
    for (const id of [made.id, own.id]) {
      assert.deepEqual(
        (await askAll(gateway, 'every', id)).map(({ status }) => status),
        [200, 200, 200, 200],
      );
    }
    const every = clientOf(gateway, 'every');
    const more = await every.responses.create({ model: 'large', input: 'x', previous_response_id: made.id });
    assert.equal(more.previous_response_id, made.id);
  });
}

test('a response whose id says nothing of its model is for keys of all models', async (t) => {
  const one = await keeper(t, 'resp_1');
  const gateway = await start(t, keys, [['small', one]]);
  const made = await clientOf(gateway, 'every').responses.create({ model: 'small', input: 'hi' });
  assert.equal(made.id, 'resp_1');
  assert.equal((await clientOf(gateway, 'every').responses.retrieve('resp_1')).id, 'resp_1');
  await assert.rejects(clientOf(gateway, 'small').responses.retrieve('resp_1'), OpenAI.NotFoundError);
});

test('a stream names the model in the same id, which goes on', async (t) => {
  const one = await keeper(t, 'resp_1');
  const gateway = await start(t, keys, [['small', one]]);
  const client = clientOf(gateway, 'small');
  const ids = new Set<string>();
  for await (const event of await client.responses.create({ model: 'small', input: 'hi', stream: true })) {
    if ('response' in event) ids.add(event.response.id);
  }
  const [id = ''] = ids;
  assert.equal(ids.size, 1);
  assert.equal((await client.responses.retrieve(id)).id, id);
});

test('rules and Cedar policies are asked about the model that made a response', async (t) => {
  const one = await keeper(t, 'resp_1');
  const apiKey = `apiKey: { mode: strict, keys: [{ key: red, metadata: { groups: [red] } }, { key: blue, metadata: { groups: [blue] } }] }`;
  const cedar = `authorization: { cedar: { policies: '@id("all") permit(principal, action in Action::"llm", resource) when { resource.name != "" }; @id("not blue") forbid(principal in Group::"blue", action, resource == Model::"cedar");' } }`;
  const gateway = await start(t, `{ ${apiKey}, ${cedar} }`, [
    ['rules', one, `, authorization: { rules: ["'red' in apiKey.groups"] }`],
    ['cedar', one],
    ['open', one],
  ]);
  const [red, blue] = [clientOf(gateway, 'red'), clientOf(gateway, 'blue')];
  for (const model of ['rules', 'cedar']) {
    const { id } = await red.responses.create({ model, input: 'hi' });
    assert.equal((await red.responses.retrieve(id)).id, id);
    const before = one.requests.length;
    await assert.rejects(blue.responses.retrieve(id), OpenAI.NotFoundError);
    await assert.rejects(
      blue.responses.create({ model: 'open', input: 'x', previous_response_id: id }),
      OpenAI.BadRequestError,
    );
    assert.equal(one.requests.length, before);
  }
  const { id } = await blue.responses.create({ model: 'open', input: 'hi' });
  assert.equal((await red.responses.retrieve(id)).id, id);
  // No policy permits a model that nothing tells.
  await assert.rejects(red.responses.retrieve('resp_1'), OpenAI.NotFoundError);
});

test('attack: an id from which the model was taken is good for those only who may use every model of its provider', async (t) => {
  const one = await keeper(t, 'resp_1');
  const apiKey = `apiKey: { mode: strict, keys: [{ key: red, metadata: { groups: [red] } }, { key: blue, metadata: { groups: [blue] } }] }`;
  const cedar = `authorization: { cedar: { policies: '@id("all") permit(principal, action, resource); @id("not blue") forbid(principal in Group::"blue", action, resource == Model::"closed");' } }`;
  for (const [policies, more] of [
    [`{ ${apiKey}, ${cedar} }`, ''],
    [`{ ${apiKey} }`, `, authorization: { rules: ["'red' in apiKey.groups"] }`],
  ] as const) {
    const gateway = await start(t, policies, [
      ['closed', one, more],
      ['open', one],
    ]);
    const [red, blue] = [clientOf(gateway, 'red'), clientOf(gateway, 'blue')];
    const { id } = await red.responses.create({ model: 'closed', input: 'hi' });
    const before = one.requests.length;
    for (const stripped of ['resp_1', id.replace(/\..*/, ''), id.replace(/\.[^.]*$/, '.AAAAAAAAAAAAAAAAAAAAAA')]) {
      await assert.rejects(blue.responses.retrieve(stripped), OpenAI.NotFoundError);
      await assert.rejects(
        blue.responses.retrieve(stripped, undefined, { headers: { 'x-waygate-model': 'open' } }),
        OpenAI.NotFoundError,
      );
    }
    assert.equal(one.requests.length, before);
    await red.responses.retrieve(id.replace(/\..*/, ''));
    await blue.responses.create({ model: 'open', input: 'x' });
  }
});
