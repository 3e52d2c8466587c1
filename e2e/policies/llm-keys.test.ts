import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic, * as anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI, * as openai from 'openai';
import { send, type Reply } from '../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { TestIssuer } from '../../src/gateway/tokens/testing/issuer.ts';

const models = ['gpt-demo', 'claude-demo', 'team/one', 'team/two'].map((name) => `{ name: ${name}, provider: demo }`);
const keys = `[
  ${['{ key: all-models, metadata: { name: everything } }', '{ key: few-models, allowedModels: [gpt-demo, "team/*"] }'].join(', ')} ]`.replaceAll(
  '\n',
  ' ',
);

function start(policies: string, more = ''): Promise<TestGateway> {
  return startGateway(`
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
llm:
  policies: ${policies}
  models: [${models.join(', ')}${more}]
`);
}

const openAi = (gateway: TestGateway, apiKey: string): OpenAI =>
  new OpenAI({ apiKey, baseURL: `http://127.0.0.1:${gateway.port}/v1`, maxRetries: 0 });
const claude = (gateway: TestGateway, credential: { apiKey?: string; authToken?: string }): Anthropic =>
  new Anthropic({
    apiKey: null,
    authToken: null,
    ...credential,
    baseURL: `http://127.0.0.1:${gateway.port}`,
    maxRetries: 0,
  });
const question = [{ role: 'user', content: 'hello' }] as const;
const ask = (client: OpenAI, model: string): Promise<unknown> =>
  client.chat.completions.create({ model, messages: [...question] });
const askClaude = (client: Anthropic, model: string): Promise<unknown> =>
  client.messages.create({ model, max_tokens: 10, messages: [...question] });

test('the official clients get in with a key, wherever they put it', async () => {
  await using gateway = await start(`{ apiKey: { mode: strict, keys: ${keys} } }`);
  await ask(openAi(gateway, 'all-models'), 'gpt-demo');
  await askClaude(claude(gateway, { apiKey: 'all-models' }), 'claude-demo');
  await askClaude(claude(gateway, { authToken: 'all-models' }), 'claude-demo');
  const google = new GoogleGenAI({
    apiKey: 'all-models',
    httpOptions: { baseUrl: `http://127.0.0.1:${gateway.port}` },
  });
  assert.ok((await google.models.generateContent({ model: 'gpt-demo', contents: 'hello' })).text);
  const azure = await send(gateway.port, { path: '/v1/models', headers: { 'api-key': 'all-models' } });
  assert.equal(azure.status, 200);
  const query = await send(gateway.port, { path: '/v1/models?key=all-models' });
  assert.equal(query.status, 200);
  // Both fields, of which one is for somebody else.
  const headers = { authorization: 'Bearer for-somebody-else', 'x-api-key': 'all-models' };
  assert.equal((await send(gateway.port, { path: '/v1/models', headers })).status, 200);
  assert.doesNotMatch(await gateway.rawLog(), /all-models/);
});

test('without a good key each client throws its own error of authentication', async () => {
  await using gateway = await start(`{ apiKey: { keys: ${keys} } }`);
  await assert.rejects(ask(openAi(gateway, 'wrong'), 'gpt-demo'), (error) => {
    assert.ok(error instanceof openai.AuthenticationError);
    assert.match(error.message, /the API key is not known here/);
    return true;
  });
  await assert.rejects(askClaude(claude(gateway, { apiKey: 'wrong' }), 'claude-demo'), (error) => {
    assert.ok(error instanceof anthropic.AuthenticationError);
    const body = error.error as { readonly type: string; readonly error: { readonly type: string } };
    assert.deepEqual([body.type, body.error.type], ['error', 'authentication_error']);
    return true;
  });
  const missing = await send(gateway.port, { method: 'POST', path: '/v1/messages', body: '{}' });
  assert.equal(missing.status, 401);
  assert.equal((JSON.parse(missing.text) as { type: string }).type, 'error');
  const google = await send(gateway.port, {
    method: 'POST',
    path: '/v1beta/models/gpt-demo:generateContent',
    body: '{}',
  });
  assert.equal((JSON.parse(google.text) as { error: { status: string } }).error.status, 'UNAUTHENTICATED');
});

