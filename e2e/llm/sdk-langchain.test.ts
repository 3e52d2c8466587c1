/** LangChain, with its OpenAI and Anthropic packages, on models that speak another API than the package. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatAnthropic } from '@langchain/anthropic';
import {
  HumanMessage,
  ToolMessage,
  type AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  type UsageMetadata,
} from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import type { LlmGateway } from './llm-gateway.ts';
import {
  calls,
  said,
  secret,
  startScriptedUpstreams,
  structured,
  upstreamNames,
  usage,
  type UpstreamName,
} from './scripted-upstreams.ts';

/** A package of LangChain that speaks one API. */
interface Package {
  readonly speaks: UpstreamName;
  model(gateway: LlmGateway, name: string): ChatOpenAI | ChatAnthropic;
}

const openai = ({ url }: LlmGateway, model: string, useResponsesApi: boolean): ChatOpenAI =>
  new ChatOpenAI({ model, apiKey: 'unused', maxRetries: 0, useResponsesApi, configuration: { baseURL: url } });

const packages: Readonly<Record<string, Package>> = {
  '@langchain/openai, chat': { speaks: 'completions', model: (gateway, name) => openai(gateway, name, false) },
  '@langchain/openai, responses': { speaks: 'responses', model: (gateway, name) => openai(gateway, name, true) },
  '@langchain/anthropic': {
    speaks: 'messages',
    model: ({ url }, model) =>
      new ChatAnthropic({
        model,
        apiKey: 'unused',
        maxRetries: 0,
        maxTokens: 500,
        anthropicApiUrl: new URL('/', url).href,
      }),
  },
};

const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const;

for (const [title, { speaks, model: modelOf }] of Object.entries(packages)) {
  test(`${title} reaches models behind every API`, async (t) => {
    const { gateway, onlyTo } = await startScriptedUpstreams(t, speaks);
    for (const name of upstreamNames) {
      const model = modelOf(gateway, `on-${name}`);
      await t.test(`${name}: whole and streamed text, with usage`, async () => {
        const value = secret();
        const whole: AIMessage = await model.invoke(value);
        assert.equal(whole.text, said(value));
        assert.equal(counted(whole)?.input_tokens, usage.input);
        const streamed = await joined(await model.stream(value));
        assert.equal(streamed.text, said(value));
        // LangChain adds what the mock says twice in a Messages stream.
        if (name !== speaks) assert.equal(counted(streamed)?.output_tokens, usage.output);
        onlyTo(name);
      });

      await t.test(`${name}: a turn with a tool, whole and streamed`, async () => {
        const value = secret();
        const weather = tool(() => value, { name: 'get_weather', description: 'the weather of a city', schema: city });
        const bound = model.bindTools([weather]);
        for (const streamed of [false, true]) {
          const messages: BaseMessage[] = [new HumanMessage('weather?')];
          const ask = async (): Promise<AIMessage | AIMessageChunk> =>
            streamed ? await joined(await bound.stream(messages)) : await bound.invoke(messages);
          const asked = await ask();
          assert.deepEqual(
            asked.tool_calls?.map((call) => [call.name, call.args]),
            calls.map((input) => ['get_weather', input]),
          );
          messages.push(asked);
          for (const call of asked.tool_calls ?? []) {
            const result: unknown = await weather.invoke({ ...call, type: 'tool_call' });
            assert(result instanceof ToolMessage);
            messages.push(result);
          }
          assert.equal((await ask()).text, said(`${value} ${value}`));
        }
        onlyTo(name);
      });

      await t.test(`${name}: structured output`, async () => {
        const schema = {
          title: 'weather',
          type: 'object',
          properties: { city: { type: 'string' }, degrees: { type: 'number' } },
          required: ['city', 'degrees'],
          additionalProperties: false,
        };
        const bound = model.withStructuredOutput(schema, { method: 'jsonSchema' });
        assert.deepEqual(await bound.invoke('answer in JSON'), structured);
        onlyTo(name);
      });
    }
    await gateway.stop();
  });
}

async function joined(chunks: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  let whole: AIMessageChunk | null = null;
  for await (const chunk of chunks) whole = whole === null ? chunk : whole.concat(chunk);
  assert(whole !== null, 'the stream is empty');
  return whole;
}

function counted(message: { readonly usage_metadata?: UsageMetadata | undefined }): UsageMetadata | undefined {
  return message.usage_metadata;
}
