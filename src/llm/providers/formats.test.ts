import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatsOf, providerRows, type CloudParams } from '../../config/translate/providers.ts';
import type { LlmRouteType } from '../../model/llm.ts';
import { formatPair } from '../formats/table.ts';
import { compileFormats } from './formats.ts';
import { providerTraits } from './table.ts';

/** The format that a request of `type` for `model` is sent in. */
function sentAs(kind: string, model: string, type: LlmRouteType, params: CloudParams = {}): string | null {
  const row = providerRows[kind];
  assert.ok(row !== undefined);
  const formats = compileFormats(formatsOf(row, params))(model);
  if (formats.some(({ format }) => format === type)) return type;
  return formatPair(type, formats, providerTraits(kind).chatFirst === true)?.upstream.format ?? null;
}

for (const [kind, model, type, sent, params] of [
  ['openAI', 'gpt-5', 'completions', 'completions'],
  ['openAI', 'gpt-5', 'messages', 'completions'],
  ['openAI', 'gpt-5', 'responses', 'responses'],
  ['anthropic', 'claude-opus-4-6', 'completions', 'messages'],
  ['gemini', 'gemini-3-pro', 'messages', 'generateContent'],
  ['vertex', 'claude-sonnet-4-5@20250929', 'generateContent', 'messages'],
  ['vertex', 'publishers/google/models/gemini-2.5-pro', 'responses', 'generateContent'],
  ['vertex', 'meta/llama-4-scout', 'messages', 'completions'],
  ['bedrock', 'us.amazon.nova-pro-v1:0', 'responses', 'converse'],
  ['azure', 'claude-sonnet-4-5', 'completions', 'messages', { resourceType: 'foundry' }],
  ['azure', 'gpt-4o', 'messages', 'completions', { resourceType: 'foundry' }],
  ['azure', 'Claude', 'completions', 'completions', { resourceType: 'openAI' }],
  ['copilot', 'claude-opus-4.6', 'completions', 'messages'],
  ['copilot', 'gpt-4o', 'responses', 'completions'],
  ['copilot', 'gpt-5-mini', 'responses', 'responses'],
  ['copilot', 'gpt-5-mini', 'completions', 'completions'],
  ['copilot', 'gpt-5.3-codex', 'completions', 'responses'],
  ['copilot', 'grok-code-fast-1', 'messages', 'responses'],
  ['copilot', 'gemini-3-pro', 'generateContent', 'completions'],
  ['cohere', 'command-a', 'completions', 'cohereChat'],
  ['deepseek', 'deepseek-chat', 'generateContent', 'completions'],
  ['deepseek', 'deepseek-chat', 'messages', 'messages'],
  ['llamacpp', 'm', 'messages', 'completions'],
] as const) {
  test(`${type} for ${model} on ${kind}${params === undefined ? '' : ` (${params.resourceType})`} is sent as ${sent}`, () => {
    assert.equal(sentAs(kind, model, type, params), sent);
  });
}

test("of a custom provider's formats, a vendor's own comes before chat, and chat before Responses", () => {
  const all = [{ format: 'responses' }, { format: 'completions' }, { format: 'messages' }] as const;
  assert.equal(formatPair('generateContent', all)?.upstream.format, 'messages');
  assert.equal(formatPair('generateContent', all.slice(0, 2))?.upstream.format, 'completions');
  assert.equal(formatPair('generateContent', all.slice(0, 1))?.upstream.format, 'responses');
  assert.equal(formatPair('generateContent', all, true)?.upstream.format, 'completions');
  assert.equal(formatPair('generateContent', [{ format: 'embeddings' }]), null);
});
