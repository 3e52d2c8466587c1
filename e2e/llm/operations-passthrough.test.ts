import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI, { toFile } from 'openai';
import { eventually, send } from '../../testkit/client.ts';
import { custom, json, openai, start, upstream } from './operations-setup.ts';

test('uploads stream through to the provider of the model that their form names', async (t) => {
  const up = await upstream(
    t,
    json({ text: 'hello', usage: { type: 'tokens', input_tokens: 5, output_tokens: 2, total_tokens: 7 } }),
  );
  const other = await upstream(t);
  const gateway = await start(
    t,
    custom('stt', '{ type: completions }', ', model: whisper-1') +
      custom('other', '{ type: completions }').replace('$UP/', '$UP2/'),
    up,
    other,
  );
  const client = openai(gateway);
  const audio = Buffer.alloc(100_000, 'RIFF');
  const file = await toFile(audio, 'a.wav');
  const { text } = await client.audio.transcriptions.create({ file, model: 'stt' });
  assert.equal(text, 'hello');
  const seen = up.requests[0];
  assert.equal(seen?.url, '/v1/audio/transcriptions');
  assert.ok(seen.body.includes(audio));
  assert.match(seen.body.toString('latin1'), /name="model"\r\n\r\nwhisper-1\r\n/);
  assert.equal(Number(seen.headers['content-length'] ?? seen.body.length), seen.body.length);
  assert.equal(seen.headers.authorization, 'Bearer sk-gateway');
  const [line] = await gateway.lines(1);
  assert.equal(line?.['gen_ai.request.model'], 'stt');
  assert.equal(line['gen_ai.usage.input_tokens'], 5);
});

test('what names no model goes where the field says, else is told what to do', async (t) => {
  const up = await upstream(t, json({ id: 'file-1' }));
  const other = await upstream(t, json({ id: 'file-2' }));
  const gateway = await start(
    t,
    custom('a', '{ type: completions }') + custom('b', '{ type: completions }').replace('$UP/', '$UP2/'),
    up,
    other,
  );
  const client = openai(gateway);
  const upload = async (headers: Record<string, string>): Promise<string> =>
    (await client.files.create({ file: await toFile(Buffer.from('{}'), 'a.jsonl'), purpose: 'batch' }, { headers })).id;
  assert.equal(await upload({ 'x-waygate-model': 'b' }), 'file-2');
  assert.equal(other.requests[0]?.headers['x-waygate-model'], undefined);
  await assert.rejects(upload({}), (error) => {
    assert(error instanceof OpenAI.BadRequestError);
    assert.equal(error.code, 'missing_model');
    assert.match(error.message, /x-waygate-model/);
    return true;
  });
  await assert.rejects(upload({ 'x-waygate-model': 'none' }), OpenAI.NotFoundError);
  await assert.rejects(client.files.list(), OpenAI.BadRequestError);
  assert.equal(up.requests.length, 0);
});

test('header matches decide who serves what names no model', async (t) => {
  const up = await upstream(t, json({ object: 'list', data: [{ id: 'one' }] }));
  const other = await upstream(t, json({ object: 'list', data: [{ id: 'two' }] }));
  const matched = (name: string, tenant: string): string =>
    custom(name, '{ type: completions }').replace(
      'provider:',
      `matches: [{ headers: [{ name: x-tenant, value: { exact: ${tenant} } }] }]\n  provider:`,
    );
  const gateway = await start(t, matched('a', 'one') + matched('b', 'two').replace('$UP/', '$UP2/'), up, other);
  const client = openai(gateway);
  const files = async (tenant: string): Promise<string | undefined> =>
    (await client.files.list({}, { headers: { 'x-tenant': tenant } })).data[0]?.id;
  assert.equal(await files('one'), 'one');
  assert.equal(await files('two'), 'two');
  await assert.rejects(files('three'), OpenAI.BadRequestError);
});

