import assert from 'node:assert/strict';
import { test } from 'node:test';
import { framed } from '../net/grpc/framing.ts';
import { ProtoWriter } from '../base/protobuf/writer.ts';
import { classify, hasReadableBody, type A2aInput, type A2aRequest, type Unreadable } from './classify.ts';

const noBytes: Buffer = Buffer.alloc(0);

function read(input: Partial<A2aInput>): A2aRequest | Unreadable {
  return classify({
    method: 'POST',
    path: '/',
    grpc: false,
    version: undefined,
    overridden: false,
    body: noBytes,
    ...input,
  });
}

/** What was found, without what is empty. */
function found(input: Partial<A2aInput>): Readonly<Record<string, unknown>> {
  const request = read(input);
  assert.equal(request.kind, 'request', JSON.stringify(request));
  const { kind: _kind, binding: _binding, ...rest } = request as A2aRequest;
  return Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== '' && value !== false && value !== null),
  );
}

function refused(input: Partial<A2aInput>): readonly unknown[] {
  const request = read(input);
  assert.equal(request.kind, 'unreadable', JSON.stringify(request));
  const { binding, code, reason } = request as Unreadable;
  return [binding, code, reason];
}

const rpc = (method: string, params?: unknown): Buffer =>
  Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 7, method, ...(params === undefined ? {} : { params }) }));

const message = { messageId: 'm', contextId: 'c', taskId: 't', parts: [] };
const named = { taskId: 't', contextId: 'c', messageId: 'm', role: 'ROLE_USER' };

for (const [method, params, expected] of [
  [
    'SendMessage',
    { tenant: 'x', message: { ...message, role: 'ROLE_USER' } },
    { method: 'SendMessage', tenant: 'x', ...named },
  ],
  ['message/send', { message: { ...message, role: 'user' } }, { method: 'SendMessage', ...named }],
  ['SendMessage', { message: { message_id: 'm', parts: [] } }, { method: 'SendMessage', messageId: 'm' }],
  ['SendStreamingMessage', { message }, { method: 'SendStreamingMessage', streaming: true, ...named, role: undefined }],
  ['message/stream', { message: {} }, { method: 'SendStreamingMessage', streaming: true }],
  ['GetTask', { id: 't' }, { method: 'GetTask', taskId: 't' }],
  ['tasks/get', { id: 't' }, { method: 'GetTask', taskId: 't' }],
  ['ListTasks', { contextId: 'c' }, { method: 'ListTasks', contextId: 'c' }],
  ['ListTasks', undefined, { method: 'ListTasks' }],
  ['tasks/list', {}, { method: 'ListTasks' }],
  ['CancelTask', { id: 't' }, { method: 'CancelTask', taskId: 't' }],
  ['tasks/cancel', { id: 't' }, { method: 'CancelTask', taskId: 't' }],
  ['SubscribeToTask', { id: 't' }, { method: 'SubscribeToTask', streaming: true, taskId: 't' }],
  ['tasks/resubscribe', { id: 't' }, { method: 'SubscribeToTask', streaming: true, taskId: 't' }],
  [
    'CreateTaskPushNotificationConfig',
    { id: 'cfg', taskId: 't' },
    { method: 'CreateTaskPushNotificationConfig', taskId: 't' },
  ],
  ['tasks/pushNotificationConfig/set', { taskId: 't' }, { method: 'CreateTaskPushNotificationConfig', taskId: 't' }],
  [
    'GetTaskPushNotificationConfig',
    { taskId: 't', id: 'cfg' },
    { method: 'GetTaskPushNotificationConfig', taskId: 't' },
  ],
  ['tasks/pushNotificationConfig/get', { id: 't' }, { method: 'GetTaskPushNotificationConfig', taskId: 't' }],
  ['ListTaskPushNotificationConfigs', { taskId: 't' }, { method: 'ListTaskPushNotificationConfigs', taskId: 't' }],
  ['tasks/pushNotificationConfig/list', { id: 't' }, { method: 'ListTaskPushNotificationConfigs', taskId: 't' }],
  [
    'DeleteTaskPushNotificationConfig',
    { taskId: 't', id: 'c' },
    { method: 'DeleteTaskPushNotificationConfig', taskId: 't' },
  ],
  ['tasks/pushNotificationConfig/delete', { id: 't' }, { method: 'DeleteTaskPushNotificationConfig', taskId: 't' }],
  ['GetExtendedAgentCard', undefined, { method: 'GetExtendedAgentCard' }],
  ['agent/getAuthenticatedExtendedCard', null, { method: 'GetExtendedAgentCard' }],
] as const) {
  test(`JSON-RPC: ${method} with ${JSON.stringify(params)}`, () => {
    const version = method.includes('/') ? '0.3' : '1.0';
    const known = Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined));
    assert.deepEqual(found({ body: rpc(method, params), path: '/agents/a' }), { ...known, version, id: 7 });
  });
}

