import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { aiRoute, chatAnswer, chatStream, messages, says } from './ai-route.ts';

const more = { 'x-request-id': 'r1', 'retry-after': '3', 'retry-after-ms': '2500', 'x-should-retry': 'true' };

test('a translated answer has a length and a type of its own, and what else the provider said', async () => {
  const text = JSON.stringify(chatAnswer('hello'));
  await using a = await startUpstream(says(200, chatAnswer('hello'), { ...more, 'content-length': text.length }));
  await using gateway = await startGateway(aiRoute([[{ host: a.host }]]));
  const reply = await messages(gateway.port);
  assert.equal(reply.headers['content-length'], String(reply.bytes.length));
  assert.notEqual(reply.bytes.length, text.length);
  assert.equal(reply.headers['content-type'], 'application/json');
  for (const [name, value] of Object.entries(more)) assert.equal(reply.headers[name], value, name);
  assert.equal(a.requests[0]?.headers['accept-encoding'], 'identity');
});

test('a translated stream has no length, and the type of its own format', async () => {
  await using a = await startUpstream((_request, response) => {
    const text = chatStream('hello');
    response.writeHead(200, { 'content-type': 'text/event-stream;charset=x', 'content-length': text.length, ...more });
    response.end(text);
  });
  await using gateway = await startGateway(aiRoute([[{ host: a.host }]]));
  const reply = await messages(gateway.port, { stream: true });
  assert.equal(reply.headers['content-length'], undefined);
  assert.equal(reply.headers['content-type'], 'text/event-stream');
  assert.equal(reply.headers['x-request-id'], 'r1');
  assert.match(reply.text, /hello/);
});

test('a translated error keeps its status and when to try again', async () => {
  await using a = await startUpstream(says(429, { error: { message: 'later', type: 'rate_limit' } }, more));
  await using gateway = await startGateway(aiRoute([[{ host: a.host }]]));
  const reply = await messages(gateway.port);
  assert.equal(reply.status, 429);
  for (const [name, value] of Object.entries(more)) assert.equal(reply.headers[name], value, name);
  const { error } = JSON.parse(reply.text) as { readonly error: { readonly type: string; readonly message: string } };
  assert.deepEqual([error.type, error.message], ['rate_limit_error', 'later']);
});

test('a compressed answer that nobody asked for is never passed on as if it were not', async () => {
  await using a = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync(JSON.stringify(chatAnswer('hello'))));
  });
  await using gateway = await startGateway(aiRoute([[{ host: a.host }]]));
  const reply = await messages(gateway.port);
  assert.equal(reply.headers['content-encoding'], undefined);
  assert.ok(
    reply.status === 200 ? reply.text.includes('hello') : reply.status === 502,
    `${reply.status} ${reply.text}`,
  );
});

test("limits of the account are told in the words of the client's API", async () => {
  const limits = { 'x-ratelimit-remaining-requests': '7', 'x-ratelimit-reset-requests': '1s' };
  await using a = await startUpstream(says(200, chatAnswer('hello'), limits));
  await using gateway = await startGateway(aiRoute([[{ host: a.host }]]));
  const { headers } = await messages(gateway.port);
  assert.equal(headers['anthropic-ratelimit-requests-remaining'], '7');
  assert.match(String(headers['anthropic-ratelimit-requests-reset']), /^\d{4}-\d\d-\d\dT/);
});
