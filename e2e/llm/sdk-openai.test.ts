/** The official OpenAI client, in both its APIs, on models that speak another one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type OpenAI from 'openai';
import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions';
import type { FunctionTool, ResponseInput } from 'openai/resources/responses/responses';
import {
  calls,
  said,
  secret,
  startScriptedUpstreams,
  structured,
  thought,
  upstreamNames,
  usage,
} from './scripted-upstreams.ts';

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'number' } },
  required: ['city', 'degrees'],
  additionalProperties: false,
};
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const weather: ChatCompletionTool = { type: 'function', function: { name: 'get_weather', parameters } };
const weatherItem: FunctionTool = { type: 'function', name: 'get_weather', parameters, strict: false };

test('the official OpenAI client chats with models behind every API', async (t) => {
  const { gateway, onlyTo } = await startScriptedUpstreams(t, 'completions');
  const { chat } = gateway.client;
  for (const name of upstreamNames) {
    const model = `on-${name}`;
    // The mock plays Cohere's reasoning as text.
    const thinks = name !== 'cohere';
    await t.test(`${name}: whole and streamed text, with usage`, async () => {
      const value = secret();
      const messages = [{ role: 'user' as const, content: value }];
      const whole = await chat.completions.create({ model, messages });
      assert.equal(whole.choices[0]?.message.content, said(value));
      assert.equal(whole.choices[0].finish_reason, 'stop');
      assert.equal(whole.usage?.prompt_tokens, usage.input);
      assert.equal(whole.usage.completion_tokens, usage.output);
      const stream = await chat.completions.create({
        model,
        messages,
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks = await Array.fromAsync(stream);
      assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), said(value));
      assert.equal(chunks.at(-1)?.usage?.total_tokens, usage.input + usage.output);
      onlyTo(name);
    });

    await t.test(`${name}: a turn with thoughts and a tool, whole and streamed`, async () => {
      for (const streamed of [false, true]) {
        const value = secret();
        const messages: ChatCompletionMessageParam[] = [
          { role: 'system', content: 'be kind' },
          { role: 'user', content: thinks ? 'think of the weather' : 'weather?' },
        ];
        const body = { model, messages, tools: [weather], reasoning_effort: 'low' as const };
        let thoughts = '';
        const ask = async (): Promise<OpenAI.ChatCompletion> => {
          thoughts = '';
          if (streamed) {
            const stream = chat.completions.stream(body);
            stream.on('chunk', (chunk) => (thoughts += reasoningOf(chunk.choices[0]?.delta)));
            return stream.finalChatCompletion();
          }
          const whole = await chat.completions.create(body);
          thoughts = reasoningOf(whole.choices[0]?.message);
          return whole;
        };
        const asked = (await ask()).choices[0];
        if (thinks) assert.equal(thoughts, thought);
        assert.equal(asked?.finish_reason, 'tool_calls');
        const made = (asked.message.tool_calls ?? []).filter((call) => call.type === 'function');
        assert.deepEqual(
          made.map((call) => [call.function.name, JSON.parse(call.function.arguments)]),
          calls.map((input) => ['get_weather', input]),
        );
        messages.push(asked.message);
        for (const { id } of made) messages.push({ role: 'tool', tool_call_id: id, content: value });
        assert.equal((await ask()).choices[0]?.message.content, said(`${value} ${value}`));
      }
      onlyTo(name);
    });

    await t.test(`${name}: structured output`, async () => {
      const parsed = await chat.completions.parse({
        model,
        messages: [{ role: 'user', content: 'answer in JSON' }],
        response_format: { type: 'json_schema', json_schema: { name: 'weather', strict: true, schema } },
      });
      assert.deepEqual(JSON.parse(parsed.choices[0]?.message.content ?? ''), structured);
      onlyTo(name);
    });
  }
  await gateway.stop();
});

test('the official OpenAI client uses the Responses API with models behind every API', async (t) => {
  const { gateway, onlyTo } = await startScriptedUpstreams(t, 'responses');
  const { responses } = gateway.client;
  for (const name of upstreamNames) {
    const model = `on-${name}`;
    // The mock plays Cohere's reasoning as text.
    const thinks = name !== 'cohere';
    const body = {
      model,
      instructions: 'be kind',
      tools: [weatherItem],
      reasoning: { effort: 'low' as const, summary: 'auto' as const },
      include: ['reasoning.encrypted_content' as const],
      store: false,
    };
    await t.test(`${name}: whole and streamed text, with usage`, async () => {
      const value = secret();
      const whole = await responses.create({ model, input: value, store: false });
      assert.equal(whole.output_text, said(value));
      assert.equal(whole.status, 'completed');
      assert.deepEqual([whole.usage?.input_tokens, whole.usage?.output_tokens], [usage.input, usage.output]);
      let text = '';
      const stream = responses.stream({ model, input: value, store: false });
      for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta;
      assert.equal(text, said(value));
      const final = await stream.finalResponse();
      assert.equal(final.output_text, said(value));
      assert.equal(final.usage?.total_tokens, usage.input + usage.output);
      onlyTo(name);
    });

    await t.test(`${name}: a turn with thoughts and a tool, whole and streamed`, async () => {
      for (const streamed of [false, true]) {
        const value = secret();
        const input: ResponseInput = [{ role: 'user', content: thinks ? 'think of the weather' : 'weather?' }];
        const ask = async (): Promise<OpenAI.Responses.Response> =>
          streamed
            ? await responses.stream({ ...body, input }).finalResponse()
            : await responses.create({ ...body, input });
        const asked = await ask();
        const thoughts = asked.output.flatMap((item) => (item.type === 'reasoning' ? item.summary : []));
        if (thinks) assert.equal(thoughts.map(({ text }) => text).join(''), thought);
        const made = asked.output.filter((item) => item.type === 'function_call');
        assert.deepEqual(
          made.map((call) => [call.name, JSON.parse(call.arguments)]),
          calls.map((input) => ['get_weather', input]),
        );
        input.push(...(asked.output as ResponseInput));
        for (const { call_id } of made) input.push({ type: 'function_call_output', call_id, output: value });
        assert.equal((await ask()).output_text, said(`${value} ${value}`));
      }
      onlyTo(name);
    });

    await t.test(`${name}: structured output`, async () => {
      const parsed = await responses.parse({
        model,
        input: 'answer in JSON',
        store: false,
        text: { format: { type: 'json_schema', name: 'weather', strict: true, schema } },
      });
      assert.deepEqual(JSON.parse(parsed.output_text), structured);
      onlyTo(name);
    });
  }
  await gateway.stop();
});

/** Where gateways and open models put what a model thought; the client has no type for it. */
function reasoningOf(message: unknown): string {
  return (message as { readonly reasoning_content?: string } | undefined)?.reasoning_content ?? '';
}
