import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI, { toFile } from 'openai';
import { send } from '../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Answer, type Upstream } from '../../testkit/upstream.ts';

const json =
  (body: unknown, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };

/** A gateway with these lines of YAML under `llm.models`; `$UP` and `$UP2` are the upstreams' hosts. */
async function start(t: TestContext, models: string, ...upstreams: Upstream[]): Promise<TestGateway> {
  let lines = models.trim();
  upstreams.forEach((upstream, index) => {
    lines = lines.replaceAll(`$UP${index === 0 ? '' : index + 1}/`, `http://${upstream.host}/`);
  });
  const gateway = await startGateway(`
gateways:
  default: { port: $PORT }
llm:
  models:
  ${lines.replaceAll('\n', '\n  ')}
`);
  t.after(() => gateway.close());
  return gateway;
}

async function upstream(t: TestContext, answer?: Answer): Promise<Upstream> {
  const started = await startUpstream(answer);
  t.after(() => started.close());
  return started;
}

const openai = (gateway: TestGateway): OpenAI =>
  new OpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${gateway.port}/v1`, maxRetries: 0 });

const custom = (name: string, formats: string, more = ''): string => `
- name: ${name}
  provider: { custom: { formats: [${formats}] } }
  params: { baseUrl: "$UP/v1", apiKey: "sk-gateway"${more} }`;

test('the SDKs list and fetch models, each in its own shape', async (t) => {
  const gateway = await start(t, ['a', 'b', 'c'].map((name) => `\n- name: ${name}\n  provider: demo`).join(''));
  const base = `http://127.0.0.1:${gateway.port}`;
  const ids = async <T>(list: AsyncIterable<T>, id: (model: T) => string | undefined): Promise<unknown[]> =>
    (await Array.fromAsync(list)).map(id);

  const client = openai(gateway);
  assert.deepEqual(await ids(await client.models.list(), ({ id }) => id), ['a', 'b', 'c']);
  assert.equal((await client.models.retrieve('b')).owned_by, 'demo');
  await assert.rejects(client.models.retrieve('none'), OpenAI.NotFoundError);

  const anthropic = new Anthropic({ apiKey: 'k', baseURL: base, maxRetries: 0 });
  assert.deepEqual(await ids(anthropic.models.list({ limit: 2 }), ({ id }) => id), ['a', 'b', 'c']);
  assert.equal((await anthropic.models.retrieve('b')).display_name, 'b');
  await assert.rejects(anthropic.models.retrieve('none'), (error) => {
    assert(error instanceof Anthropic.NotFoundError);
    assert.equal((error.error as { error: { type: string } }).error.type, 'not_found_error');
    return true;
  });

  const google = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: base } });
  const pager = await google.models.list({ config: { pageSize: 2 } });
  assert.deepEqual(await ids(pager, ({ name }) => name), ['models/a', 'models/b', 'models/c']);
  assert.equal((await google.models.get({ model: 'b' })).name, 'models/b');
  await assert.rejects(google.models.get({ model: 'none' }), /NOT_FOUND/);
});

test('tokens are estimated where the provider cannot count them, and the answer says so', async (t) => {
  const up = await upstream(t);
  const gateway = await start(t, custom('m', '{ type: completions }'), up);
  const base = `http://127.0.0.1:${gateway.port}`;
  const anthropic = new Anthropic({ apiKey: 'k', baseURL: base, maxRetries: 0 });
  const { data, response } = await anthropic.messages
    .countTokens({ model: 'm', system: 'Be brief.', messages: [{ role: 'user', content: 'hello world' }] })
    .withResponse();
  assert.ok(data.input_tokens > 8 && data.input_tokens < 20, String(data.input_tokens));
  assert.equal(response.headers.get('x-waygate-token-estimate'), 'true');
  const google = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: base } });
  const counted = await google.models.countTokens({ model: 'm', contents: 'hello world' });
  assert.ok((counted.totalTokens ?? 0) > 4 && (counted.totalTokens ?? 0) < 12, String(counted.totalTokens));
  await assert.rejects(
    anthropic.messages.countTokens({ model: 'm', messages: [] as never }),
    Anthropic.BadRequestError,
  );
  assert.equal(up.requests.length, 0);
});

test('a provider that counts is asked, with the bytes of the client', async (t) => {
  const up = await upstream(t, json({ input_tokens: 42 }));
  const gateway = await start(t, custom('m', '{ type: messages }, { type: anthropicTokenCount }'), up);
  const anthropic = new Anthropic({ apiKey: 'k', baseURL: `http://127.0.0.1:${gateway.port}`, maxRetries: 0 });
  const { data, response } = await anthropic.messages
    .countTokens({ model: 'm', messages: [{ role: 'user', content: 'hello' }] })
    .withResponse();
  assert.equal(data.input_tokens, 42);
  assert.equal(response.headers.get('x-waygate-token-estimate'), null);
  assert.equal(up.requests[0]?.url, '/v1/messages/count_tokens');
});

test("a Gemini client's question reaches a provider that counts in Anthropic's API", async (t) => {
  const up = await upstream(t, json({ input_tokens: 42 }));
  const gateway = await start(t, custom('m', '{ type: messages }, { type: anthropicTokenCount }'), up);
  const google = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: `http://127.0.0.1:${gateway.port}` } });
  assert.equal((await google.models.countTokens({ model: 'm', contents: 'hello' })).totalTokens, 42);
  const seen = up.requests[0];
  assert.equal(seen?.url, '/v1/messages/count_tokens');
  assert.deepEqual(Object.keys(JSON.parse(seen.body.toString()) as object).sort(), ['messages', 'model']);
  assert.ok(seen.headers['anthropic-version']);
});

