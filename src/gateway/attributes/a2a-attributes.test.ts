import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify } from '../../a2a/classify.ts';
import { newA2aRecord, type A2aRecord } from '../../a2a/record.ts';
import type { CompiledBackend } from '../backends/backend.ts';
import { a2aAttributes } from './a2a-attributes.ts';

function record(path: string, body = ''): A2aRecord {
  const input = { method: 'POST', path, grpc: false, version: '1.0', overridden: false, body: Buffer.from(body) };
  return newA2aRecord('travel', classify(input));
}

test('a request has its operation and whom it names, and what is not known is absent', () => {
  const cancel = record('/tasks/t:cancel');
  const known = { method: 'CancelTask', binding: 'HTTP+JSON', version: '1.0', streaming: false };
  assert.deepEqual(a2aAttributes(cancel, null), { ...known, agent: 'travel', taskId: 't' });
  const chosen = { routePolicies: { a2a: { agent: 'other' } } } as unknown as CompiledBackend;
  Object.assign(cancel, { resultKind: 'task', taskState: 'TASK_STATE_CANCELED', contextId: 'c' });
  assert.deepEqual(a2aAttributes(cancel, chosen), {
    ...known,
    agent: 'other',
    taskId: 't',
    contextId: 'c',
    resultKind: 'task',
    taskState: 'TASK_STATE_CANCELED',
  });
});

test('there is nothing to name of a request that cannot be told', () => {
  assert.equal(a2aAttributes(record('/', '[]'), null), undefined);
});
