import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyRingMemory, KeyRing, writeKeys } from '../../../../mcp/session/key-ring.ts';
import { ResponseModels } from './response-models.ts';

const bytes = (value: number): Buffer => Buffer.alloc(32, value);
const ring = (...keys: readonly Buffer[]): KeyRing => new KeyRing(keyRingMemory(keys));
const response = { id: 'resp_1', key: '01234567' };

test('a model is known of the response, the provider and the scope only that it was vouched for', () => {
  const models = new ResponseModels(ring(bytes(1)), 'a');
  const model = models.vouch(response, 'small');
  assert.equal(models.modelOf({ ...response, model }), 'small');
  assert.equal(models.modelOf({ ...response, model: null }), null);
  assert.equal(models.modelOf({ ...response, id: 'resp_2', model }), null);
  assert.equal(models.modelOf({ ...response, key: '76543210', model }), null);
  assert.equal(models.modelOf({ ...response, model: { ...model, name: 'large' } }), null);
  assert.equal(new ResponseModels(ring(bytes(1)), 'b').modelOf({ ...response, model }), null);
  for (const tag of [
    '',
    'x',
    model.tag.slice(0, 6),
    model.tag.slice(0, -1),
    `${model.tag}A`,
    `${model.tag.slice(0, -1)}-`,
  ]) {
    if (tag !== model.tag) assert.equal(models.modelOf({ ...response, model: { ...model, tag } }), null, tag);
  }
});

test('what an earlier key vouched for holds as long as that key is there', () => {
  const memory = keyRingMemory([bytes(1)]);
  const models = new ResponseModels(new KeyRing(memory), 'a');
  const model = models.vouch(response, 'small');
  writeKeys(memory, [bytes(2), bytes(1)]);
  assert.equal(models.modelOf({ ...response, model }), 'small');
  writeKeys(memory, [bytes(2)]);
  assert.equal(models.modelOf({ ...response, model }), null);
});