for (const [method, path, expected] of [
  ['GET', '/.well-known/agent-card.json', { method: 'GetAgentCard' }],
  ['HEAD', '/agents/a/.well-known/agent.json', { method: 'GetAgentCard' }],
  ['POST', '/message:send', { method: 'SendMessage' }],
  ['POST', '/agents/a/tenant/Message:Send/', { method: 'SendMessage' }],
  ['POST', '/message%3Asend', { method: 'SendMessage' }],
  ['POST', '/v1/message:stream', { method: 'SendStreamingMessage', streaming: true, version: '0.3' }],
  ['GET', '/tasks', { method: 'ListTasks' }],
  ['GET', '/tasks//t%20x', { method: 'GetTask', taskId: 't x' }],
  ['GET', '/v1/tasks/t', { method: 'GetTask', taskId: 't', version: '0.3' }],
  ['POST', '/tasks/a:b:cancel', { method: 'CancelTask', taskId: 'a:b' }],
  ['POST', '/tenant/tasks/t:subscribe', { method: 'SubscribeToTask', streaming: true, taskId: 't' }],
  ['GET', '/tasks/t:subscribe', { method: 'SubscribeToTask', streaming: true, taskId: 't' }],
  ['POST', '/tasks/t/pushNotificationConfigs', { method: 'CreateTaskPushNotificationConfig', taskId: 't' }],
  [
    'POST',
    '/v1/task/t/pushNotificationConfigs',
    { method: 'CreateTaskPushNotificationConfig', taskId: 't', version: '0.3' },
  ],
  ['GET', '/tasks/t/pushNotificationConfigs', { method: 'ListTaskPushNotificationConfigs', taskId: 't' }],
  ['GET', '/tasks/t/pushNotificationConfigs/c', { method: 'GetTaskPushNotificationConfig', taskId: 't' }],
  ['DELETE', '/tasks/t/pushNotificationConfigs/c', { method: 'DeleteTaskPushNotificationConfig', taskId: 't' }],
  ['GET', '/tenant/extendedAgentCard', { method: 'GetExtendedAgentCard' }],
  ['GET', '/v1/card', { method: 'GetExtendedAgentCard', version: '0.3' }],
] as const) {
  test(`REST: ${method} ${path}`, () => {
    assert.deepEqual(found({ method, path, version: path.includes('v1') ? undefined : '1.0' }), {
      version: '1.0',
      ...expected,
    });
  });
}

test('REST: names are in the body of a message', () => {
  const body = Buffer.from(JSON.stringify({ tenant: 'x', message: { ...message, role: 'ROLE_USER' } }));
  assert.deepEqual(found({ path: '/message:send', body, version: '1.0' }), {
    method: 'SendMessage',
    version: '1.0',
    tenant: 'x',
    ...named,
  });
});