test('operations follow the conditions of virtual models', async (t) => {
  const up = await upstream(t, json({ input_tokens: 1 }));
  const other = await upstream(t, json({ input_tokens: 2 }));
  const counts = '{ type: messages }, { type: anthropicTokenCount }';
  const virtual = `
virtualModels:
- name: v
  routing: { conditional: { targets: [{ when: 'has(llmRequest.system)', model: b }, { model: a }] } }`;
  const models = custom('a', counts) + custom('b', counts).replace('$UP/', '$UP2/') + virtual;
  const gateway = await start(t, models, up, other);
  const anthropic = new Anthropic({ apiKey: 'k', baseURL: `http://127.0.0.1:${gateway.port}`, maxRetries: 0 });
  const ask = { model: 'v', messages: [{ role: 'user' as const, content: 'x' }] };
  assert.equal((await anthropic.messages.countTokens(ask)).input_tokens, 1);
  assert.equal((await anthropic.messages.countTokens({ ...ask, system: 's' })).input_tokens, 2);
});

test('a model that only the provider knows passes where the field says who that is', async (t) => {
  const up = await upstream(t, json({ id: 'job-1' }));
  const gateway = await start(t, custom('a', '{ type: completions }'), up);
  const client = openai(gateway);
  const job = { model: 'gpt-4o-mini-2024-07-18', training_file: 'file-1' };
  await assert.rejects(client.fineTuning.jobs.create(job), OpenAI.NotFoundError);
  await client.fineTuning.jobs.create(job, { headers: { 'x-waygate-model': 'a' } });
  assert.deepEqual(JSON.parse(up.requests[0]?.body.toString() ?? ''), job);
});

test('with one provider every operation reaches it', async (t) => {
  const up = await upstream(t, json({ id: 'x', object: 'list', data: [], results: [] }));
  const gateway = await start(t, custom('a', '{ type: completions }') + custom('b*', '{ type: completions }'), up);
  const client = openai(gateway);
  await client.files.list();
  await client.files.delete('file-1');
  await client.batches.create({ input_file_id: 'f', endpoint: '/v1/chat/completions', completion_window: '24h' });
  await client.vectorStores.list();
  await client.fineTuning.jobs.list();
  await client.moderations.create({ input: 'x' });
  await client.images.generate({ model: 'a', prompt: 'x' });
  assert.deepEqual(
    up.requests.map(({ method, url }) => `${method} ${url}`),
    [
      'GET /v1/files',
      'DELETE /v1/files/file-1',
      'POST /v1/batches',
      'GET /v1/vector_stores',
      'GET /v1/fine_tuning/jobs',
      'POST /v1/moderations',
      'POST /v1/images/generations',
    ],
  );
  assert.equal((await send(gateway.port, { path: '/favicon.ico' })).status, 404);
});

test("Gemini's client reaches what only Gemini has, under the model that the configuration names", async (t) => {
  const up = await upstream(t, json({ embeddings: [{ values: [1, 2] }] }));
  const gateway = await start(
    t,
    '- name: emb\n  provider: gemini\n  params: { baseUrl: "$UP/v1beta", apiKey: AIzaKey, model: real }',
    up,
  );
  const google = new GoogleGenAI({
    apiKey: 'k',
    httpOptions: { baseUrl: `http://127.0.0.1:${gateway.port}`, apiVersion: 'v1beta' },
  });
  const { embeddings } = await google.models.embedContent({ model: 'emb', contents: 'x' });
  assert.deepEqual(embeddings?.[0]?.values, [1, 2]);
  assert.equal(up.requests[0]?.url, '/v1beta/models/real:batchEmbedContents');
  assert.equal(up.requests[0].headers['x-goog-api-key'], 'AIzaKey');
});

test('a model that is passed through unread is not read', async (t) => {
  const up = await upstream(t, json({ usage: { input_tokens: 1, output_tokens: 1 } }));
  const gateway = await start(
    t,
    custom('a', '{ type: completions }').replace('provider:', 'passthrough: opaque\n  provider:'),
    up,
  );
  const body = new FormData();
  body.set('model', 'a');
  assert.equal(
    (await fetch(`http://127.0.0.1:${gateway.port}/v1/audio/translations`, { method: 'POST', body })).status,
    200,
  );
  const [line] = await gateway.lines(1);
  assert.equal(line?.['gen_ai.usage.input_tokens'], undefined);
});

