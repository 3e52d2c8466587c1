import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyRing, keyRingMemory } from '../session/key-ring.ts';
import { TaskIds } from './task-ids.ts';

const keys = (byte: number): KeyRing => new KeyRing(keyRingMemory([new Uint8Array(32).fill(byte)]));
const task = { target: 'a', id: '786512e2-9e0d-44bd-8f29-789f320fe840' };

test('an id leads its owner to the task, and says nothing of it', () => {
  const ids = new TaskIds(keys(3), 'b');
  const id = ids.seal('one', task) ?? '';
  assert.deepEqual(ids.open('one', id), task);
  assert.ok(!Buffer.from(id.slice(5), 'base64url').includes(task.id));
});

test('an id is nothing to another owner, another backend, another key, or after a change', () => {
  const ids = new TaskIds(keys(3), 'b');
  const id = ids.seal('one', task) ?? '';
  assert.equal(ids.open('two', id), null);
  assert.equal(new TaskIds(keys(3), 'c').open('one', id), null);
  assert.equal(new TaskIds(keys(4), 'b').open('one', id), null);
  const changed = id[20] === 'A' ? 'B' : 'A';
  for (const wrong of [
    task.id,
    `${id}A`,
    `${id.slice(0, 20)}${changed}${id.slice(21)}`,
    id.slice(0, 30),
    '',
    7,
    null,
  ]) {
    assert.equal(ids.open('one', wrong), null, String(wrong));
  }
  assert.equal(ids.seal('one', { target: 'a', id: 'x'.repeat(3000) }), null);
});
