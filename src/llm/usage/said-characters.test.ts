import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saidCharacters } from './said-characters.ts';

const delta = (value: object): object => ({ choices: [{ index: 0, delta: value, finish_reason: null }] });

for (const [what, event, said] of [
  ['chat', delta({ role: 'assistant', content: 'four' }), 4],
  ['parts of a chat', delta({ content: [{ type: 'text', text: 'abc' }] }), 3],
  ['reasoning in both spellings', delta({ reasoning: 'ab', reasoning_content: 'ab' }), 2],
  ['reasoning with its details', delta({ reasoning: 'ab', reasoning_details: [{ text: 'ab' }] }), 2],
  ['arguments of a call that began earlier', delta({ tool_calls: [{ index: 0, function: { arguments: '{"a' } }] }), 3],
  ['legacy completions', { choices: [{ text: 'abc', index: 0 }] }, 3],
  ['text of Messages', { type: 'content_block_delta', delta: { type: 'text_delta', text: 'abc' } }, 3],
  ['thinking of Messages', { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'ab' } }, 2],
  ['input of Messages', { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: '{' } }, 1],
  ['a signature', { type: 'content_block_delta', delta: { type: 'signature_delta', signature: 'abcd' } }, 0],
  ['the start of Messages', { type: 'message_start', message: { content: [], usage: { output_tokens: 1 } } }, 0],
  ['text of Responses', { type: 'response.output_text.delta', delta: 'abc', item_id: 'm', obfuscation: 'xx' }, 3],
  ['arguments of Responses', { type: 'response.function_call_arguments.delta', delta: '{"a"' }, 4],
  ['sound of Responses', { type: 'response.audio.delta', delta: 'AAAAAAAA' }, 0],
  ['what Responses repeats', { type: 'response.output_text.done', text: 'abc' }, 0],
  ['Gemini', { candidates: [{ content: { role: 'model', parts: [{ text: 'abc' }] } }] }, 3],
  ['a call of Gemini', { candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: { a: 1 } } }] } }] }, 7],
  ['a picture of Gemini', { candidates: [{ content: { parts: [{ inlineData: { data: 'AAAA' } }] } }] }, 0],
] as const) {
  test(`characters of ${what}`, () => {
    assert.equal(saidCharacters({ ...event }), said);
  });
}