test('a key may use its models only, and sees no others', async () => {
  await using gateway = await start(`{ apiKey: { mode: strict, keys: ${keys} } }`);
  const few = openAi(gateway, 'few-models');
  await ask(few, 'gpt-demo');
  await ask(few, 'team/two');
  for (const model of ['claude-demo', 'no-such-model']) {
    await assert.rejects(ask(few, model), (error) => {
      assert.ok(error instanceof openai.PermissionDeniedError);
      assert.match(error.message, new RegExp(`may not use the model ${model}`));
      return true;
    });
    await assert.rejects(askClaude(claude(gateway, { apiKey: 'few-models' }), model), anthropic.PermissionDeniedError);
  }
  const names = async (client: OpenAI): Promise<readonly string[]> =>
    (await client.models.list()).data.map(({ id }) => id);
  assert.deepEqual(await names(few), ['gpt-demo', 'team/one', 'team/two']);
  assert.equal((await names(openAi(gateway, 'all-models'))).length, 4);
  await assert.rejects(few.models.retrieve('claude-demo'), openai.NotFoundError);
  assert.equal((await few.models.retrieve('gpt-demo')).id, 'gpt-demo');
});

test('attack: a key of few models reaches no other by any other way', async () => {
  await using upstream = await startUpstream();
  await using gateway = await start(
    `{ apiKey: { mode: strict, keys: ${keys} } }`,
    `, { name: real, provider: openAI, params: { apiKey: k, baseUrl: "http://${upstream.host}/v1" } }`,
  );
  const post = (path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> =>
    send(gateway.port, {
      method: 'POST',
      path,
      body,
      headers: { authorization: 'Bearer few-models', 'content-type': 'application/json', ...headers },
    });
  const tries: readonly Promise<Reply>[] = [
    post('/v1/chat/completions', '{"model":"real","messages":[]}'),
    post('/v1/chat/completions', '{"model":"gpt-demo","model":"real","messages":[]}'),
    post('/v1/chat/completions', '{"model":"real","messages":[]}', { 'x-waygate-model': 'gpt-demo' }),
    post('/v1/messages/count_tokens', '{"model":"real","messages":[]}'),
    post('/v1beta/models/real:generateContent', '{"model":"gpt-demo"}'),
    post('/v1/embeddings', '{"model":"real","input":"x"}'),
    post('/v1/images/generations', '{"model":"real","prompt":"x"}'),
    post('/v1/images/generations', '{"prompt":"x"}'),
    post('/v1/batches', '{"input_file_id":"x"}'),
    post('/v1/batches', '{"input_file_id":"x"}', { 'x-waygate-model': 'gpt-demo' }),
    post('/v1/files', 'anything', { 'content-type': 'application/octet-stream' }),
    post('/v1/audio/transcriptions', '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nreal\r\n--b--\r\n', {
      'content-type': 'multipart/form-data; boundary=b',
    }),
    post('/v1/responses', '{"model":"real","input":"x"}'),
    send(gateway.port, { path: '/v1/files', headers: { authorization: 'Bearer few-models' } }),
  ];
  for (const [index, reply] of (await Promise.all(tries)).entries()) {
    assert.ok(reply.status >= 400 && reply.status < 500, `${index}: ${reply.status} ${reply.text}`);
  }
  assert.equal(upstream.requests.length, 0);
});

test('tokens let official clients in, too', async () => {
  const issuer = new TestIssuer();
  issuer.addKey('k');
  const set = JSON.stringify(issuer.keySet());
  await using gateway = await start(`{ jwtAuth: { mode: strict, issuer: i, audiences: [a], jwks: ${set} } }`);
  const token = issuer.token('k', { iss: 'i', aud: 'a', exp: 9e9 });
  await ask(openAi(gateway, token), 'gpt-demo');
  await askClaude(claude(gateway, { apiKey: token }), 'claude-demo');
  await assert.rejects(ask(openAi(gateway, 'none'), 'gpt-demo'), openai.AuthenticationError);
});
