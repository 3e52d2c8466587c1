/** How official clients learn that a provider of another API refused, or broke off in the middle of a stream. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';
import { APICallError, generateText, streamText, type LanguageModel } from 'ai';
import OpenAI from 'openai';
import type { LlmGateway } from './llm-gateway.ts';
import { busy, cut, longText, startScriptedUpstreams, upstreamsBut, type UpstreamName } from './scripted-upstreams.ts';

/** A client that speaks one API. */
interface Client {
  readonly speaks: UpstreamName;
  /** Asks and rejects, or says why not. */
  ask(gateway: LlmGateway, model: string, content: string): Promise<unknown>;
  /** Whether the error is the one of a refusal with 429. */
  refused(error: unknown): boolean;
  /** Gives the text as it comes; the stream must fail. */
  stream(gateway: LlmGateway, model: string, content: string): AsyncIterable<string>;
}

const rootOf = ({ url }: LlmGateway): string => new URL('/', url).href;
const anthropic = (gateway: LlmGateway): Anthropic =>
  new Anthropic({ apiKey: 'unused', baseURL: rootOf(gateway), maxRetries: 0 });
const google = (gateway: LlmGateway): GoogleGenAI =>
  new GoogleGenAI({ apiKey: 'unused', httpOptions: { baseUrl: rootOf(gateway) } });

/** A package of the AI SDK. */
function vercel(speaks: UpstreamName, models: (gateway: LlmGateway) => (name: string) => LanguageModel): Client {
  return {
    speaks,
    ask: (gateway, name, prompt) => generateText({ model: models(gateway)(name), prompt, maxRetries: 0 }),
    refused: (error) => error instanceof APICallError && error.statusCode === 429 && error.isRetryable,
    async *stream(gateway, name, prompt) {
      const { stream } = streamText({ model: models(gateway)(name), prompt, maxRetries: 0, onError: () => {} });
      for await (const part of stream) {
        if (part.type === 'text-delta') yield part.text;
        if (part.type === 'error') throw part.error;
      }
    },
  };
}

function langchain(
  speaks: UpstreamName,
  model: (gateway: LlmGateway, name: string) => ChatOpenAI | ChatAnthropic,
): Client {
  return {
    speaks,
    ask: (gateway, name, content) => model(gateway, name).invoke(content),
    refused: (error) => (error as { readonly status?: number }).status === 429,
    async *stream(gateway, name, content) {
      for await (const chunk of await model(gateway, name).stream(content)) yield chunk.text;
    },
  };
}

const clients: Readonly<Record<string, Client>> = {
  'openai, chat': {
    speaks: 'completions',
    ask: ({ client }, model, content) =>
      client.chat.completions.create({ model, messages: [{ role: 'user', content }] }),
    refused: (error) => error instanceof OpenAI.RateLimitError && error.headers.get('retry-after') === '7',
    async *stream({ client }, model, content) {
      const messages = [{ role: 'user' as const, content }];
      const chunks = await client.chat.completions.create({ model, stream: true, messages });
      for await (const chunk of chunks) {
        assert.equal(chunk.choices[0]?.finish_reason ?? null, null);
        yield chunk.choices[0]?.delta.content ?? '';
      }
    },
  },
  'openai, responses': {
    speaks: 'responses',
    ask: ({ client }, model, input) => client.responses.create({ model, input }),
    refused: (error) => error instanceof OpenAI.RateLimitError && error.headers.get('retry-after') === '7',
    async *stream({ client }, model, input) {
      for await (const event of await client.responses.create({ model, input, stream: true })) {
        if (event.type === 'response.output_text.delta') yield event.delta;
        assert(event.type !== 'response.completed' && event.type !== 'response.incomplete');
        // The client gives this event like any other; it is the last.
        if (event.type === 'response.failed') throw new Error(event.response.error?.message);
      }
    },
  },
  '@anthropic-ai/sdk': {
    speaks: 'messages',
    ask: (gateway, model, content) =>
      anthropic(gateway).messages.create({ model, max_tokens: 9, messages: [{ role: 'user', content }] }),
    refused: (error) =>
      error instanceof Anthropic.RateLimitError &&
      error.type === 'rate_limit_error' &&
      error.headers.get('retry-after') === '7',
    async *stream(gateway, model, content) {
      const messages = [{ role: 'user' as const, content }];
      for await (const event of anthropic(gateway).messages.stream({ model, max_tokens: 500, messages })) {
        assert(event.type !== 'message_delta' && event.type !== 'message_stop');
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text;
      }
    },
  },
  '@google/genai': {
    speaks: 'generateContent',
    ask: (gateway, model, contents) => google(gateway).models.generateContent({ model, contents }),
    refused: (error) =>
      error instanceof ApiError && error.status === 429 && error.message.includes('RESOURCE_EXHAUSTED'),
    async *stream(gateway, model, contents) {
      for await (const chunk of await google(gateway).models.generateContentStream({ model, contents })) {
        assert.equal(chunk.candidates?.[0]?.finishReason, undefined);
        yield chunk.text ?? '';
      }
    },
  },
  '@ai-sdk/openai, chat': vercel('completions', ({ url }) => createOpenAI({ apiKey: 'unused', baseURL: url }).chat),
  '@ai-sdk/openai, responses': vercel(
    'responses',
    ({ url }) => createOpenAI({ apiKey: 'unused', baseURL: url }).responses,
  ),
  '@ai-sdk/anthropic': vercel('messages', ({ url }) => createAnthropic({ apiKey: 'unused', baseURL: url })),
  '@ai-sdk/google': vercel('generateContent', ({ url }) =>
    createGoogle({ apiKey: 'unused', baseURL: new URL('/v1beta', url).href }),
  ),
  '@langchain/openai': langchain(
    'completions',
    ({ url }, model) => new ChatOpenAI({ model, apiKey: 'unused', maxRetries: 0, configuration: { baseURL: url } }),
  ),
  '@langchain/anthropic': langchain(
    'messages',
    (gateway, model) =>
      new ChatAnthropic({ model, apiKey: 'unused', maxRetries: 0, anthropicApiUrl: rootOf(gateway), maxTokens: 500 }),
  ),
};

test('official clients learn of refusals and of broken streams', async (t) => {
  const { gateway, onlyTo } = await startScriptedUpstreams(t);
  for (const [title, client] of Object.entries(clients)) {
    for (const name of upstreamsBut(client.speaks)) {
      await t.test(`${title}: a refusal of ${name} is the client's own error of that kind`, async () => {
        await assert.rejects(client.ask(gateway, `on-${name}`, busy), (error) => {
          assert(client.refused(error), String(error));
          assert.match(String(error), /slow down/);
          return true;
        });
        onlyTo(name);
      });

      await t.test(`${title}: a stream of ${name} that breaks off fails after what it said`, async () => {
        let text = '';
        await assert.rejects(async () => {
          for await (const part of client.stream(gateway, `on-${name}`, cut)) text += part;
        });
        assert(text.length > 0 && longText.startsWith(text), text);
        onlyTo(name);
      });
    }
  }
  await gateway.stop();
});
