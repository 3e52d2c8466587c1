import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonType, lastEvent, readAnswer } from './answer.ts';
import { newA2aRecord } from './record.ts';

const unread = {
  kind: 'unreadable',
  binding: 'JSONRPC',
  reason: 'badRequest',
  code: -32600,
  message: '',
  id: null,
} as const;

/** Outcome, code, kind, state and context of an answer. */
function told(answer: unknown, status = 200): readonly unknown[] {
  const record = newA2aRecord('a', unread);
  readAnswer(record, status, answer);
  return [record.outcome, record.errorCode, record.resultKind, record.taskState, record.contextId];
}

const status = { state: 'TASK_STATE_WORKING' };
const rpc = (rest: object): object => ({ jsonrpc: '2.0', id: 1, ...rest });

for (const [what, answer, expected] of [
  [
    'a task of 1.0',
    rpc({ result: { task: { id: 't', contextId: 'c', status } } }),
    ['success', null, 'task', status.state, 'c'],
  ],
  [
    'a task of 0.3',
    rpc({ result: { kind: 'task', id: 't', contextId: 'c', status: { state: 'completed' } } }),
    ['success', null, 'task', 'completed', 'c'],
  ],
  [
    'a bare task of 1.0',
    rpc({ result: { id: 't', contextId: 'c', status } }),
    ['success', null, 'task', status.state, 'c'],
  ],
  [
    'a message',
    rpc({ result: { message: { messageId: 'm', contextId: 'c' } } }),
    ['success', null, 'message', '', 'c'],
  ],
  [
    'an event of 1.0',
    rpc({ result: { statusUpdate: { taskId: 't', contextId: 'c', status } } }),
    ['success', null, 'status-update', status.state, 'c'],
  ],
  ['an artifact', { artifactUpdate: { taskId: 't', contextId: 'c' } }, ['success', null, 'artifact-update', '', 'c']],
  ['a task over REST', { task: { id: 't', contextId: 'c', status } }, ['success', null, 'task', status.state, 'c']],
  ['nothing', rpc({ result: null }), ['success', null, '', '', '']],
  ['a list', { tasks: [], nextPageToken: '' }, ['success', null, '', '', '']],
  ['an error', rpc({ error: { code: -32001, message: 'no' } }), ['error', -32001, '', '', '']],
  ['no object', [], ['', null, '', '', '']],
] as const) {
  test(`an answer that is ${what}`, () => assert.deepEqual(told(answer), expected));
}

test('an error over REST has its own code, else the status', () => {
  assert.deepEqual(told({ error: { code: 404, status: 'NOT_FOUND' } }, 404).slice(0, 2), ['error', 404]);
  assert.deepEqual(told({}, 502).slice(0, 2), ['error', 502]);
});

test('the last event that has data counts, however its lines end', () => {
  assert.equal(
    lastEvent('data: {"a":1}\n\nid: 2\ndata: {"a":\ndata: 2}\n\n: ping\n\n')?.replaceAll(/\s/g, ''),
    '{"a":2}',
  );
  assert.equal(lastEvent('id: 1\r\ndata: 1\r\n\r\nid: 2\r\ndata: 2\r\n\r\n'), ' 2');
  assert.equal(lastEvent(': ping\n\n'), null);
});

test('JSON is known by its content type', () => {
  const types = ['application/json', 'application/a2a+json; charset=utf-8', 'Application/JSON', 'text/html', undefined];
  assert.deepEqual(types.map(isJsonType), [true, true, true, false, false]);
});