test('an upload is not held: the upstream has its beginning before its end is sent', async (t) => {
  const up = await upstream(t, json({ id: 'file-1' }));
  const gateway = await start(t, custom('a', '{ type: completions }'), up);
  const body = new Readable({ read: () => undefined });
  const boundary = 'b1';
  body.push(`--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n`);
  body.push(Buffer.alloc(300 * 1024, 'x'));
  const reply = send(gateway.port, {
    method: 'POST',
    path: '/v1/files',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body,
  });
  for (let i = 0; i < 200 && up.connections === 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(up.connections, 1);
  body.push(`\r\n--${boundary}--\r\n`);
  body.push(null);
  assert.equal((await reply).status, 200);
  assert.ok((up.requests[0]?.body.length ?? 0) > 300 * 1024);
});

test('what is passed through fails in the shape of the client whose request it is', async (t) => {
  const [one, two] = [await upstream(t), await upstream(t)];
  const gateway = await start(
    t,
    custom('one', '{ type: completions }') + custom('two', '{ type: completions }').replace('$UP/', '$UP2/'),
    one,
    two,
  );
  const root = `http://127.0.0.1:${gateway.port}`;
  const anthropic = new Anthropic({ apiKey: 'k', baseURL: root, maxRetries: 0 });
  const google = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: root, retryOptions: { attempts: 1 } } });
  await assert.rejects(anthropic.beta.files.list(), (error) => {
    assert(error instanceof Anthropic.BadRequestError);
    assert.equal(error.type, 'invalid_request_error');
    assert.match(error.message, /x-waygate-model/);
    return true;
  });
  await assert.rejects(google.caches.create({ model: 'none', config: { contents: 'x' } }), /"status":"NOT_FOUND"/);
  await two.close();
  const lost = { headers: { 'x-waygate-model': 'two' } };
  await assert.rejects(anthropic.beta.files.list({}, lost), (error) => {
    assert(error instanceof Anthropic.InternalServerError);
    assert.equal(error.type, 'overloaded_error');
    return true;
  });
  await assert.rejects(openai(gateway).files.list({}, lost), (error) => {
    assert(error instanceof OpenAI.InternalServerError);
    assert.equal(error.type, 'server_error');
    return true;
  });
});

test('attack: a path with another model than the body is not sent on', async (t) => {
  const up = await upstream(t, json({ ok: true }));
  const dated = (name: string, deployment: string): string =>
    `- { name: ${name}, provider: azure, params: { baseUrl: "$UP/openai", azureApiVersion: 2024-10-21, apiKey: k, model: ${deployment} } }\n`;
  const keys = 'policies: { apiKey: { mode: strict, keys: [{ key: few, allowedModels: [cheap] }] } }';
  const gateway = await start(t, dated('cheap', 'gpt-mini') + dated('gpt-pro', 'gpt-pro') + keys, up);
  const post = (path: string, body: string, type = 'application/json'): ReturnType<typeof send> =>
    send(gateway.port, {
      method: 'POST',
      path: `${path}?api-version=2024-10-21`,
      headers: { authorization: 'Bearer few', 'content-type': type },
      body,
    });
  const form = '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\ncheap\r\n--b--\r\n';
  const cheap = '{"model":"cheap","messages":[]}';
  for (const name of ['deployments/gpt-pro', 'Deployments/gpt-pro', '%64eployments/gpt-pro', 'deployments//gpt-pro']) {
    assert.equal((await post(`/openai/${name}/chat/completions`, cheap)).status, 400, name);
    assert.equal((await post(`/openai/${name}/chat/completions`, '{"messages":[]}')).status, 403, name);
    const transcribed = await post(`/openai/${name}/audio/transcriptions`, form, 'multipart/form-data; boundary=b');
    assert.equal(transcribed.status, 400, name);
  }
  assert.equal((await post('/v1beta/models/gpt-pro:embedContent', '{"model":"models/cheap"}')).status, 400);
  assert.equal(up.requests.length, 0);
  assert.equal((await post('/openai/deployments/cheap/chat/completions', cheap)).status, 200);
  assert.equal(
    (await post('/openai/deployments/cheap/audio/transcriptions', form, 'multipart/form-data; boundary=b')).status,
    200,
  );
  assert.deepEqual(
    up.requests.map(({ url }) => url),
    [
      '/openai/deployments/gpt-mini/chat/completions?api-version=2024-10-21',
      '/openai/deployments/gpt-mini/audio/transcriptions?api-version=2024-10-21',
    ],
  );
  assert.deepEqual(JSON.parse(up.requests[0]?.body.toString() ?? ''), { model: 'gpt-mini', messages: [] });
  assert.match(up.requests[1]?.body.toString() ?? '', /\r\n\r\ngpt-mini\r\n/);
});

