import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import { eventually } from '../../testkit/client.ts';
import { startLlmGateway } from './llm-gateway.ts';

test('models are listed, and usage of answers, streams and embeddings is logged and counted', async (t) => {
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  const usage = { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 };
  mock.onMessage(/.*/, { content: 'a mocked answer', usage });
  await mock.start();
  t.after(() => mock.stop());
  const gateway = await startLlmGateway(
    t,
    `
- name: demo
  provider: demo
- name: mock/*
  provider: { custom: { formats: [{ type: completions }, { type: embeddings }] } }
  params: { baseUrl: "${mock.url}/v1" }
  transformation: { model: 'llmRequest.model.stripPrefix("mock/")' }`,
  );
  const { client } = gateway;
  assert.deepEqual(
    (await Array.fromAsync(client.models.list())).map(({ id, object }) => [id, object]),
    [
      ['demo', 'model'],
      ['mock/*', 'model'],
    ],
  );

  const ask = { model: 'mock/gpt-4o', messages: [{ role: 'user' as const, content: 'hello' }] };
  await client.chat.completions.create(ask);
  await Array.fromAsync(
    await client.chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } }),
  );
  const embedded = await client.embeddings.create({ model: 'mock/text-embedding-3-small', input: 'hello there' });
  assert.ok((embedded.data[0]?.embedding.length ?? 0) > 0);
  const demo = await client.chat.completions.create({ ...ask, model: 'demo' });

  const entries = await Promise.all([1, 2, 3, 4].map((index) => gateway.logged(index)));
  const logged = entries.map((entry) => [
    entry['gen_ai.operation.name'],
    entry['gen_ai.usage.input_tokens'],
    entry['gen_ai.usage.output_tokens'],
  ]);
  const { prompt_tokens: demoInput, completion_tokens: demoOutput } = demo.usage ?? assert.fail('no usage');
  const embeddingInput = embedded.usage.prompt_tokens;
  assert.deepEqual(logged, [
    ['chat', 21, 9],
    ['chat', 21, 9],
    ['embeddings', embeddingInput, undefined],
    ['chat', demoInput, demoOutput],
  ]);
  await eventually(async () => (await gateway.tokens('output')) === 18 + demoOutput, 'the output tokens');
  assert.equal(await gateway.tokens('input'), 42 + embeddingInput + demoInput);
  await gateway.stop();
});
