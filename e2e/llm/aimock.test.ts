import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import OpenAI from 'openai';
import { startLlmGateway } from './llm-gateway.ts';

test('the official SDK reaches a provider through the gateway: chat, stream, embeddings, errors', async (t) => {
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  const usage = { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 };
  mock.onMessage(/.*/, { content: 'a mocked answer in words', usage });
  await mock.start();
  t.after(() => mock.stop());
  const gateway = await startLlmGateway(
    t,
    `
- name: mock/*
  provider: { custom: { formats: [{ type: completions }, { type: embeddings }] } }
  params: { baseUrl: "${mock.url}/v1", apiKey: "sk-gateway" }
  transformation: { model: 'llmRequest.model.stripPrefix("mock/")' }`,
  );
  const { client } = gateway;
  const ask = { model: 'mock/gpt-4o', messages: [{ role: 'user' as const, content: 'hello' }] };

  const whole = await client.chat.completions.create(ask);
  assert.equal(whole.choices[0]?.message.content, 'a mocked answer in words');
  assert.equal(whole.model, 'gpt-4o');
  const entry = await gateway.logged(0);
  assert.equal(entry['gen_ai.request.model'], 'mock/gpt-4o');
  assert.equal(entry['gen_ai.response.model'], 'gpt-4o');
  assert.equal(entry['gen_ai.usage.input_tokens'], 21);
  assert.equal(entry['gen_ai.usage.output_tokens'], 9);

  const stream = await client.chat.completions.create({
    ...ask,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await Array.fromAsync(stream);
  assert.equal(chunks.map((c) => c.choices[0]?.delta.content ?? '').join(''), 'a mocked answer in words');
  const streamed = await gateway.logged(1);
  assert.equal(streamed['gen_ai.usage.output_tokens'], 9);
  assert.notEqual(streamed['agw.ai.time_to_first_token'], undefined);

  const { data } = await client.embeddings.create({ model: 'mock/text-embedding-3-small', input: 'hello' });
  assert((data[0]?.embedding.length ?? 0) > 0);
  assert.deepEqual(
    (await Array.fromAsync(client.models.list())).map((model) => model.id),
    ['mock/*'],
  );

  mock.nextRequestError(429, { message: 'slow down', type: 'rate_limit_error', code: 'rate_limited' });
  await assert.rejects(client.chat.completions.create(ask), (error) => {
    assert(error instanceof OpenAI.RateLimitError);
    assert.match(error.message, /slow down/);
    return true;
  });
  await assert.rejects(client.chat.completions.create({ ...ask, model: 'other' }), (error) => {
    assert(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, 'model_not_found');
    return true;
  });
  await gateway.stop();
});