for (const [what, input, expected] of [
  ['a batch', { body: Buffer.from('[]') }, ['JSONRPC', -32600, 'badRequest']],
  ['no JSON', { body: Buffer.from('{"jsonrpc"') }, ['JSONRPC', -32700, 'badRequest']],
  ['no UTF-8', { body: Buffer.from([0x7b, 0xff, 0x7d]) }, ['JSONRPC', -32700, 'badRequest']],
  ['an unknown method', { body: rpc('tasks/send', {}) }, ['JSONRPC', -32601, 'badRequest']],
  ['a method of another case', { body: rpc('gettask', { id: 't' }) }, ['JSONRPC', -32601, 'badRequest']],
  ['a body that was not read', { body: null }, ['JSONRPC', -32600, 'bodyTooLarge']],
  ['no jsonrpc', { body: Buffer.from('{"method":"GetTask"}') }, ['JSONRPC', -32600, 'badRequest']],
  ['no text as method', { body: Buffer.from('{"jsonrpc":"2.0","method":1}') }, ['JSONRPC', -32600, 'badRequest']],
  ['params that are a list', { body: rpc('GetTask', ['t']) }, ['JSONRPC', -32602, 'badRequest']],
  ['no task where one is named', { body: rpc('GetTask', {}) }, ['JSONRPC', -32602, 'badRequest']],
  ['a number as id of a task', { body: rpc('GetTask', { id: 1 }) }, ['JSONRPC', -32602, 'badRequest']],
  [
    'a method twice',
    { body: Buffer.from('{"jsonrpc":"2.0","method":"GetTask","params":{"id":"t"},"method":"SendMessage"}') },
    ['JSONRPC', -32600, 'badRequest'],
  ],
  [
    'a method twice for Go',
    { body: Buffer.from('{"jsonrpc":"2.0","method":"GetTask","params":{"id":"t"},"Method":"SendMessage"}') },
    ['JSONRPC', -32600, 'badRequest'],
  ],
  [
    'a task twice for ProtoJSON',
    { body: rpc('SendMessage', { message: { taskId: 'a', task_id: 'b' } }) },
    ['JSONRPC', -32602, 'badRequest'],
  ],
  [
    'a task twice for Go',
    { body: rpc('SendMessage', { message: { taskId: 'a', taſkId: 'b' } }) },
    ['JSONRPC', -32602, 'badRequest'],
  ],
  [
    'params twice',
    { body: Buffer.from('{"jsonrpc":"2.0","method":"GetTask","params":{"id":"a"},"params":{"id":"b"}}') },
    ['JSONRPC', -32600, 'badRequest'],
  ],
  [
    'JSON-RPC at a path of REST',
    { path: '/tasks/t:cancel', body: rpc('SendMessage', { message }) },
    ['HTTP+JSON', -32600, 'badRequest'],
  ],
  [
    'JSON-RPC at a path of gRPC',
    { path: '/lf.a2a.v1.A2AService/SendMessage', body: rpc('GetTask', { id: 't' }) },
    ['JSONRPC', -32600, 'badRequest'],
  ],
  [
    'two tasks in a request of REST',
    { path: '/tasks/a/pushNotificationConfigs', body: Buffer.from('{"task_id":"b"}') },
    ['HTTP+JSON', -32600, 'badRequest'],
  ],
  [
    'two tasks in a request of REST of 0.3',
    { path: '/v1/tasks/a/pushNotificationConfigs', body: Buffer.from('{"parent":"tasks/b"}') },
    ['HTTP+JSON', -32600, 'badRequest'],
  ],
  ['a path with two meanings', { method: 'GET', path: '/tasks/tasks' }, ['HTTP+JSON', -32600, 'badRequest']],
  [
    'a path with two meanings, by a tenant',
    { method: 'GET', path: '/tasks/extendedAgentCard' },
    ['HTTP+JSON', -32600, 'badRequest'],
  ],
  [
    'an encoded slash',
    { method: 'GET', path: '/tasks/t%2FpushNotificationConfigs' },
    ['HTTP+JSON', -32600, 'badRequest'],
  ],
  ['parameters of a segment', { method: 'GET', path: '/tasks/t;x=y' }, ['HTTP+JSON', -32600, 'badRequest']],
  ['dots', { method: 'GET', path: '/tasks/a/../b' }, ['HTTP+JSON', -32600, 'badRequest']],
  ['a path that is no UTF-8', { method: 'GET', path: '/tasks/%ff' }, ['HTTP+JSON', -32600, 'badRequest']],
  ['an overridden method', { path: '/tasks/t:cancel', overridden: true }, ['HTTP+JSON', -32600, 'badRequest']],
  ['another document', { method: 'GET', path: '/docs' }, ['HTTP+JSON', -32601, 'methodNotAllowed']],
  ['another method', { method: 'PUT', path: '/tasks/t' }, ['HTTP+JSON', -32601, 'methodNotAllowed']],
  ['gRPC that is not A2A', { grpc: true, path: '/grpc.health.v1.Health/Check' }, ['GRPC', -32601, 'methodNotAllowed']],
  [
    'a method of gRPC of the other version',
    { grpc: true, path: '/lf.a2a.v1.A2AService/TaskSubscription' },
    ['GRPC', -32601, 'methodNotAllowed'],
  ],
  [
    'a compressed message',
    { grpc: true, path: '/lf.a2a.v1.A2AService/GetTask', body: Buffer.from([1, 0, 0, 0, 0]) },
    ['GRPC', -32600, 'badRequest'],
  ],
  [
    'two messages',
    { grpc: true, path: '/lf.a2a.v1.A2AService/ListTasks', body: Buffer.alloc(10) },
    ['GRPC', -32600, 'badRequest'],
  ],
  [
    'a message without its task',
    { grpc: true, path: '/lf.a2a.v1.A2AService/GetTask', body: Buffer.alloc(5) },
    ['GRPC', -32602, 'badRequest'],
  ],
] as const) {
  test(`cannot be told: ${what}`, () => assert.deepEqual(refused(input), expected));
}