test("a body may name the model of its path as Google's resource", async (t) => {
  const up = await upstream(t, json({ embedding: { values: [1] } }));
  const gateway = await start(
    t,
    '- { name: emb, provider: gemini, params: { baseUrl: "$UP/v1beta", apiKey: AIzaKey, model: gemini-embedding-001 } }',
    up,
  );
  const body = '{"model":"models/emb","content":{"parts":[{"text":"x"}]}}';
  const reply = await send(gateway.port, { method: 'POST', path: '/v1beta/models/emb:embedContent', body });
  assert.equal(reply.status, 200);
  assert.equal(up.requests[0]?.url, '/v1beta/models/gemini-embedding-001:embedContent');
  assert.equal(
    up.requests[0].body.toString(),
    '{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"x"}]}}',
  );
});

test('attack: a second field model in a form is not sent on, however late it comes', async (t) => {
  const up = await upstream(t, json({ text: 'x' }));
  const gateway = await start(
    t,
    custom('cheap', '{ type: completions }') + custom('dear', '{ type: completions }'),
    up,
  );
  const named = (value: string): string => `--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n${value}\r\n`;
  const file = (size: number): string =>
    `--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n${'x'.repeat(size)}\r\n`;
  const post = (body: string): ReturnType<typeof send> =>
    send(gateway.port, {
      method: 'POST',
      path: '/v1/audio/transcriptions',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body,
    });
  for (const size of [10, 1_000_000]) {
    const reply = await post(`${named('cheap')}${file(size)}${named('dear')}--b--\r\n`);
    assert.equal(reply.status, 400);
    assert.match(reply.text, /more than one field model/);
  }
  assert.equal(up.requests.length, 0);
  const whole = `${named('cheap')}${file(1_000_000)}--b--\r\n`;
  assert.equal((await post(whole)).status, 200);
  assert.equal(up.requests[0]?.body.toString(), whole);
  assert.equal(up.requests[0].headers['content-length'], String(whole.length));
});

test("an upload carries its provider's credential only, where that looks for it", async (t) => {
  const up = await upstream(t, json({ file: { name: 'files/1' } }));
  const gateway = await start(
    t,
    '- { name: own, provider: gemini, params: { baseUrl: "$UP/v1beta", apiKey: AIzaGateway } }\n' +
      '- { name: theirs, provider: anthropic, params: { baseUrl: "$UP/v1" } }',
    up,
  );
  const post = (path: string, headers: Record<string, string>): ReturnType<typeof send> =>
    send(gateway.port, {
      method: 'POST',
      path,
      headers: { 'content-type': 'application/octet-stream', ...headers },
      body: 'bytes',
    });
  const path = '/upload/v1beta/files?key=AIzaClient&uploadType=media&%61pi-key=k';
  assert.equal((await post(path, { 'x-waygate-model': 'own', 'x-api-key': 'k' })).status, 200);
  assert.equal((await post('/v1/files?a=1', { 'x-waygate-model': 'theirs', authorization: 'Bearer k' })).status, 200);
  const [own, theirs] = up.requests;
  assert.equal(own?.url.includes('uploadType=media'), true);
  assert.equal(/AIzaClient|api-key/.test(own.url), false);
  assert.equal(own.headers['x-goog-api-key'], 'AIzaGateway');
  assert.equal(own.headers['x-api-key'], undefined);
  assert.equal(theirs?.headers['x-api-key'], 'k');
  assert.equal(theirs.headers.authorization, undefined);
  assert.equal(theirs.headers['x-waygate-model'], undefined);
});

test('an upload takes of the tokens before it is made', async (t) => {
  const up = await upstream(t, json({ text: 'x' }));
  const limit = '\npolicies: { localRateLimit: [{ maxTokens: 1, tokensPerFill: 1, fillInterval: 24h, type: tokens }] }';
  const gateway = await start(t, custom('a', '{ type: completions }') + limit, up);
  const upload = (body: Readable | string): ReturnType<typeof send> =>
    send(gateway.port, {
      method: 'POST',
      path: '/v1/files',
      headers: { 'content-type': 'application/octet-stream' },
      body,
    });
  const body = new Readable({ read: () => undefined });
  body.push('beginning');
  const first = upload(body);
  await eventually(() => up.connections === 1, 'the first upload');
  assert.equal((await upload('x')).status, 429);
  body.push(null);
  assert.equal((await first).status, 200);
  assert.equal(up.requests.length, 1);
});
