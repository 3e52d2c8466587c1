import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import OpenAI from 'openai';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import type { Upstream } from '../../testkit/upstream.ts';
import { keeper } from './response-keeper.ts';

async function start(t: TestContext, models: readonly (readonly [string, Upstream, string?])[]): Promise<TestGateway> {
  const lines = models.map(
    ([name, upstream, formats = '{ type: responses }']) => `
  - name: ${name}
    provider: { custom: { formats: [${formats}] } }
    params: { baseUrl: "http://${upstream.host}/v1" }`,
  );
  const gateway = await startGateway(`
gateways:
  default: { port: $PORT }
llm:
  models:${lines.join('')}
`);
  t.after(() => gateway.close());
  return gateway;
}

const clientOf = (gateway: TestGateway): OpenAI =>
  new OpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${gateway.port}/v1`, maxRetries: 0 });

const urls = ({ requests }: Upstream): string[] => requests.map(({ method, url }) => `${method} ${url}`);

test('each response is found at the provider that made it', async (t) => {
  const one = await keeper(t, 'resp_one');
  const two = await keeper(t, 'resp_two');
  const client = clientOf(
    await start(t, [
      ['a', one],
      ['b', two],
    ]),
  );
  const made = await client.responses.create({ model: 'b', input: 'hi' });
  assert.match(made.id, /^resp_two_wg[0-9a-f]{8}\.Yg\.[\w-]{22}$/);
  assert.equal((await client.responses.retrieve(made.id)).id, made.id);
  await client.responses.inputItems.list(made.id);
  assert.equal((await client.responses.cancel(made.id)).id, made.id);
  await client.responses.delete(made.id);
  assert.deepEqual(urls(two), [
    'POST /v1/responses',
    'GET /v1/responses/resp_two',
    'GET /v1/responses/resp_two/input_items',
    'POST /v1/responses/resp_two/cancel',
    'DELETE /v1/responses/resp_two',
  ]);
  assert.equal(one.requests.length, 0);
});

test('a stream names the same id, and what goes on from it reaches its provider with the id that it knows', async (t) => {
  const one = await keeper(t, 'resp_one');
  const two = await keeper(t, 'resp_two');
  const client = clientOf(
    await start(t, [
      ['a', one],
      ['b', two],
    ]),
  );
  const ids = new Set<string>();
  for await (const event of await client.responses.create({ model: 'b', input: 'hi', stream: true })) {
    if ('response' in event) ids.add(event.response.id);
  }
  assert.equal(ids.size, 1);
  const [id = ''] = ids;
  assert.match(id, /^resp_two_wg/);
  const next = await client.responses.create({ model: 'b', input: 'more', previous_response_id: id });
  assert.equal(
    (JSON.parse(two.requests[1]?.body.toString() ?? '') as { previous_response_id: string }).previous_response_id,
    'resp_two',
  );
  assert.equal(next.previous_response_id, id);
  const compacted = await client.responses.compact({ model: 'b', previous_response_id: id });
  assert.match(compacted.id, /^resp_two_wg/);
  assert.equal(urls(two).at(-1), 'POST /v1/responses/compact');
  assert.equal(
    (JSON.parse(two.requests[2]?.body.toString() ?? '') as { previous_response_id: string }).previous_response_id,
    'resp_two',
  );
  await assert.rejects(client.responses.create({ model: 'a', input: 'x', previous_response_id: id }), (error) => {
    assert(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, 'previous_response_id');
    return true;
  });
});

test('an id of nobody here is not found', async (t) => {
  const one = await keeper(t, 'resp_one');
  const two = await keeper(t, 'resp_two');
  const client = clientOf(
    await start(t, [
      ['a', one],
      ['b', two],
    ]),
  );
  await assert.rejects(client.responses.retrieve('resp_two_wg00000000'), OpenAI.NotFoundError);
  await assert.rejects(client.responses.retrieve('resp_two'), OpenAI.NotFoundError);
  const found = await client.responses.retrieve('resp_two', undefined, { headers: { 'x-waygate-model': 'b' } });
  assert.match(found.id, /^resp_two_wg/);
});

test('with one provider that keeps responses, ids and bytes are its own', async (t) => {
  const one = await keeper(t, 'resp_one');
  const chat = await keeper(t, 'none');
  const client = clientOf(
    await start(t, [
      ['a', one],
      ['a2', one],
      ['c', chat, '{ type: completions }'],
    ]),
  );
  const made = await client.responses.create({ model: 'a', input: 'hi' });
  assert.equal(made.id, 'resp_one');
  assert.equal((await client.responses.retrieve('resp_one')).id, 'resp_one');
  await client.responses.create({ model: 'a2', input: 'hi', previous_response_id: 'resp_one' });
  assert.equal(one.requests.length, 3);
});

test('where responses are translated none is kept, and that is said', async (t) => {
  const chat = await keeper(t, 'none');
  const client = clientOf(await start(t, [['c', chat, '{ type: completions }']]));
  await assert.rejects(client.responses.retrieve('resp_one'), OpenAI.BadRequestError);
  await assert.rejects(client.responses.compact({ model: 'c', input: 'x' }), OpenAI.BadRequestError);
  await assert.rejects(
    client.responses.create({ model: 'c', input: 'x', previous_response_id: 'resp_one' }),
    (error) => {
      assert(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, 'previous_response_id');
      return true;
    },
  );
  assert.equal(chat.requests.length, 0);
});

test('a stored response is billed when it is made, and not when it is read', async (t) => {
  for (const several of [false, true]) {
    const one = await keeper(t, 'resp_one');
    const two = await keeper(t, 'resp_two');
    const gateway = await start(
      t,
      several
        ? [
            ['a', one],
            ['b', two],
          ]
        : [['a', one]],
    );
    const client = clientOf(gateway);
    const made = await client.responses.create({ model: 'a', input: 'hi' });
    await client.responses.retrieve(made.id);
    await client.responses.cancel(made.id);
    for await (const event of await client.responses.retrieve(made.id, { stream: true })) assert.ok(event.type);
    const lines = await gateway.lines(4);
    assert.deepEqual(
      lines.map((line) => line['gen_ai.usage.output_tokens']),
      [2, undefined, undefined, undefined],
    );
    assert.deepEqual(
      lines.map((line) => line['gen_ai.response.model']),
      ['m', 'm', 'm', 'm'],
    );
    assert.equal(gateway.observations('gen_ai_client_token_usage', { gen_ai_token_type: 'output' }), 1);
  }
});