test("Bedrock and Gemini count a Messages client's tokens in their own APIs", async (t) => {
  const up = await upstream(t, (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(request.url.includes('countTokens') ? { totalTokens: 11 } : { inputTokens: 12 }));
  });
  const gateway = await start(
    t,
    `
- name: claude
  provider: bedrock
  params: { awsRegion: eu-central-1, baseUrl: "$UP/", model: "anthropic.claude-sonnet-4-5:0", apiKey: bedrock-key }
- name: gemini
  provider: gemini
  params: { baseUrl: "$UP/v1beta", apiKey: AIzaKey, model: gemini-2.5-pro }`,
    up,
  );
  const anthropic = new Anthropic({ apiKey: 'k', baseURL: `http://127.0.0.1:${gateway.port}`, maxRetries: 0 });
  const count = async (model: string): Promise<number> =>
    (await anthropic.messages.countTokens({ model, system: 's', messages: [{ role: 'user', content: 'hello' }] }))
      .input_tokens;
  assert.equal(await count('claude'), 12);
  assert.equal(await count('gemini'), 11);
  assert.deepEqual(
    up.requests.map(({ url }) => url),
    ['/model/anthropic.claude-sonnet-4-5%3A0/count-tokens', '/v1beta/models/gemini-2.5-pro:countTokens'],
  );
  assert.deepEqual(Object.keys(JSON.parse(up.requests[0]?.body.toString() ?? '{}') as object), ['input']);
  assert.equal(up.requests[1]?.headers['x-goog-api-key'], 'AIzaKey');
  up.answer(json({ message: 'slow down' }, 429));
  await assert.rejects(count('claude'), (error) => {
    assert(error instanceof Anthropic.RateLimitError);
    assert.match(error.message, /slow down/);
    return true;
  });
});

test('legacy completions pass to who serves them, their usage counted', async (t) => {
  const up = await upstream(
    t,
    json({
      id: 'cmpl-1',
      object: 'text_completion',
      model: 'm-1',
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    }),
  );
  const gateway = await start(t, custom('m', '{ type: legacyCompletions }', ', model: real'), up);
  await openai(gateway).completions.create({ model: 'm', prompt: [1, 2], echo: true });
  assert.equal(up.requests[0]?.url, '/v1/completions');
  assert.deepEqual(JSON.parse(up.requests[0].body.toString()), { model: 'real', prompt: [1, 2], echo: true });
  const [line] = await gateway.lines(1);
  assert.equal(line?.['gen_ai.operation.name'], 'text_completion');
  assert.equal(line['gen_ai.usage.output_tokens'], 4);
});

test('a streamed legacy completion is counted by usage that its client did not ask for and does not see', async (t) => {
  const chunk = (data: object): string =>
    `data: ${JSON.stringify({ id: 'cmpl-1', object: 'text_completion', model: 'm-1', ...data })}\n\n`;
  const up = await upstream(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk({ choices: [{ index: 0, text: 'he', finish_reason: null }], usage: null }));
    response.write(chunk({ choices: [{ index: 0, text: 'llo', finish_reason: 'stop' }], usage: null }));
    response.write(chunk({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } }));
    response.end('data: [DONE]\n\n');
  });
  const gateway = await start(t, custom('m', '{ type: legacyCompletions }'), up);
  const chunks = await Array.fromAsync(
    await openai(gateway).completions.create({ model: 'm', prompt: 'x', stream: true }),
  );
  assert.equal(chunks.map(({ choices }) => choices[0]?.text).join(''), 'hello');
  assert.equal(chunks.length, 2);
  const sent = JSON.parse(up.requests[0]?.body.toString() ?? '{}') as Record<string, unknown>;
  assert.deepEqual(sent['stream_options'], { include_usage: true });
  const [line] = await gateway.lines(1);
  assert.equal(line?.['gen_ai.usage.output_tokens'], 4);
  assert.notEqual(line['agw.ai.time_to_first_token'], undefined);
});

test('legacy completions are a chat where the provider has only that, whole and streamed', async (t) => {
  const gateway = await start(t, '- name: m\n  provider: demo');
  const client = openai(gateway);
  const whole = await client.completions.create({ model: 'm', prompt: 'hi', max_tokens: 50 });
  assert.equal(whole.object, 'text_completion');
  assert.match(whole.choices[0]?.text ?? '', /You said: hi/);
  assert.ok((whole.usage?.completion_tokens ?? 0) > 0);
  const chunks = await Array.fromAsync(
    await client.completions.create({
      model: 'm',
      prompt: 'hi',
      max_tokens: 50,
      stream: true,
      stream_options: { include_usage: true },
    }),
  );
  assert.equal(chunks.map(({ choices }) => choices[0]?.text ?? '').join(''), whole.choices[0]?.text);
  assert.equal(chunks.filter(({ choices }) => (choices[0]?.finish_reason ?? null) !== null).length, 1);
  assert.ok((chunks.at(-1)?.usage?.completion_tokens ?? 0) > 0);
  for (const [member, value] of [
    ['echo', true],
    ['suffix', 'x'],
    ['logprobs', 2],
    ['best_of', 3],
    ['prompt', [1, 2]],
    ['prompt', ['a', 'b']],
  ] as const) {
    await assert.rejects(client.completions.create({ model: 'm', prompt: 'hi', [member]: value } as never), (error) => {
      assert(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, member);
      return true;
    });
  }
});

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
