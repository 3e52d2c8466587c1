/** The AI SDK of Vercel, with each of its provider packages, on models that speak another API than the package. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateObject, generateText, jsonSchema, stepCountIs, streamText, tool, type LanguageModel } from 'ai';
import type { LlmGateway } from './llm-gateway.ts';
import {
  calls,
  said,
  secret,
  startScriptedUpstreams,
  structured,
  thought,
  upstreamNames,
  usage,
  type UpstreamName,
} from './scripted-upstreams.ts';

/** A package of the SDK that speaks one API. */
interface Package {
  readonly speaks: UpstreamName;
  /** It has no place for thoughts. */
  readonly thoughtless?: true;
  models(gateway: LlmGateway): (name: string) => LanguageModel;
}

const packages: Readonly<Record<string, Package>> = {
  '@ai-sdk/openai, chat': {
    speaks: 'completions',
    thoughtless: true,
    models: ({ url }) => createOpenAI({ apiKey: 'unused', baseURL: url }).chat,
  },
  '@ai-sdk/openai, responses': {
    speaks: 'responses',
    models: ({ url }) => createOpenAI({ apiKey: 'unused', baseURL: url }).responses,
  },
  '@ai-sdk/openai-compatible': {
    speaks: 'completions',
    models: ({ url }) =>
      createOpenAICompatible({ name: 'waygate', apiKey: 'unused', baseURL: url, includeUsage: true }).chatModel,
  },
  '@ai-sdk/anthropic': {
    speaks: 'messages',
    models: ({ url }) => createAnthropic({ apiKey: 'unused', baseURL: url }),
  },
  '@ai-sdk/google': {
    speaks: 'generateContent',
    models: ({ url }) => createGoogle({ apiKey: 'unused', baseURL: new URL('/v1beta', url).href }),
  },
};

/**
 * Every package is asked to let the model think. Nothing is stored behind other APIs: without `store: false` the package
 * for Responses refers to items of earlier answers by their ids.
 */
const providerOptions = {
  openai: { store: false, forceReasoning: true, reasoningEffort: 'low', reasoningSummary: 'auto' },
  anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } },
  google: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 } },
  waygate: { reasoningEffort: 'low' },
};

interface Weather {
  readonly city: string;
}

for (const [name, { speaks, models, thoughtless }] of Object.entries(packages)) {
  test(`${name} reaches models behind every API`, async (t) => {
    const { gateway, onlyTo } = await startScriptedUpstreams(t, speaks);
    const modelOf = models(gateway);
    for (const upstream of upstreamNames) {
      const model = modelOf(`on-${upstream}`);
      // The mock plays Cohere's reasoning as text.
      const thinks = thoughtless !== true && upstream !== 'cohere';
      await t.test(`${upstream}: whole and streamed text, with usage`, async () => {
        const prompt = secret();
        const whole = await generateText({ model, prompt, maxOutputTokens: 500, maxRetries: 0 });
        assert.equal(whole.text, said(prompt));
        assert.equal(whole.finishReason, 'stop');
        assert.deepEqual([whole.usage.inputTokens, whole.usage.outputTokens], [usage.input, usage.output]);
        const streamed = streamText({ model, prompt, maxRetries: 0 });
        assert.equal((await Array.fromAsync(streamed.textStream)).join(''), said(prompt));
        const counted = await streamed.usage;
        assert.deepEqual([counted.inputTokens, counted.outputTokens], [usage.input, usage.output]);
        onlyTo(upstream);
      });

      await t.test(`${upstream}: an object`, async () => {
        const schema = jsonSchema<typeof structured>({
          type: 'object',
          properties: { city: { type: 'string' }, degrees: { type: 'number' } },
          required: ['city', 'degrees'],
          additionalProperties: false,
        });
        const { object } = await generateObject({ model, schema, prompt: 'answer in JSON', maxRetries: 0 });
        assert.deepEqual(object, structured);
        onlyTo(upstream);
      });

      // The mock ends Gemini's calls by a reason that this package does not know.
      if (upstream === 'generateContent' && speaks === 'generateContent') continue;
      await t.test(`${upstream}: a loop of tools with thoughts, whole and streamed`, async () => {
        const value = secret();
        const asked: Weather[] = [];
        const ask = {
          model,
          prompt: thinks ? 'think of the weather' : 'weather?',
          maxRetries: 0,
          providerOptions,
          stopWhen: stepCountIs(3),
          tools: {
            get_weather: tool({
              description: 'the weather of a city',
              inputSchema: jsonSchema<Weather>({
                type: 'object',
                properties: { city: { type: 'string' } },
                required: ['city'],
                additionalProperties: false,
              }),
              execute: (input) => {
                asked.push(input);
                return value;
              },
            }),
          },
        };
        const whole = await generateText(ask);
        assert.equal(whole.text, said(`${value} ${value}`));
        assert.deepEqual(asked.splice(0), calls);
        const streamed = streamText(ask);
        assert.equal(await streamed.text, said(`${value} ${value}`));
        assert.deepEqual(asked, calls);
        if (thinks) {
          const steps = [...whole.steps, ...(await streamed.steps)];
          assert.deepEqual(
            steps.map(({ reasoningText }) => reasoningText),
            Array(4).fill(thought),
          );
        }
        onlyTo(upstream);
      });
    }
    await gateway.stop();
  });
}
