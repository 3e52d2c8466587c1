import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { aiRoute, chat, chatAnswer, chatStream, chunk, messages, roleChunk, says, streams } from './ai-route.ts';

const error = { error: { message: 'no' } };
const health = (text: string): string => `, policies: { health: ${text} }`;

test('a provider that fails is left out for a while, then asked again', async () => {
  await using a = await startUpstream(says(500, error));
  await using b = await startUpstream(says(200, chatAnswer('from b')));
  const more = health('{ eviction: { duration: 300ms } }');
  await using gateway = await startGateway(aiRoute([[{ host: a.host, more }], [{ host: b.host }]]));
  for (let i = 0; i < 3; i++) assert.match((await chat(gateway.port)).text, /from b/);
  assert.equal(a.requests.length, 1);
  a.answer(says(200, chatAnswer('from a')));
  await new Promise((resolve) => setTimeout(resolve, 900));
  assert.match((await chat(gateway.port)).text, /from a/);
});

test('one that said Retry-After is left alone, without any policy', async () => {
  await using a = await startUpstream(says(429, error, { 'retry-after': '60' }));
  await using b = await startUpstream(says(200, chatAnswer('from b')));
  await using gateway = await startGateway(aiRoute([[{ host: a.host }], [{ host: b.host }]]));
  for (let i = 0; i < 3; i++) assert.match((await chat(gateway.port)).text, /from b/);
  assert.equal(a.requests.length, 1);
});

test('when all are left out, they serve', async () => {
  await using a = await startUpstream(says(429, error, { 'retry-after': '60' }));
  await using b = await startUpstream(says(503, error, { 'retry-after': '60' }));
  await using gateway = await startGateway(aiRoute([[{ host: a.host }], [{ host: b.host }]]));
  assert.equal((await chat(gateway.port)).status, 503);
  a.answer(says(200, chatAnswer('from a')));
  assert.match((await chat(gateway.port)).text, /from a/);
});

test('an expression says what is unhealthy', async () => {
  await using a = await startUpstream(says(404, error));
  await using b = await startUpstream(says(200, chatAnswer('from b')));
  const more = health('{ unhealthyExpression: "response.code == 404", eviction: { duration: 60s } }');
  await using gateway = await startGateway(aiRoute([[{ host: a.host, more }], [{ host: b.host }]]));
  assert.equal((await chat(gateway.port)).status, 404);
  assert.match((await chat(gateway.port)).text, /from b/);
});

test('failures within streams count as those of heads do', async () => {
  await using a = await startUpstream(streams([roleChunk, chunk({ content: 'half' })], 'cut'));
  await using b = await startUpstream(streams([chatStream('from b')]));
  const more = health('{ eviction: { duration: 60s, consecutiveFailures: 2 } }');
  await using gateway = await startGateway(aiRoute([[{ host: a.host, more }], [{ host: b.host }]]));
  for (let i = 0; i < 2; i++) assert.match((await chat(gateway.port, { stream: true })).text, /half/);
  assert.match((await chat(gateway.port, { stream: true })).text, /from b/);
});

test('the members of one group share the load', async () => {
  await using a = await startUpstream(says(200, chatAnswer('a')));
  await using b = await startUpstream(says(200, chatAnswer('b')));
  await using gateway = await startGateway(aiRoute([[{ host: a.host }, { host: b.host }]]));
  for (let i = 0; i < 40; i++) await chat(gateway.port);
  assert.ok(a.requests.length > 0 && b.requests.length > 0);
});

test('health where there is nothing to choose is refused, with the place where it can stand', async () => {
  const yaml = `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
routes:
- backends: [{ dynamic: {}, policies: { health: {} } }]
`;
  await assert.rejects(startGateway(yaml), /health is for hosts and services.*at its providers/);
});

test('streams that end without a reason to stop count as failures, translated ones too', async () => {
  await using a = await startUpstream(streams([roleChunk, chunk({ content: 'half' })]));
  await using b = await startUpstream(streams([chatStream('from b')]));
  const more = health('{ eviction: { duration: 60s, consecutiveFailures: 2 } }');
  await using gateway = await startGateway(aiRoute([[{ host: a.host, more }], [{ host: b.host }]]));
  assert.match((await chat(gateway.port, { stream: true })).text, /half/);
  assert.match((await messages(gateway.port, { stream: true })).text, /half/);
  assert.match((await messages(gateway.port, { stream: true })).text, /from b/);
});
