import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSessionGone } from './session-gone.ts';

const refusal = (code: number, message: string): string =>
  JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null });

test('a session is gone when the server says 404, whatever else it says', () => {
  assert.ok(isSessionGone(404, ''));
  assert.ok(isSessionGone(404, refusal(-32001, 'Session not found')));
});

test('a session is gone when the server says 400 with the error of the official examples', () => {
  assert.ok(isSessionGone(400, refusal(-32000, 'Bad Request: No valid session ID provided')));
  assert.ok(isSessionGone(400, refusal(-32000, 'Bad Request: Server not initialized')));
});

test('other refusals are about the request', () => {
  assert.ok(!isSessionGone(400, ''));
  assert.ok(!isSessionGone(400, 'no session'));
  assert.ok(!isSessionGone(400, refusal(-32600, 'Invalid session request')));
  assert.ok(!isSessionGone(400, refusal(-32000, 'Bad Request: Unsupported protocol version')));
  assert.ok(!isSessionGone(500, refusal(-32000, 'No valid session ID provided')));
  assert.ok(!isSessionGone(401, refusal(-32000, 'No session')));
});
