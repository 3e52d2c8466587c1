import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../base/errors.ts';
import { classify, type A2aRequest, type Unreadable } from './classify.ts';
import { errorBody } from './errors.ts';

const input = { method: 'POST', path: '/', grpc: false, version: undefined, overridden: false };
const rpc = (body: string): A2aRequest | Unreadable => classify({ ...input, body: Buffer.from(body) });
const info = (reason: string): object => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'waygate',
});

test('JSON-RPC: the id of the request, and a code of its own kind', () => {
  const request = rpc('{"jsonrpc":"2.0","id":"x","method":"ListTasks"}');
  const code = (error: GatewayError): unknown => (errorBody(request, error) as { error: { code: number } }).error.code;
  assert.deepEqual(errorBody(request, new GatewayError('authorizationFailed', 'no')), {
    jsonrpc: '2.0',
    id: 'x',
    error: { code: -32600, message: 'no', data: [info('authorizationFailed')] },
  });
  assert.equal(code(new GatewayError('rateLimitExceeded')), -32603);
  assert.equal(code(new GatewayError('connectFailed')), -32603);
});

test('JSON-RPC: what is wrong with a request is its code', () => {
  const bad = (body: string): unknown => {
    const request = rpc(body);
    const { error } = errorBody(request, new GatewayError('badRequest')) as { error: { code: number } };
    return error.code;
  };
  assert.deepEqual(
    [bad('{'), bad('[]'), bad('{"jsonrpc":"2.0","method":"x"}'), bad('{"jsonrpc":"2.0","method":"GetTask"}')],
    [-32700, -32600, -32601, -32602],
  );
});

test('REST: google.rpc.Status with the HTTP status as its code', () => {
  const request = classify({ ...input, method: 'GET', path: '/tasks/t', body: Buffer.alloc(0) });
  assert.deepEqual(errorBody(request, new GatewayError('authorizationFailed', 'no')), {
    error: { code: 403, status: 'PERMISSION_DENIED', message: 'no', details: [info('authorizationFailed')] },
  });
  const named = (error: GatewayError): unknown =>
    (errorBody(request, error) as { error: { status: string } }).error.status;
  assert.equal(named(new GatewayError('rateLimitExceeded')), 'RESOURCE_EXHAUSTED');
  assert.equal(named(new GatewayError('originNotAllowed', '', { status: 418 })), 'FAILED_PRECONDITION');
});
