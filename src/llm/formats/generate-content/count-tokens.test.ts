import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LlmBadRequest } from '../../pivot/drops.ts';
import { validateRequest } from '../../testing/validate.ts';
import { bodyOnly, pivotRequest, placeless, requestContext } from '../testing/pivot.ts';
import { readCount, readCountRequest, writeCount, writeCountRequest } from './count-tokens.ts';

const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
const asked = pivotRequest({
  model: 'gemini-2.5-pro',
  system: [{ kind: 'text', text: 'be brief' }],
  tools: [{ name: 'f', description: null, schema: null, strict: null }],
  toolChoice: { kind: 'auto' },
  messages: [{ role: 'user', blocks: [{ kind: 'text', text: 'hi' }] }],
});

test('a count of contents is read as a request of them', () => {
  const request = readCountRequest({ contents }, { model: 'm', stream: null });
  assert.equal(request.model, 'm');
  assert.deepEqual(request.messages, asked.messages);
});

test('a count of a whole request is read with its instructions and tools', () => {
  const whole = {
    model: 'models/g',
    contents,
    systemInstruction: { parts: [{ text: 'be brief' }] },
    tools: [{ functionDeclarations: [{ name: 'f' }] }],
  };
  for (const name of ['generateContentRequest', 'generate_content_request']) {
    const request = readCountRequest({ [name]: whole }, bodyOnly);
    assert.equal(request.model, 'g');
    assert.deepEqual(request.system, asked.system);
    assert.deepEqual(placeless(request).tools, asked.tools);
  }
  assert.throws(() => readCountRequest({ contents, generateContentRequest: whole }, bodyOnly), LlmBadRequest);
});

test('the Gemini API is asked with a whole request, Vertex AI with its members', () => {
  const gemini = writeCountRequest(asked, requestContext(asked.model, 'reject'), 'gemini');
  assert.deepEqual(Object.keys(gemini), ['generateContentRequest']);
  assert.deepEqual(validateRequest('geminiCountTokens', gemini), []);
  assert.deepEqual(readCountRequest(gemini, bodyOnly), readCountRequest(gemini, bodyOnly));
  assert.equal(readCountRequest(gemini, bodyOnly).model, asked.model);
  const vertex = writeCountRequest(asked, requestContext(asked.model, 'reject'), 'vertex');
  assert.deepEqual(Object.keys(vertex), ['systemInstruction', 'tools', 'contents']);
  assert.deepEqual(validateRequest('vertexCountTokens', vertex), []);
});

test('a count is read and written', () => {
  assert.equal(readCount({ totalTokens: 12, totalBillableCharacters: 3 }), 12);
  assert.equal(readCount({}), null);
  assert.deepEqual(writeCount(12), { totalTokens: 12 });
});
