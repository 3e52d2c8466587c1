import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import {
  aiRoute,
  chat,
  chatAnswer,
  chunk,
  messages,
  messageStart,
  named,
  roleChunk,
  says,
  streams,
} from './ai-route.ts';

const words = 'word '.repeat(80);
const half = Array.from({ length: 10 }, () => chunk({ content: words })).join('');
const claudeHalf =
  named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
  Array.from({ length: 10 }, () =>
    named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: words } }),
  ).join('');

/** What the log says that an answer used. */
async function billed(gateway: TestGateway): Promise<readonly unknown[]> {
  const [line] = await gateway.lines(1);
  return [line?.['gen_ai.usage.output_tokens'], line?.['waygate.llm.estimated']];
}

/** Asks for a stream, and leaves when so many bytes of it have come. */
async function leave(gateway: TestGateway, path: string, bytes: number, content: unknown = 'hi'): Promise<void> {
  const body = JSON.stringify({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content }], stream: true });
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const request = http.request({ port: gateway.port, host: '127.0.0.1', path, method: 'POST', headers, agent: false });
  request.on('error', () => undefined);
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let read = 0;
  for await (const part of response) {
    read += (part as Buffer).length;
    if (read >= bytes) break;
  }
  request.destroy();
}

for (const path of ['/v1/messages', '/v1/chat/completions']) {
  test(`${path}: a client that leaves a Messages stream is billed what was said, not what its start counted`, async () => {
    await using upstream = await startUpstream(streams([messageStart + claudeHalf], 'open'));
    await using gateway = await startGateway(aiRoute([[{ host: upstream.host, format: 'messages' }]]));
    await leave(gateway, path, 4000);
    assert.deepEqual(await billed(gateway), [1000, true]);
  });
}

for (const [what, texts, end] of [
  ['ends', [roleChunk, half], 'end'],
  ['breaks', [roleChunk, half], 'cut'],
  ['fails', [roleChunk, half, 'data: {"error":{"message":"x"}}\n\n'], 'end'],
] as const) {
  for (const [path, ask] of [
    ['/v1/chat/completions', chat],
    ['/v1/messages', messages],
  ] as const) {
    test(`${path}: an answer that the provider ${what} too early is billed as far as it came`, async () => {
      await using upstream = await startUpstream(streams(texts, end));
      await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
      await ask(gateway.port, { stream: true });
      assert.deepEqual(await billed(gateway), [1000, true]);
    });
  }
}

for (const end of ['end', 'cut', 'open'] as const) {
  test(`a Gemini stream that is left ${end} is billed what its last chunk counted`, async () => {
    const part = { content: { role: 'model', parts: [{ text: words }] } };
    const said = `data: ${JSON.stringify({ candidates: [part], usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 70 } })}\n\n`;
    await using upstream = await startUpstream(streams([said], end));
    await using gateway = await startGateway(aiRoute([[{ host: upstream.host, format: 'generateContent' }]]));
    await leave(gateway, '/v1/chat/completions', end === 'open' ? 200 : Infinity);
    assert.deepEqual(await billed(gateway), [70, undefined]);
  });
}

const overloaded = named('error', { error: { type: 'overloaded_error', message: 'too busy' } });

for (const [what, rest, end] of [
  ['fails', overloaded, 'end'],
  ['breaks', '', 'cut'],
] as const) {
  test(`a Messages stream that ${what} is billed as far as it came, in both formats`, async () => {
    for (const ask of [chat, messages]) {
      await using upstream = await startUpstream(streams([messageStart, claudeHalf + rest], end));
      await using gateway = await startGateway(aiRoute([[{ host: upstream.host, format: 'messages' }]]));
      await ask(gateway.port, { stream: true });
      assert.deepEqual(await billed(gateway), [1000, true]);
      const [line] = await gateway.lines(1);
      assert.equal(line?.['gen_ai.usage.input_tokens'], 8);
      assert.equal(line['gen_ai.usage.cache_read.input_tokens'], 3);
    }
  });
}

for (const path of ['/v1/messages', '/v1/chat/completions']) {
  test(`${path}: what the provider counts with each event stays, and nothing is estimated`, async () => {
    const counting = chunk({ content: words }, null, { usage: { prompt_tokens: 5, completion_tokens: 70 } });
    await using upstream = await startUpstream(streams([roleChunk, counting], 'open'));
    await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
    await leave(gateway, path, 200);
    assert.deepEqual(await billed(gateway), [70, undefined]);
  });
}

const failed = {
  candidates: [{ content: {}, finishReason: 'MALFORMED_FUNCTION_CALL' }],
  usageMetadata: { promptTokenCount: 5, thoughtsTokenCount: 3000, totalTokenCount: 3005 },
};

for (const [what, stream, answer] of [
  ['a stream', true, streams([`data: ${JSON.stringify(failed)}\n\n`])],
  ['a whole answer', false, says(200, failed)],
] as const) {
  test(`what ${what} used that failed is billed beside what was asked next`, async () => {
    await using a = await startUpstream(answer);
    await using b = await startUpstream(says(200, chatAnswer('from b')));
    const limit = 'localRateLimit: [{ maxTokens: 10000, tokensPerFill: 1, fillInterval: 24h, type: tokens }]';
    const groups = [[{ host: a.host, format: 'generateContent' }], [{ host: b.host }]];
    await using gateway = await startGateway(aiRoute(groups, limit));
    const reply = await chat(gateway.port, { stream });
    assert.match(reply.text, /from b/);
    const [line] = await gateway.lines(1);
    assert.equal(line?.['waygate.llm.tried'], `p0:${stream ? 502 : 'upstreamProtocol'}`);
    assert.equal(line['waygate.llm.tried_tokens'], 3005);
    assert.equal(line['gen_ai.usage.output_tokens'], 3);
    const name = 'gen_ai_client_token_usage';
    assert.equal(gateway.observations(name, { gen_ai_token_type: 'output' }), 2);
    const next = await chat(gateway.port, {});
    const left = Number(next.headers['x-ratelimit-remaining']);
    assert.ok(left < 10_000 - 3005 - 5 && left > 10_000 - 3005 - 100, `${left} left`);
  });
}

test('an image in the request of a cut stream is billed as one, not as text', async () => {
  const url = `data:image/png;base64,${Buffer.alloc(3 * 1024 * 1024, 'image bytes').toString('base64')}`;
  const image = [{ type: 'image_url', image_url: { url } }];
  for (const path of ['/v1/chat/completions', '/v1/messages']) {
    await using upstream = await startUpstream(streams([roleChunk, half], 'open'));
    await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
    const content =
      path === '/v1/messages'
        ? [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: url.slice(22) } }]
        : image;
    await leave(gateway, path, 1, content);
    const [line] = await gateway.lines(1);
    const input = line?.['gen_ai.usage.input_tokens'] as number;
    assert.ok(input > 765 && input < 5000, `${input} tokens`);
  }
});
