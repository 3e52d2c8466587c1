import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LlmRecord } from '../record.ts';
import { applyUsage } from './counts.ts';

/** The counts that are known after a usage object. */
function counted(usage: unknown): Record<string, number> {
  const record = new LlmRecord('chat', null, null, false);
  applyUsage(usage, record);
  const entries = Object.entries(record).filter(([name, value]) => name.endsWith('Tokens') && value !== null);
  return Object.fromEntries(entries) as Record<string, number>;
}

// Each from the vendor's API reference, with the invariants: input includes cached tokens, output includes reasoning.
for (const [what, usage, expected] of [
  [
    'Chat Completions',
    {
      prompt_tokens: 10,
      completion_tokens: 20,
      total_tokens: 30,
      prompt_tokens_details: { cached_tokens: 4, audio_tokens: 1, image_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 5, audio_tokens: 6, image_tokens: 7 },
    },
    {
      inputTokens: 10,
      outputTokens: 20,
      totalTokens: 30,
      cachedInputTokens: 4,
      inputAudioTokens: 1,
      inputImageTokens: 2,
      reasoningTokens: 5,
      outputAudioTokens: 6,
      outputImageTokens: 7,
    },
  ],
  ['embeddings', { prompt_tokens: 8, total_tokens: 8 }, { inputTokens: 8, totalTokens: 8 }],
  [
    'DeepSeek',
    { prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 6, prompt_cache_miss_tokens: 4 },
    { inputTokens: 10, outputTokens: 1, totalTokens: 11, cachedInputTokens: 6 },
  ],
  [
    'a prompt that was put into a cache, as OpenAI and Waygate write it',
    {
      prompt_tokens: 10,
      completion_tokens: 1,
      total_tokens: 11,
      prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 6 },
    },
    { inputTokens: 10, outputTokens: 1, totalTokens: 11, cachedInputTokens: 2, cacheCreationInputTokens: 6 },
  ],
  [
    'a prompt that was put into a cache, in the older spelling',
    { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cache_creation_tokens: 6 } },
    { inputTokens: 10, outputTokens: 1, totalTokens: 11, cacheCreationInputTokens: 6 },
  ],
  [
    'chat with the caches of Messages beside it',
    { prompt_tokens: 10, completion_tokens: 1, cache_read_input_tokens: 2, cache_creation_input_tokens: 6 },
    { inputTokens: 10, outputTokens: 1, totalTokens: 11, cachedInputTokens: 2, cacheCreationInputTokens: 6 },
  ],
  [
    'Responses that were put into a cache',
    { input_tokens: 10, output_tokens: 1, input_tokens_details: { cached_tokens: 2, cache_write_tokens: 6 } },
    { inputTokens: 10, outputTokens: 1, totalTokens: 11, cachedInputTokens: 2, cacheCreationInputTokens: 6 },
  ],
  [
    'xAI, whose reasoning is beside the completion',
    {
      prompt_tokens: 10120,
      completion_tokens: 1499,
      total_tokens: 14428,
      completion_tokens_details: { reasoning_tokens: 2809 },
    },
    { inputTokens: 10120, outputTokens: 4308, totalTokens: 14428, reasoningTokens: 2809 },
  ],
  [
    'Responses',
    {
      input_tokens: 10,
      output_tokens: 20,
      total_tokens: 30,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens_details: { reasoning_tokens: 5 },
    },
    { inputTokens: 10, outputTokens: 20, totalTokens: 30, cachedInputTokens: 4, reasoningTokens: 5 },
  ],
  [
    'Messages',
    {
      input_tokens: 10,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 2,
      output_tokens: 20,
      output_tokens_details: { thinking_tokens: 5 },
    },
    {
      inputTokens: 15,
      outputTokens: 20,
      totalTokens: 35,
      cachedInputTokens: 3,
      cacheCreationInputTokens: 2,
      reasoningTokens: 5,
    },
  ],
  [
    'Gemini, thoughts beside the candidates',
    {
      promptTokenCount: 10,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 5,
      totalTokenCount: 35,
      cachedContentTokenCount: 4,
      promptTokensDetails: [
        { modality: 'AUDIO', tokenCount: 3 },
        { modality: 'TEXT', tokenCount: 7 },
      ],
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 9 }],
    },
    {
      inputTokens: 10,
      outputTokens: 25,
      totalTokens: 35,
      cachedInputTokens: 4,
      reasoningTokens: 5,
      inputAudioTokens: 3,
      outputImageTokens: 9,
    },
  ],
  [
    'Gemini, thoughts among the candidates',
    { promptTokenCount: 10, candidatesTokenCount: 25, thoughtsTokenCount: 5, totalTokenCount: 35 },
    { inputTokens: 10, outputTokens: 25, totalTokens: 35, reasoningTokens: 5 },
  ],
  [
    'Converse',
    { inputTokens: 10, outputTokens: 20, totalTokens: 35, cacheReadInputTokens: 3, cacheWriteInputTokens: 2 },
    { inputTokens: 15, outputTokens: 20, totalTokens: 35, cachedInputTokens: 3, cacheCreationInputTokens: 2 },
  ],
  [
    'Cohere',
    { billed_units: { input_tokens: 1, output_tokens: 2 }, tokens: { input_tokens: 10, output_tokens: 20 } },
    { inputTokens: 10, outputTokens: 20, totalTokens: 30 },
  ],
  ['something else', { total: 3, tokens: 'many' }, {}],
  ['what is no count', { prompt_tokens: -1, completion_tokens: 1.5, total_tokens: '3' }, {}],
] as const) {
  test(`usage of ${what}`, () => {
    assert.deepEqual(counted(usage), expected);
  });
}
