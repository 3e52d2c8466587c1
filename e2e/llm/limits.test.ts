import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { aiRoute, chat, chatAnswer, messages, says } from './ai-route.ts';

const image = 'x'.repeat(3 * 1024 * 1024);

test('prompts may be large, unless the file has a limit', async () => {
  await using upstream = await startUpstream(says(200, chatAnswer('seen')));
  const yaml = aiRoute([[{ host: upstream.host }]]);
  await using gateway = await startGateway(yaml);
  assert.equal((await chat(gateway.port, { user: image })).status, 200);
  assert.equal((await upstream.request(1)).body.length > image.length, true);
  await gateway.reload(`frontendPolicies: { http: { maxBufferSize: 1000000 } }\n${yaml}`);
  const refused = await chat(gateway.port, { user: image });
  assert.equal(refused.status, 413);
  assert.match(refused.text, /1000000/);
});

test('beyond 32 MiB a prompt is refused in the shape of its API', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  const reply = await messages(gateway.port, { user: 'x'.repeat(32 * 1024 * 1024) });
  assert.equal(reply.status, 413);
  assert.equal((JSON.parse(reply.text) as { error: { type: string } }).error.type, 'request_too_large');
});
