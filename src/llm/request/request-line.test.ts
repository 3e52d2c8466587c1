import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LlmRouteType } from '../../model/llm.ts';
import { requestLine } from './request-line.ts';

const cases: readonly (readonly [LlmRouteType, string, string | null, boolean | null])[] = [
  ['generateContent', '/v1beta/models/gemini-2.5-pro:generateContent', 'gemini-2.5-pro', false],
  ['generateContent', '/v1beta/models/gemini-2.5-pro:streamGenerateContent', 'gemini-2.5-pro', true],
  ['geminiCountTokens', '/models/a%2Fb:countTokens', 'a/b', false],
  ['generateContent', '/v1beta/models/vendor/name:7b:generateContent', 'vendor/name:7b', false],
  ['generateContent', '/v1beta/models/50%:generateContent', '50%', false],
  ['generateContent', '/v1beta/tunedModels/mine:streamGenerateContent', 'tunedModels/mine', true],
  [
    'messages',
    '/v1/projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4@20250514:streamRawPredict',
    'claude-sonnet-4@20250514',
    true,
  ],
  ['messages', '/v1/projects/p/locations/l/publishers/anthropic/models/claude:rawPredict', 'claude', null],
  ['passthrough', '/model/us.anthropic.claude-v1%3A0/converse-stream', 'us.anthropic.claude-v1:0', true],
  ['passthrough', '/model/arn%3Aaws%3Abedrock%3Ax%2Fy/invoke', 'arn:aws:bedrock:x/y', false],
  ['messages', '/v1/messages', null, null],
  ['completions', '/v1/chat/completions', null, null],
  ['passthrough', '/v1/models/x:predict', null, null],
];

for (const [type, path, model, stream] of cases) {
  test(`the path ${path} says model ${model} and stream ${stream}`, () => {
    assert.deepEqual(requestLine(type, path), { model, stream });
  });
}
