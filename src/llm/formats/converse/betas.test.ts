import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateRequest } from '../../testing/validate.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { pivotRequest, requestContext } from '../testing/pivot.ts';
import { writeRequest } from './write-request.ts';

function written(
  model: string,
  betas: readonly string[],
): { readonly body: JsonObject; readonly drops: readonly string[] } {
  const request = pivotRequest({
    model,
    messages: [{ role: 'user', blocks: [{ kind: 'text', text: 'hi' }] }],
    sampling: { topK: 5 },
  });
  const context = { ...requestContext(model, 'reject'), betas };
  return { body: writeRequest(request, context), drops: context.drops.paths };
}

test('betas that Claude has on Bedrock stand beside other members for the model; others are named', () => {
  const { body, drops } = written('anthropic.claude-3-5-sonnet-20241022-v2:0', [
    'context-1m-2025-08-07',
    'oauth-2025-04-20',
  ]);
  assert.deepEqual(body['additionalModelRequestFields'], { top_k: 5, anthropic_beta: ['context-1m-2025-08-07'] });
  assert.deepEqual(drops, ['anthropic-beta[oauth-2025-04-20]']);
  assert.deepEqual(validateRequest('converse', body), []);
});

test('a model that is not Claude gets no betas', () => {
  const { body, drops } = written('amazon.nova-pro-v1:0', ['context-1m-2025-08-07']);
  assert.deepEqual(body['additionalModelRequestFields'], { inferenceConfig: { topK: 5 } });
  assert.deepEqual(drops, ['anthropic-beta[context-1m-2025-08-07]']);
});
