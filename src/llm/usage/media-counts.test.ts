import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUsage as readChat } from '../formats/completions/usage.ts';
import { readUsage as readGemini } from '../formats/generate-content/usage.ts';
import { readUsage as readResponses } from '../formats/responses/usage.ts';
import { LlmRecord } from '../record.ts';
import { applyPivotUsage } from './counts.ts';

const media = { inputAudio: 3, inputImage: 4, outputAudio: 5 };

test('tokens of sound and pictures are read from every API that tells them', () => {
  const details = { audio_tokens: 3, image_tokens: 4 };
  const usage = { prompt_tokens: 9, completion_tokens: 6, prompt_tokens_details: details };
  const { inputAudio, inputImage, outputAudio } =
    readChat({ usage: { ...usage, completion_tokens_details: { audio_tokens: 5 } } }) ?? {};
  assert.deepEqual({ inputAudio, inputImage, outputAudio }, media);
  const input = { input_tokens: 9, output_tokens: 6, input_tokens_details: details };
  const response = readResponses({ ...input, output_tokens_details: { audio_tokens: 5 } });
  assert.equal(response?.outputAudio, 5);
  const gemini = readGemini({
    promptTokenCount: 9,
    candidatesTokenCount: 6,
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: 2 },
      { modality: 'AUDIO', tokenCount: 3 },
      { modality: 'IMAGE', tokenCount: 4 },
    ],
    candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 5 }],
  });
  assert.equal(gemini?.inputImage, 4);
  const record = new LlmRecord('chat', null, null, false);
  applyPivotUsage({ input: 9, output: 6, cachedInput: null, cacheWriteInput: null, reasoning: null, ...media }, record);
  assert.deepEqual([record.inputAudioTokens, record.inputImageTokens, record.outputAudioTokens], [3, 4, 5]);
});
