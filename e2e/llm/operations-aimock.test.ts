import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import { CohereClientV2 } from 'cohere-ai';
import OpenAI, { toFile } from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { eventually } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';

test('every operation that aimock serves reaches it through the gateway', async (t) => {
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  mock.onMessage(/.*/, {
    content: 'a mocked answer',
    usage: { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 },
  });
  mock.onImage(/.*/, { image: { url: 'https://images.test/1.png' } });
  mock.onSpeech(/.*/, { audio: Buffer.from('sound').toString('base64') });
  mock.onTranscription({ transcription: { text: 'what was said' } });
  mock.onRerank(/.*/, [
    { index: 1, relevance_score: 0.9 },
    { index: 0, relevance_score: 0.1 },
  ]);
  await mock.start();
  t.after(() => mock.stop());
  const gateway = await startGateway(`
gateways:
  default: { port: $PORT }
llm:
  models:
  - name: "*"
    provider:
      custom:
        formats:
        - { type: completions }
        - { type: responses }
        - { type: embeddings }
        - { type: realtime }
        - { type: rerank, path: /v2/rerank }
    params: { baseUrl: "${mock.url}/v1", apiKey: sk-gateway }
`);
  t.after(() => gateway.close());
  const base = `http://127.0.0.1:${gateway.port}`;
  const client = new OpenAI({ apiKey: 'k', baseURL: `${base}/v1`, maxRetries: 0 });

  const { data } = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'] });
  assert.equal(data.length, 2);
  const ranked = await new CohereClientV2({ token: 'k', environment: base }).rerank({
    model: 'rerank-v3.5',
    query: 'q',
    documents: ['a', 'b'],
  });
  assert.deepEqual(
    ranked.results.map(({ index }) => index),
    [1, 0],
  );
  const moderated = await client.moderations.create({ model: 'omni-moderation-latest', input: 'hello' });
  assert.equal(moderated.results.length, 1);
  const image = await client.images.generate({ model: 'gpt-image-1', prompt: 'a cat' });
  assert.equal(image.data?.[0]?.url, 'https://images.test/1.png');
  const speech = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'hello' });
  assert.ok((await speech.arrayBuffer()).byteLength > 0);
  const said = await client.audio.transcriptions.create({
    model: 'whisper-1',
    file: await toFile(Buffer.alloc(9000), 'a.wav'),
  });
  assert.equal(said.text, 'what was said');

  const file = await client.files.create({ file: await toFile(Buffer.from('{}\n'), 'a.jsonl'), purpose: 'batch' });
  assert.equal((await client.files.retrieve(file.id)).id, file.id);
  const batch = await client.batches.create({
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  });
  assert.equal((await client.batches.retrieve(batch.id)).id, batch.id);
  await client.files.delete(file.id);

  const response = await client.responses.create({ model: 'gpt-5', input: 'hello' });
  assert.equal(response.output_text, 'a mocked answer');
  const lines = await gateway.lines(12);
  assert.deepEqual(
    lines
      .filter((line) => line['gen_ai.usage.input_tokens'] !== undefined)
      .map((line) => line['gen_ai.operation.name']),
    ['embeddings', 'chat'],
  );
  assert.ok(lines.every((line) => line['http.status'] === 200));

  const createConnection = (): net.Socket => net.connect(gateway.port, '127.0.0.1');
  const session = new OpenAIRealtimeWS({ model: 'gpt-realtime', options: { createConnection } }, client);
  let done = 0;
  session.on('response.done', () => done++);
  await once(session.socket, 'open');
  session.send({
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] },
  });
  session.send({ type: 'response.create' });
  await eventually(() => done === 1, 'the response');
  session.close();
});
