import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { custom, json, openai, start, upstream } from './operations-setup.ts';

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
