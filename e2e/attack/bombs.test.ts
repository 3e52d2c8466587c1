import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { limitedText } from '../../src/gateway/credentials/token-request.ts';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { aiRoute, messages } from '../llm/ai-route.ts';

/** A little that becomes 256 MiB. */
const bomb = gzipSync(Buffer.alloc(2 ** 28));

test('bodies pass as they are, and are not decoded on the way', async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.setHeader('content-encoding', 'gzip').end(bomb);
  });
  for (const policies of ['', '{ buffer: { request: { maxBytes: 1048576 }, response: { maxBytes: 1048576 } } }']) {
    await using gateway = await startGateway(oneRoute(policies, upstream.host));
    const headers = { 'content-encoding': 'gzip' };
    const { status, bytes } = await send(gateway.port, { method: 'POST', headers, body: bomb });
    assert.equal(status, 200);
    assert.ok(bytes.equals(bomb));
    assert.ok(upstream.requests.at(-1)?.body.equals(bomb));
  }
});

test('a model’s compressed answer is refused where it would have to be read', async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.setHeader('content-type', 'application/json').setHeader('content-encoding', 'gzip').end(bomb);
  });
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  assert.equal((await messages(gateway.port)).status, 502);
  assert.equal(upstream.requests.at(-1)?.headers['accept-encoding'], 'identity');
});

test('what is decoded, the answers of token servers, is decoded up to a limit', async () => {
  await using upstream = await startUpstream((request, response) => {
    const encoding = request.url === '/br' ? 'br' : 'gzip';
    response.setHeader('content-encoding', encoding);
    response.end(encoding === 'br' ? brotliCompressSync(Buffer.alloc(2 ** 26)) : bomb);
  });
  for (const path of ['/gzip', '/br']) {
    await assert.rejects(limitedText(await fetch(`http://${upstream.host}${path}`)), /the answer is too long/);
  }
});
