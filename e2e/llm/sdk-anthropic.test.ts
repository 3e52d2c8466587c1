/** The official Anthropic client on models that do not speak Messages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
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

const weather = {
  name: 'get_weather',
  description: 'the weather of a city',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
};

const textOf = (message: Anthropic.Message): string =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

test('the official Anthropic client reaches models behind every API', async (t) => {
  const { gateway, onlyTo } = await startScriptedUpstreams(t, 'messages');
  const client = new Anthropic({ apiKey: 'unused', baseURL: new URL('/', gateway.url).href, maxRetries: 0 });
  for (const name of upstreamNames) {
    const model = `on-${name}`;
    await t.test(`${name}: whole and streamed text, with usage`, async () => {
      const value = secret();
      const ask = { model, max_tokens: 500, messages: [{ role: 'user' as const, content: value }] };
      const whole = await client.messages.create(ask);
      assert.equal(textOf(whole), said(value));
      assert.equal(whole.stop_reason, 'end_turn');
      assert.deepEqual([whole.usage.input_tokens, whole.usage.output_tokens], [usage.input, usage.output]);
      let text = '';
      const stream = client.messages.stream(ask).on('text', (delta) => (text += delta));
      const final = await stream.finalMessage();
      assert.deepEqual([text, textOf(final)], [said(value), said(value)]);
      assert.deepEqual([final.usage.input_tokens, final.usage.output_tokens], [usage.input, usage.output]);
      onlyTo(name);
    });

    // The mock plays Cohere's reasoning as text.
    for (const thinks of name === 'cohere' ? [false] : [false, true]) {
      await t.test(`${name}: a turn with a tool, whole and streamed${thinks ? ', with thinking' : ''}`, async () => {
        for (const streamed of [false, true]) {
          const value = secret();
          const messages: Anthropic.MessageParam[] = [
            { role: 'user', content: thinks ? 'think of the weather' : 'weather?' },
          ];
          const ask = {
            model,
            max_tokens: 4000,
            system: 'be kind',
            messages,
            tools: [weather],
            ...(thinks ? { thinking: { type: 'enabled' as const, budget_tokens: 2000 } } : {}),
          };
          const answer = async (): Promise<Anthropic.Message> =>
            streamed ? await client.messages.stream(ask).finalMessage() : await client.messages.create(ask);
          const asked = await answer();
          assert.equal(asked.stop_reason, 'tool_use');
          const thinking = asked.content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join('');
          if (thinks) assert.equal(thinking, thought);
          const made = asked.content.filter((block) => block.type === 'tool_use');
          assert.deepEqual(
            made.map((call) => [call.name, call.input]),
            calls.map((input) => ['get_weather', input]),
          );
          messages.push({ role: 'assistant', content: asked.content });
          const results = made.map(({ id }) => ({ type: 'tool_result' as const, tool_use_id: id, content: value }));
          messages.push({ role: 'user', content: results });
          assert.equal(textOf(await answer()), said(`${value} ${value}`));
        }
        onlyTo(name);
      });
    }

    await t.test(`${name}: structured output`, async () => {
      const schema = {
        type: 'object',
        properties: { city: { type: 'string' }, degrees: { type: 'number' } },
        required: ['city', 'degrees'],
        additionalProperties: false,
      };
      const answered = await client.messages.create({
        model,
        max_tokens: 500,
        messages: [{ role: 'user', content: 'answer in JSON' }],
        output_config: { format: { type: 'json_schema', schema } },
      });
      assert.deepEqual(JSON.parse(textOf(answered)), structured);
      onlyTo(name);
    });
  }

  await t.test('tokens are counted where the upstream cannot', async () => {
    const messages = [{ role: 'user' as const, content: 'three little words' }];
    const { input_tokens } = await client.messages.countTokens({ model: 'on-completions', messages });
    assert(input_tokens > 0 && input_tokens < 40, String(input_tokens));
  });

  await t.test('the models are listed, and one is found', async () => {
    const listed = await Array.fromAsync(client.models.list());
    assert(listed.some(({ id }) => id === 'on-cohere'));
    assert.equal((await client.models.retrieve('on-converse')).id, 'on-converse');
  });
  await gateway.stop();
});
