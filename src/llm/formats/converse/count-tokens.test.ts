import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateRequest } from '../../testing/validate.ts';
import { pivotRequest, requestContext } from '../testing/pivot.ts';
import { readCount, writeCountRequest } from './count-tokens.ts';

const request = pivotRequest({
  model: 'anthropic.claude-3-5-sonnet-20241022-v2:0',
  system: [{ kind: 'text', text: 'Be brief.' }],
  messages: [{ role: 'user', blocks: [{ kind: 'text', text: 'hi' }] }],
  tools: [{ name: 'f', description: null, schema: null, strict: null }],
  sampling: { topK: 5 },
  maxTokens: 10,
});

test('the question for a count has what counts, and no more', () => {
  const body = writeCountRequest(request, requestContext(request.model, 'reject'));
  const { input } = body as { readonly input: { readonly converse: object } };
  assert.deepEqual(Object.keys(input.converse), ['toolConfig', 'system', 'additionalModelRequestFields', 'messages']);
  assert.deepEqual(validateRequest('converseCountTokens', body), []);
});

test('the count of an answer is read, or there is none', () => {
  assert.equal(readCount({ inputTokens: 12 }), 12);
  assert.equal(readCount({}), null);
});
