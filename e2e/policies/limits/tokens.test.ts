/** What LLM calls take of a limit of tokens, and what of it comes back, however they end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { eventually, send } from '../../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../../testkit/gateway.ts';

const size = 10_000;
const reserved = 1000;
const usage = { prompt_tokens: 30, completion_tokens: 70, total_tokens: 100 };

const chunk = (content: string): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;

/** A provider that ends as the last message asks it to. */
const endings: Readonly<Record<string, (response: ServerResponse) => void>> = {
  whole: (response) => response.end(JSON.stringify(completion({ usage }))),
  silent: (response) => response.end(JSON.stringify(completion({}))),
  broken: (response) => response.writeHead(500).end('{"error":{"message":"no"}}'),
  refused: (response) => response.writeHead(400).end('{"error":{"message":"no"}}'),
  gone: (response) => response.destroy(),
  stream(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk('hello'));
    response.write(
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage })}\n\n`,
    );
    response.end('data: [DONE]\n\n');
  },
  endless(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk('word '.repeat(100)));
  },
};

function completion(rest: object): object {
  const message = { role: 'assistant', content: 'hello' };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  return { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, ...rest };
}

async function startProvider(t: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => (text += String(part)));
    request.on('end', () => {
      const { messages } = JSON.parse(text) as { readonly messages: readonly { readonly content: string }[] };
      response.setHeader('content-type', 'application/json');
      endings[messages.at(-1)?.content ?? '']?.(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

function config(provider: string, limit = ''): string {
  return `gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
llm:
  models: [{ name: "*", provider: openai, params: { apiKey: k, baseUrl: "${provider}" } }]
  policies:
    localRateLimit: [{ maxTokens: ${size}, tokensPerFill: 1, fillInterval: 24h, type: tokens${limit} }]
`;
}

function body(ending: string, rest: object = {}): string {
  const stream = ending === 'stream' || ending === 'endless';
  return JSON.stringify({
    model: 'm',
    max_tokens: reserved,
    stream,
    messages: [{ role: 'user', content: ending }],
    ...rest,
  });
}

/** Tokens that are left, as the next call is told after it has taken its own. */
async function left(gateway: TestGateway): Promise<number> {
  const reply = await send(gateway.port, { method: 'POST', path: '/v1/chat/completions', body: body('broken') });
  const after = Number(reply.headers['x-ratelimit-remaining']);
  const { input } = own;
  return after + reserved + input;
}

/** What these requests are estimated at: one word for the model, three for the message. */
const own = { input: 6 };

test('a call takes what it may use, and keeps what it used, however it ends', async (t) => {
  await using gateway = await startGateway(config(await startProvider(t)));
  const spent = async (ending: string): Promise<number> => {
    const before = await left(gateway);
    await send(gateway.port, { method: 'POST', path: '/v1/chat/completions', body: body(ending) }).catch(
      () => undefined,
    );
    return before - (await left(gateway));
  };
  own.input += size - (await left(gateway));
  assert.equal(await left(gateway), size);
  assert.equal(await spent('whole'), usage.total_tokens);
  assert.equal(await spent('stream'), usage.total_tokens);
  for (const ending of ['broken', 'refused', 'gone']) assert.equal(await spent(ending), 0, ending);
  // Who does not say what was used is believed to have used what was taken.
  assert.ok((await spent('silent')) >= reserved);
});

test('a stream whose client leaves is settled by what had come', async (t) => {
  await using gateway = await startGateway(config(await startProvider(t)));
  own.input += size - (await left(gateway));
  const gone = new AbortController();
  const response = await fetch(`http://127.0.0.1:${gateway.port}/v1/chat/completions`, {
    method: 'POST',
    body: body('endless'),
    signal: gone.signal,
  });
  const reader = response.body?.getReader();
  await reader?.read();
  const during = await left(gateway);
  assert.ok(during <= size - reserved, String(during));
  gone.abort();
  await eventually(async () => (await left(gateway)) > during, 'what was not used');
  const after = await left(gateway);
  assert.ok(after < size - 100 && after > size - 300, String(after));
});

test('calls that may use too much are refused before the provider hears of them, in the words of their format', async (t) => {
  await using gateway = await startGateway(config(await startProvider(t)));
  const streams = Array.from({ length: 9 }, () => {
    const gone = new AbortController();
    const { signal } = gone;
    const url = `http://127.0.0.1:${gateway.port}/v1/chat/completions`;
    return { gone, response: fetch(url, { method: 'POST', body: body('endless'), signal }) };
  });
  for (const { response } of streams) assert.equal((await response).status, 200);
  const refused = await send(gateway.port, { method: 'POST', path: '/v1/chat/completions', body: body('whole') });
  assert.equal(refused.status, 429);
  assert.equal((JSON.parse(refused.text) as { error: { code: string } }).error.code, 'rateLimitExceeded');
  assert.ok(Number(refused.headers['retry-after']) > 0);
  const small = body('whole', { max_tokens: 100 });
  const anthropic = JSON.stringify({ model: 'm', max_tokens: 5000, messages: [{ role: 'user', content: 'whole' }] });
  assert.equal((await send(gateway.port, { method: 'POST', path: '/v1/chat/completions', body: small })).status, 200);
  const other = await send(gateway.port, { method: 'POST', path: '/v1/messages', body: anthropic });
  assert.equal(other.status, 429);
  assert.equal((JSON.parse(other.text) as { type: string }).type, 'error');
  for (const { gone } of streams) gone.abort();
});

test('with reserve: input only what is read is taken before, and the rest is owed', async (t) => {
  await using gateway = await startGateway(config(await startProvider(t), ', reserve: input'));
  const ask = async (ending: string): Promise<number> => {
    const reply = await send(gateway.port, { method: 'POST', path: '/v1/chat/completions', body: body(ending) });
    return Number(reply.headers['x-ratelimit-remaining']);
  };
  const first = await ask('whole');
  assert.ok(first > size - 50);
  assert.equal(await ask('broken'), first - usage.total_tokens);
});
