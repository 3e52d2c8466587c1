/** Official clients of other APIs on a genuine llama.cpp, which speaks Chat Completions through the gateway. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI, Type, type Content } from '@google/genai';
import { ChatAnthropic } from '@langchain/anthropic';
import { jsonSchema, stepCountIs, streamText, tool } from 'ai';
import type { FunctionTool, ResponseInput } from 'openai/resources/responses/responses';
import { startLlama } from './start.ts';
import { startLlmGateway, type LlmGateway } from '../llm/llm-gateway.ts';

const said = 'Hello from a scripted llama, in five parts.';
const parameters = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] };

async function start(t: TestContext): Promise<LlmGateway> {
  const [text, tools] = [await startLlama('text'), await startLlama('tool')];
  t.after(() => Promise.all([text.stop(), tools.stop()]));
  const model = (name: string, url: string): string => `
- name: ${name}
  provider: llamacpp
  formats: [{ type: completions }]
  params: { baseUrl: "${url}/v1" }`;
  return startLlmGateway(t, model('text', text.url) + model('tool', tools.url));
}

test('clients of other APIs talk to a genuine llama.cpp, with streams and tools', { timeout: 300_000 }, async (t) => {
  const gateway = await start(t);
  const root = new URL('/', gateway.url).href;

  await t.test('@anthropic-ai/sdk', async () => {
    const client = new Anthropic({ apiKey: 'unused', baseURL: root, maxRetries: 0 });
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'hi' }];
    const whole = await client.messages.create({ model: 'text', max_tokens: 40, messages });
    assert.equal(whole.content[0]?.type === 'text' && whole.content[0].text, said);
    assert.equal(await client.messages.stream({ model: 'text', max_tokens: 40, messages }).finalText(), said);
    const tools = [{ name: 'get_weather', input_schema: parameters }];
    const ask = { model: 'tool', max_tokens: 60, messages, tools };
    const asked = await client.messages.stream(ask).finalMessage();
    assert.equal(asked.stop_reason, 'tool_use');
    const call = asked.content.find((block) => block.type === 'tool_use');
    assert.deepEqual([call?.name, call?.input], ['get_weather', { city: 'Paris' }]);
    const result = { type: 'tool_result' as const, tool_use_id: call?.id ?? '', content: '21 degrees' };
    messages.push({ role: 'assistant', content: asked.content }, { role: 'user', content: [result] });
    assert.equal((await client.messages.create(ask)).stop_reason, 'tool_use');
  });

  await t.test('openai, Responses', async () => {
    const { responses } = gateway.client;
    const whole = await responses.create({ model: 'text', input: 'hi', max_output_tokens: 40, store: false });
    assert.equal(whole.output_text, said);
    const streamed = responses.stream({ model: 'text', input: 'hi', max_output_tokens: 40, store: false });
    assert.equal((await streamed.finalResponse()).output_text, said);
    const input: ResponseInput = [{ role: 'user', content: 'hi' }];
    const tools: FunctionTool[] = [{ type: 'function', name: 'get_weather', parameters, strict: false }];
    const ask = { model: 'tool', input, tools, max_output_tokens: 60, store: false };
    const asked = await responses.stream(ask).finalResponse();
    const call = asked.output.find((item) => item.type === 'function_call');
    assert.deepEqual([call?.name, JSON.parse(call?.arguments ?? '')], ['get_weather', { city: 'Paris' }]);
    input.push(...(asked.output as ResponseInput));
    input.push({ type: 'function_call_output', call_id: call?.call_id ?? '', output: '21 degrees' });
    assert((await responses.create(ask)).output.some((item) => item.type === 'function_call'));
  });

  await t.test('@google/genai', async () => {
    const client = new GoogleGenAI({ apiKey: 'unused', httpOptions: { baseUrl: root } });
    const ask = { model: 'text', contents: 'hi', config: { maxOutputTokens: 40 } };
    assert.equal((await client.models.generateContent(ask)).text, said);
    const chunks = await Array.fromAsync(await client.models.generateContentStream(ask));
    assert.equal(chunks.map((chunk) => chunk.text ?? '').join(''), said);
    const declared = { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] };
    const tools = [{ functionDeclarations: [{ name: 'get_weather', parameters: declared }] }];
    const contents: Content[] = [{ role: 'user', parts: [{ text: 'hi' }] }];
    const asked = { model: 'tool', contents, config: { tools, maxOutputTokens: 60 } };
    const stream = await Array.fromAsync(await client.models.generateContentStream(asked));
    const parts = stream.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
    const call = parts.find(({ functionCall }) => functionCall !== undefined)?.functionCall;
    assert.deepEqual([call?.name, call?.args], ['get_weather', { city: 'Paris' }]);
    const functionResponse = { name: 'get_weather', response: { output: '21 degrees' } };
    contents.push({ role: 'model', parts }, { role: 'user', parts: [{ functionResponse }] });
    assert.equal((await client.models.generateContent(asked)).functionCalls?.length, 1);
  });

  await t.test('ai, with @ai-sdk/openai', async () => {
    const openai = createOpenAI({ apiKey: 'unused', baseURL: gateway.url });
    const text = streamText({ model: openai.chat('text'), prompt: 'hi', maxOutputTokens: 40, maxRetries: 0 });
    assert.equal(await text.text, said);
    const asked: object[] = [];
    const loop = streamText({
      model: openai.chat('tool'),
      prompt: 'hi',
      maxOutputTokens: 60,
      maxRetries: 0,
      stopWhen: stepCountIs(2),
      tools: {
        get_weather: tool({
          inputSchema: jsonSchema<{ readonly city: string }>(parameters),
          execute: (input) => {
            asked.push(input);
            return '21 degrees';
          },
        }),
      },
    });
    assert.equal(await loop.finishReason, 'tool-calls');
    assert.deepEqual(asked, [{ city: 'Paris' }, { city: 'Paris' }]);
  });

  await t.test('@langchain/anthropic', async () => {
    const model = (name: string): ChatAnthropic =>
      new ChatAnthropic({ model: name, apiKey: 'unused', maxRetries: 0, maxTokens: 60, anthropicApiUrl: root });
    let text = '';
    for await (const chunk of await model('text').stream('hi')) text += chunk.text;
    assert.equal(text, said);
    const bound = model('tool').bindTools([{ name: 'get_weather', input_schema: parameters }]);
    const { tool_calls: made = [] } = await bound.invoke('hi');
    assert.deepEqual([made[0]?.name, made[0]?.args], ['get_weather', { city: 'Paris' }]);
  });
  await gateway.stop();
});
