import assert from 'node:assert/strict';
import { test } from 'node:test';
import { example } from './example.ts';

test('the llm-any-client example does what its README says', { timeout: 60_000 }, async (t) => {
  const llm = await example(t, 'llm-any-client');
  await llm.validates();
  await llm.start();
  const message = JSON.parse(await llm.run('/v1/messages')) as Record<string, unknown>;
  assert.equal(message['type'], 'message');
  assert.equal(message['stop_reason'], 'end_turn');
  assert.ok(Array.isArray(message['content']));

  const response = JSON.parse(await llm.run('/v1/responses')) as Record<string, unknown>;
  assert.equal(response['object'], 'response');
  assert.ok(Array.isArray(response['output']));

  const [head = '', body = ''] = (await llm.run('gemini-any')).split('\r\n\r\n');
  assert.match(head, /^x-waygate-dropped: \S*top_?k/im);
  assert.ok(Array.isArray((JSON.parse(body) as Record<string, unknown>)['candidates']));

  const refused = JSON.parse(await llm.run('"hi"')) as {
    readonly error: { readonly code: number; readonly status: string };
  };
  assert.equal(refused.error.code, 400);
  assert.equal(refused.error.status, 'INVALID_ARGUMENT');
  llm.allWereRun();
});
