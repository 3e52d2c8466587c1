import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBilled } from './billed.ts';

for (const [method, path, billed] of [
  ['POST', '/v1/responses', true],
  ['POST', '/v1/responses/compact', true],
  ['POST', '/v1/responses/input_tokens', true],
  ['POST', '/v1/images/generations', true],
  ['POST', '/openai/deployments/gpt-5/chat/completions', true],
  ['POST', '/v1/messages/batches', true],
  ['GET', '/v1/responses/resp_1', false],
  ['DELETE', '/v1/responses/resp_1', false],
  ['POST', '/v1/responses/resp_1/cancel', false],
  ['POST', '/v1/chat/completions/chatcmpl_1', false],
  ['GET', '/v1/chat/completions', false],
  ['POST', '/v1/batches/batch_1/cancel', false],
] as const) {
  test(`${method} ${path} is ${billed ? '' : 'not '}billed`, () => {
    assert.equal(isBilled(method, path), billed);
  });
}
