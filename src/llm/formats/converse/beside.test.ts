import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateRequest } from '../../testing/validate.ts';
import { pivotRequest, requestContext } from '../testing/pivot.ts';
import { readCount, writeCountRequest } from './count-tokens.ts';
import { withBetas, withGuardrail } from './guardrail.ts';
import { conversePath, countTokensPath } from './path.ts';
import { writeRequest } from './write-request.ts';

const request = pivotRequest({
  model: 'anthropic.claude-3-5-sonnet-20241022-v2:0',
  system: [{ kind: 'text', text: 'Be brief.' }],
  messages: [{ role: 'user', blocks: [{ kind: 'text', text: 'hi' }] }],
  tools: [{ name: 'f', description: null, schema: null, strict: null }],
  sampling: { topK: 5 },
  maxTokens: 10,
});
const context = requestContext(request.model, 'reject');

test('an ARN is one segment of the path', () => {
  const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1';
  const encoded = 'arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fa1';
  assert.equal(conversePath(arn, true), `/model/${encoded}/converse-stream`);
  assert.equal(conversePath('amazon.nova-pro-v1:0', false), '/model/amazon.nova-pro-v1%3A0/converse');
  assert.equal(countTokensPath('a/../b'), '/model/a%2F..%2Fb/count-tokens');
});

test('a guardrail stands in the body of both operations, before the messages', () => {
  const body = withGuardrail(writeRequest(request, context), { identifier: 'gr1a2b', version: '7' });
  assert.deepEqual(body['guardrailConfig'], { guardrailIdentifier: 'gr1a2b', guardrailVersion: '7' });
  assert.equal(Object.keys(body).at(-1), 'messages');
  assert.deepEqual(validateRequest('converse', body), []);
  assert.deepEqual(validateRequest('converseStream', body), []);
});

test('betas stand beside other members for the model', () => {
  const written = writeRequest(request, context);
  const body = withBetas(written, ['context-1m-2025-08-07']);
  assert.deepEqual(body['additionalModelRequestFields'], { top_k: 5, anthropic_beta: ['context-1m-2025-08-07'] });
  assert.deepEqual(validateRequest('converse', body), []);
  assert.equal(withBetas(written, []), written);
});

test('the question for a count has what counts, and no more', () => {
  const body = writeCountRequest(request, context);
  const { input } = body as { readonly input: { readonly converse: object } };
  assert.deepEqual(Object.keys(input.converse), ['toolConfig', 'system', 'additionalModelRequestFields', 'messages']);
  assert.deepEqual(validateRequest('converseCountTokens', body), []);
  assert.equal(readCount({ inputTokens: 12 }), 12);
  assert.equal(readCount({}), null);
});