/** A message of protobuf with these texts by field number; a list is a message within. */
function proto(fields: readonly (readonly [no: number, value: string | Buffer])[]): Buffer {
  const writer = new ProtoWriter();
  for (const [no, value] of fields) {
    writer.tag((no << 3) | 2);
    writer.bytes(Buffer.from(value));
  }
  return writer.finish();
}

const inner = Buffer.concat([
  proto([
    [1, 'm'],
    [2, 'c'],
    [3, 't'],
  ]),
  Buffer.from([0x20, 1]),
]);

for (const [path, fields, expected] of [
  [
    '/lf.a2a.v1.A2AService/SendMessage',
    [
      [1, 'x'],
      [2, inner],
    ],
    { method: 'SendMessage', tenant: 'x', ...named },
  ],
  [
    '/a2a.v1.A2AService/SendStreamingMessage',
    [[1, inner]],
    { method: 'SendStreamingMessage', streaming: true, ...named },
  ],
  ['/lf.a2a.v1.A2AService/GetTask', [[2, 't']], { method: 'GetTask', taskId: 't' }],
  ['/prefix/a2a.v1.A2AService/GetTask', [[1, 'tasks/t']], { method: 'GetTask', taskId: 't' }],
  ['/lf.a2a.v1.A2AService/ListTasks', [[2, 'c']], { method: 'ListTasks', contextId: 'c' }],
  [
    '/a2a.v1.A2AService/TaskSubscription',
    [[1, 'tasks/t']],
    { method: 'SubscribeToTask', streaming: true, taskId: 't' },
  ],
  [
    '/lf.a2a.v1.A2AService/CreateTaskPushNotificationConfig',
    [
      [2, 'cfg'],
      [3, 't'],
    ],
    { method: 'CreateTaskPushNotificationConfig', taskId: 't' },
  ],
  [
    '/lf.a2a.v1.A2AService/ListTaskPushNotificationConfigs',
    [
      [1, 't'],
      [4, 'x'],
    ],
    { method: 'ListTaskPushNotificationConfigs', tenant: 'x', taskId: 't' },
  ],
  [
    '/a2a.v1.A2AService/ListTaskPushNotificationConfig',
    [[1, 'tasks/t']],
    { method: 'ListTaskPushNotificationConfigs', taskId: 't' },
  ],
  [
    '/a2a.v1.A2AService/DeleteTaskPushNotificationConfig',
    [[1, 'tasks/t/pushNotificationConfigs/c']],
    { method: 'DeleteTaskPushNotificationConfig', taskId: 't' },
  ],
  ['/a2a.v1.A2AService/GetAgentCard', [], { method: 'GetExtendedAgentCard' }],
  ['/lf.a2a.v1.A2AService/GetExtendedAgentCard', [], { method: 'GetExtendedAgentCard' }],
] as const) {
  test(`gRPC: ${path}`, () => {
    const version = path.includes('lf.') ? '1.0' : '0.3';
    assert.deepEqual(found({ grpc: true, path, body: framed(proto(fields)) }), { version, ...expected });
  });
}

for (const [told, named, expected] of [
  [undefined, 'tasks/get', '0.3'],
  ['', 'GetTask', '1.0'],
  ['1.0', 'GetTask', '1.0'],
  ['1.1', 'GetTask', '1.1'],
  ['0.3.0', 'tasks/get', '0.3'],
  ['1.0', 'tasks/get', '0.3'],
  ['0.3', 'GetTask', '1.0'],
  ['nonsense', 'GetTask', '1.0'],
] as const) {
  test(`the version of ${named} with ${JSON.stringify(told)} is ${expected}`, () => {
    assert.equal((read({ body: rpc(named, { id: 't' }), version: told }) as A2aRequest).version, expected);
  });
}

test('bodies are wanted where they say what is asked for', () => {
  const wants = (input: Partial<A2aInput>): boolean =>
    hasReadableBody({
      method: 'POST',
      path: '/',
      grpc: false,
      version: undefined,
      overridden: false,
      body: null,
      ...input,
    });
  assert.deepEqual(
    [
      wants({}),
      wants({ method: 'GET' }),
      wants({ method: 'PUT' }),
      wants({ grpc: true, path: '/lf.a2a.v1.A2AService/GetTask' }),
      wants({ grpc: true, path: '/chat.Chat/Talk' }),
    ],
    [true, false, false, true, false],
  );
});
