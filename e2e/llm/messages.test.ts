import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { LLMock } from '@copilotkit/aimock';
import { startLlmGateway } from './llm-gateway.ts';

const weather = {
  name: 'get_weather',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
};

test('the official Anthropic SDK completes a turn with a tool on a model that speaks Chat Completions', async (t) => {
  const gateway = await startLlmGateway(t, '\n- { name: demo, provider: demo }');
  const client = new Anthropic({ apiKey: 'unused', baseURL: new URL('/', gateway.client.baseURL).href, maxRetries: 0 });
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Please call the tool get_weather for Paris' }];
  const ask = { model: 'demo', max_tokens: 200, system: 'be kind', tools: [weather] };

  const asked = await client.messages.stream({ ...ask, messages }).finalMessage();
  assert.equal(asked.stop_reason, 'tool_use');
  const call = asked.content.find((block) => block.type === 'tool_use');
  assert.deepEqual([call?.name, call?.input], ['get_weather', { city: 'Paris' }]);
  assert(asked.usage.output_tokens > 0);

  messages.push({ role: 'assistant', content: asked.content });
  messages.push({
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: '21 degrees' }],
  });
  const answered = await client.messages.create({ ...ask, messages });
  assert.equal(answered.stop_reason, 'end_turn');
  assert.match(answered.content[0]?.type === 'text' ? answered.content[0].text : '', /21 degrees/);
  const entry = await gateway.logged(1);
  assert.equal(entry['gen_ai.usage.output_tokens'], answered.usage.output_tokens);
});

test('errors reach Anthropic clients in their own shape: of the gateway, of the translation and of the provider', async (t) => {
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  mock.onMessage(/.*/, { content: 'fine' });
  await mock.start();
  t.after(() => mock.stop());
  const gateway = await startLlmGateway(
    t,
    `
- name: mock
  provider: { custom: { formats: [{ type: completions }] } }
  params: { baseUrl: "${mock.url}/v1" }`,
  );
  const client = new Anthropic({ apiKey: 'unused', baseURL: new URL('/', gateway.client.baseURL).href, maxRetries: 0 });
  const ask = { model: 'mock', max_tokens: 10, messages: [{ role: 'user' as const, content: 'hi' }] };
  await assert.rejects(client.messages.create({ ...ask, model: 'none' }), (error) => {
    assert(error instanceof Anthropic.NotFoundError);
    assert.equal(error.type, 'not_found_error');
    return true;
  });
  await assert.rejects(client.messages.create({ ...ask, stop_sequences: ['a', 'b', 'c', 'd', 'e'] }), (error) => {
    assert(error instanceof Anthropic.BadRequestError);
    assert.match(error.message, /stop_sequences.* is not supported/);
    return true;
  });
  mock.nextRequestError(429, { message: 'slow down', type: 'rate_limit_error', code: 'rate_limited' });
  await assert.rejects(client.messages.create(ask), (error) => {
    assert(error instanceof Anthropic.RateLimitError);
    assert.match(error.message, /slow down/);
    return true;
  });
  const { response } = await client.messages.create({ ...ask, metadata: { user_id: 'u1' } }).withResponse();
  assert.equal(response.headers.get('x-waygate-dropped'), null);
  const hinted = await client.messages
    .create({ ...ask, system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }] })
    .withResponse();
  assert.match(hinted.response.headers.get('x-waygate-dropped') ?? '', /cache_control/);
});
