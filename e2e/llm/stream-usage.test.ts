import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream, type SeenRequest } from '../../testkit/upstream.ts';
import { aiRoute, chat, chunk, done, messageRest, messages, messageStart, roleChunk, streams } from './ai-route.ts';

const usage = `data: ${JSON.stringify({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'up',
  choices: [],
  usage: {
    prompt_tokens: 10,
    completion_tokens: 4,
    total_tokens: 14,
    prompt_tokens_details: { cached_tokens: 6, audio_tokens: 2 },
    completion_tokens_details: { reasoning_tokens: 1 },
  },
})}\n\n`;
const said = roleChunk + chunk({ content: 'hi' }) + chunk({}, 'stop');

function optionsOf({ body }: SeenRequest): unknown {
  return (JSON.parse(body.toString()) as { stream_options?: unknown }).stream_options;
}

test('usage is asked for where the client did not, counted, and hidden', async () => {
  await using upstream = await startUpstream(streams([said + usage + done]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  const reply = await chat(gateway.port, { stream: true, stream_options: { include_obfuscation: false } });
  assert.equal(reply.text, said + done);
  assert.deepEqual(optionsOf(await upstream.request(1)), { include_obfuscation: false, include_usage: true });
  const [line] = await gateway.lines(1);
  assert.equal(line?.['gen_ai.usage.input_tokens'], 10);
  assert.equal(line['gen_ai.usage.cache_read.input_tokens'], 6);
  assert.equal(line['gen_ai.usage.input_audio_tokens'], 2);
  assert.equal(line['gen_ai.usage.output_tokens'], 4);
  assert.equal(line['gen_ai.usage.reasoning_tokens'], 1);
  assert.match(String(line['agw.ai.time_to_first_token']), /ms$/);
});

test('a client that asked for usage gets it', async () => {
  await using upstream = await startUpstream(streams([said + usage + done]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  const reply = await chat(gateway.port, { stream: true, stream_options: { include_usage: true } });
  assert.equal(reply.text, said + usage + done);
});

test('answers that are no streams are asked for as they are', async () => {
  await using upstream = await startUpstream(streams([said + done]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  await chat(gateway.port);
  assert.equal(optionsOf(await upstream.request(1)), undefined);
});

test('usage of Messages streams is that of their first and last events together', async () => {
  await using upstream = await startUpstream(streams([messageStart, messageRest('hi')]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host, format: 'messages' }]]));
  await messages(gateway.port, { stream: true });
  await chat(gateway.port, { stream: true });
  for (const line of await gateway.lines(2)) {
    assert.equal(line['gen_ai.usage.input_tokens'], 8);
    assert.equal(line['gen_ai.usage.cache_read.input_tokens'], 3);
    assert.equal(line['gen_ai.usage.output_tokens'], 4);
    assert.equal(line['gen_ai.response.model'], 'claude');
  }
});

test('the stream of a provider that is known for it is repaired', async () => {
  const repeated = [
    chunk({ role: 'assistant', content: 'a' }),
    chunk({ role: 'assistant', content: 'b' }),
    chunk({ role: 'assistant', content: '' }, 'stop'),
  ];
  await using upstream = await startUpstream(streams(repeated));
  const yaml = `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
llm:
  gateways: [default]
  models: [{ name: m, provider: ollama, params: { baseUrl: "http://${upstream.host}/v1" } }]
`;
  await using gateway = await startGateway(yaml);
  const { text } = await chat(gateway.port, { stream: true });
  assert.equal(text.match(/"role"/g)?.length, 1);
  assert.match(text, /"content":"a"[\s\S]*"content":"b"[\s\S]*"finish_reason":"stop"[\s\S]*data: \[DONE\]\n\n$/);
});

test('log expressions see what is known of an LLM request, times included', async () => {
  await using upstream = await startUpstream(streams([said + usage + done]));
  const add = `{ spent: "llm.inputTokens + llm.outputTokens", fast: "llm.timeToFirstToken < duration('1h')", each: "llm.timePerOutputToken >= duration('0s')", written: "has(llm.cacheCreationInputTokens)" }`;
  await using gateway = await startGateway(
    `frontendPolicies: { accessLog: { add: ${add} } }\n${aiRoute([[{ host: upstream.host }]])}`,
  );
  await chat(gateway.port, { stream: true });
  const [line] = await gateway.lines(1);
  assert.deepEqual([line?.['spent'], line?.['fast'], line?.['each'], line?.['written']], [14, true, true, false]);
});
