import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LlmRecord } from '../../record.ts';
import { applyUsage } from '../../usage/counts.ts';
import { readUsage } from './usage.ts';

// A translated answer is billed as the same answer is where it passes.
for (const [what, usage] of [
  ['caches in details', { prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 6 } }],
  ['caches in the older spelling', { prompt_tokens_details: { cached_tokens: 2, cache_creation_tokens: 6 } }],
  ['caches beside it', { cache_read_input_tokens: 2, cache_creation_input_tokens: 6 }],
  ['reasoning in the completion', { completion_tokens_details: { reasoning_tokens: 4 } }],
  ['reasoning beside the completion', { total_tokens: 19, completion_tokens_details: { reasoning_tokens: 4 } }],
  ['a total of more', { total_tokens: 17, completion_tokens_details: { reasoning_tokens: 4 } }],
] as const) {
  test(`usage with ${what} is read as where it passes`, () => {
    const said = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, ...usage };
    const record = new LlmRecord('chat', null, null, false);
    applyUsage(said, record);
    const read = readUsage({ usage: said });
    assert.deepEqual(
      [read?.input, read?.output, read?.cachedInput, read?.cacheWriteInput, read?.reasoning],
      [
        record.inputTokens,
        record.outputTokens,
        record.cachedInputTokens,
        record.cacheCreationInputTokens,
        record.reasoningTokens,
      ],
    );
    assert.equal(read?.output, what === 'reasoning beside the completion' ? 9 : 5);
  });
}
