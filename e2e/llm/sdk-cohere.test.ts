/** The official Cohere client, on Cohere; what its rerank reaches elsewhere stands in `operations-embeddings.test.ts`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CohereClientV2, CohereError } from 'cohere-ai';
import { LLMock } from '@copilotkit/aimock';
import { startLlmGateway } from './llm-gateway.ts';

test('the official Cohere client embeds, reranks and chats through the gateway', async (t) => {
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  mock.onRerank(/capital/, [
    { index: 1, relevance_score: 0.9 },
    { index: 0, relevance_score: 0.2 },
  ]);
  mock.onEmbedding(/.*/, { embedding: [0.25, -0.5] });
  mock.onMessage(/.*/, { content: 'a mocked answer', usage: { prompt_tokens: 21, completion_tokens: 9 } });
  await mock.start();
  t.after(() => mock.stop());
  const gateway = await startLlmGateway(
    t,
    `
- name: co/*
  provider: cohere
  params: { baseUrl: "${mock.url}", apiKey: k }
  transformation: { model: 'llmRequest.model.stripPrefix("co/")' }`,
  );
  const environment = new URL('/', gateway.url).href.slice(0, -1);
  const client = new CohereClientV2({ token: 'client-key', environment, maxRetries: 0 });

  await t.test('rerank', async () => {
    const documents = ['Carson City', 'Washington'];
    const ranked = await client.rerank({ model: 'co/rerank-v3.5', query: 'the capital?', documents });
    assert.deepEqual(
      ranked.results.map(({ index, relevanceScore }) => [index, relevanceScore]),
      [
        [1, 0.9],
        [0, 0.2],
      ],
    );
    assert.equal((await gateway.logged(0))['gen_ai.request.model'], 'co/rerank-v3.5');
  });

  await t.test('embed', async () => {
    const embedded = await client.embed({
      model: 'co/embed-v4.0',
      inputType: 'search_document',
      embeddingTypes: ['float'],
      texts: ['a', 'b'],
    });
    assert.deepEqual(embedded.embeddings.float, [
      [0.25, -0.5],
      [0.25, -0.5],
    ]);
    assert.equal(mock.getLastRequest()?.path, '/v2/embed');
  });

  await t.test('chat, whole and streamed', async () => {
    const ask = { model: 'co/command-a-03-2025', messages: [{ role: 'user' as const, content: 'hi' }] };
    const whole = await client.chat(ask);
    const [said] = whole.message.content ?? [];
    assert.equal(said?.type === 'text' && said.text, 'a mocked answer');
    let text = '';
    for await (const event of await client.chatStream(ask)) {
      if (event.type === 'content-delta') text += event.delta?.message?.content?.text ?? '';
    }
    assert.equal(text, 'a mocked answer');
    assert.equal(mock.getLastRequest()?.path, '/v2/chat');
  });

  await t.test("the OpenAI client's embeddings are made by Cohere", async () => {
    const { data } = await gateway.client.embeddings.create({ model: 'co/embed-v4.0', input: ['a', 'b'] });
    assert.deepEqual(
      data.map(({ embedding }) => [...embedding]),
      [
        [0.25, -0.5],
        [0.25, -0.5],
      ],
    );
    assert.equal(mock.getLastRequest()?.path, '/compatibility/v1/embeddings');
  });

  await t.test('an error of the provider reaches the client', async () => {
    mock.nextRequestError(429, { message: 'slow down', type: 'rate_limit_error', code: 'rate_limited' });
    const messages = [{ role: 'user' as const, content: 'hi' }];
    await assert.rejects(client.chat({ model: 'co/command-a-03-2025', messages }), (error) => {
      assert(error instanceof CohereError);
      assert.equal(error.statusCode, 429);
      assert.match(error.message, /slow down/);
      return true;
    });
  });
  await gateway.stop();
});
