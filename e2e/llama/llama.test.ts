import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatCompletionTool } from 'openai/resources/chat/completions';
import { startLlama } from './start.ts';
import { startLlmGateway } from '../llm/llm-gateway.ts';

const weather: ChatCompletionTool = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

test('a genuine llama.cpp answers through the gateway: text, stream, tool call', { timeout: 300_000 }, async (t) => {
  const [text, tool] = [await startLlama('text'), await startLlama('tool')];
  t.after(() => Promise.all([text.stop(), tool.stop()]));
  const model = (name: string, url: string): string => `
- name: ${name}
  provider: { custom: { formats: [{ type: completions }] } }
  params: { baseUrl: "${url}/v1" }`;
  const gateway = await startLlmGateway(t, model('text', text.url) + model('tool', tool.url));
  const { client } = gateway;
  const messages = [{ role: 'user' as const, content: 'hi' }];
  const said = 'Hello from a scripted llama, in five parts.';

  const whole = await client.chat.completions.create({ model: 'text', messages, max_tokens: 40 });
  assert.equal(whole.choices[0]?.message.content, said);
  assert.equal((await gateway.logged(0))['gen_ai.usage.output_tokens'], whole.usage?.completion_tokens);

  const stream = await client.chat.completions.create({
    model: 'text',
    messages,
    max_tokens: 40,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await Array.fromAsync(stream);
  assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), said);
  const entry = await gateway.logged(1);
  assert.equal(entry['gen_ai.usage.output_tokens'], whole.usage?.completion_tokens);
  assert.equal(entry['gen_ai.response.model'], 'scripted-text');

  const final = await client.chat.completions
    .stream({ model: 'tool', messages, tools: [weather], max_tokens: 60 })
    .finalChatCompletion();
  assert.equal(final.choices[0]?.finish_reason, 'tool_calls');
  const call = final.choices[0].message.tool_calls?.[0];
  assert(call?.type === 'function');
  assert.equal(call.function.name, 'get_weather');
  assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Paris' });
  await gateway.stop();
});
