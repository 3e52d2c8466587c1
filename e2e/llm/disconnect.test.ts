import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { eventually } from '../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startRawUpstream, startUpstream, type Upstream } from '../../testkit/upstream.ts';
import { aiRoute, chunk, messageStart, named, roleChunk, streams } from './ai-route.ts';

/** Begins a request that the test ends; `bytes`: only as much of the body is sent. */
function ask(gateway: TestGateway, path: string, stream: boolean, bytes = Infinity): http.ClientRequest {
  const body = JSON.stringify({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }], stream });
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const request = http.request({ port: gateway.port, host: '127.0.0.1', path, method: 'POST', headers, agent: false });
  request.on('error', () => undefined);
  request.write(body.slice(0, bytes));
  if (bytes >= body.length) request.end();
  return request;
}

/**
 * What was written to a socket has been read at its other end: both are in this process, whose loop reads all that is there
 * in each of its turns. Accepting, reading and answering take one each.
 */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await setImmediate();
}

/** The client has left, and what was asked upstream has ended, too. */
async function isOver(gateway: TestGateway, upstream: Pick<Upstream, 'connections'>): Promise<Record<string, unknown>> {
  await eventually(() => upstream.connections === 0, 'the end of the upstream’s connections');
  const [line] = await gateway.lines(1);
  assert.equal(line?.['reason'], 'clientGone');
  return line;
}

const paths = [
  ['/v1/chat/completions', 'completions'],
  ['/v1/messages', 'completions'],
] as const;

test('while the body is read', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  const request = ask(gateway, '/v1/chat/completions', true, 20);
  const [socket] = (await once(request, 'socket')) as [Socket];
  await once(socket, 'connect');
  await settled();
  request.destroy();
  await gateway.lines(1);
  assert.equal(upstream.requests.length, 0);
});

for (const [path, format] of paths) {
  test(`${path}: while the head is waited for, nobody else is asked`, async () => {
    await using upstream = await startUpstream(() => undefined);
    await using spare = await startUpstream();
    await using gateway = await startGateway(
      aiRoute([[{ host: upstream.host, format }], [{ host: spare.host, format }]]),
    );
    const request = ask(gateway, path, true);
    await upstream.request(1);
    request.destroy();
    await isOver(gateway, upstream);
    assert.equal(spare.requests.length, 0);
  });

  test(`${path}: while the prelude is held`, async () => {
    await using upstream = await startUpstream(streams([roleChunk], 'open'));
    await using gateway = await startGateway(aiRoute([[{ host: upstream.host, format }]]));
    const request = ask(gateway, path, true);
    await upstream.request(1);
    await settled();
    request.destroy();
    await isOver(gateway, upstream);
  });

  test(`${path}: within the stream`, async () => {
    await using upstream = await startUpstream(streams([roleChunk, chunk({ content: 'x' })], 'open'));
    await using gateway = await startGateway(aiRoute([[{ host: upstream.host, format }]]));
    const request = ask(gateway, path, true);
    await once(request, 'response');
    request.destroy();
    const line = await isOver(gateway, upstream);
    // The provider had not told its usage yet.
    assert.equal(line['gen_ai.usage.output_tokens'], 1);
    assert((line['gen_ai.usage.input_tokens'] as number) > 10);
    assert.equal(line['waygate.llm.estimated'], true);
  });

  test(`${path}: within a whole answer`, async () => {
    await using upstream = await startUpstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
    });
    await using gateway = await startGateway(aiRoute([[{ host: upstream.host, format }]]));
    const request = ask(gateway, path, false);
    await upstream.request(1);
    await settled();
    request.destroy();
    await isOver(gateway, upstream);
  });
}

test('while a connection is made', async () => {
  await using upstream = await startRawUpstream();
  await using gateway = await startGateway(
    aiRoute([[{ host: upstream.host, more: ', policies: { backendTLS: { insecure: true } }' }]]).replace(
      `http://${upstream.host}`,
      `https://${upstream.host}`,
    ),
  );
  const request = ask(gateway, '/v1/chat/completions', true);
  const { socket } = await upstream.connection(0);
  const closed = once(socket, 'close');
  socket.resume();
  request.destroy();
  const [line] = await gateway.lines(1);
  assert.equal(line?.['reason'], 'clientGone');
  socket.end();
  await closed;
});

for (const path of ['/v1/messages', '/v1/chat/completions']) {
  test(`${path}: what was used until then is counted`, async () => {
    const begun =
      messageStart +
      named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
      named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'x' } });
    await using upstream = await startUpstream(streams([begun], 'open'));
    await using gateway = await startGateway(aiRoute([[{ host: upstream.host, format: 'messages' }]]));
    const request = ask(gateway, path, true);
    await once(request, 'response');
    request.destroy();
    const line = await isOver(gateway, upstream);
    assert.equal(line['gen_ai.usage.input_tokens'], 8);
    assert.equal(line['gen_ai.usage.cache_read.input_tokens'], 3);
    assert.equal(line['gen_ai.usage.output_tokens'], 1);
    const name = 'gen_ai_client_token_usage';
    assert.equal(gateway.observations(name, { gen_ai_token_type: 'input' }), 1);
  });
}
