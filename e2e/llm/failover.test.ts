import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../../testkit/gateway.ts';
import { closedHost, startUpstream, type Answer } from '../../testkit/upstream.ts';
import {
  aiRoute,
  chat,
  chatAnswer,
  chatStream,
  messageRest,
  messages,
  messageStart,
  named,
  roleChunk,
  says,
  streams,
} from './ai-route.ts';

const error = { error: { message: 'no', type: 'server_error' } };
const hangs: Answer = () => undefined;

for (const [what, first, tried] of [
  ['408', says(408, error), '408'],
  ['429', says(429, error), '429'],
  ['500', says(500, error), '500'],
  ['529', says(529, error), '529'],
  ['an error before the first content', streams([roleChunk, `data: ${JSON.stringify(error)}\n\n`]), '500'],
  ['an empty stream', streams([]), 'upstreamReset'],
  ['a break in the prelude', streams([roleChunk], 'cut'), 'upstreamReset'],
] as const) {
  test(`after ${what} the next group is asked, and the log says who was tried`, async () => {
    await using a = await startUpstream(first);
    await using b = await startUpstream(streams([chatStream('from b')]));
    await using gateway = await startGateway(aiRoute([[{ host: a.host }], [{ host: b.host }]]));
    const reply = await chat(gateway.port, { stream: true });
    assert.equal(reply.status, 200);
    assert.match(reply.text, /from b/);
    const [line] = await gateway.lines(1);
    assert.equal(line?.['waygate.llm.tried'], `p0:${tried}`);
  });
}

test('a host that nobody listens on is passed over', async () => {
  await using b = await startUpstream(says(200, chatAnswer('from b')));
  await using gateway = await startGateway(aiRoute([[{ host: await closedHost() }], [{ host: b.host }]]));
  assert.match((await chat(gateway.port)).text, /from b/);
});

for (const status of [400, 401, 403, 404, 413, 422]) {
  test(`${status} is the client's to hear`, async () => {
    await using a = await startUpstream(says(status, error));
    await using b = await startUpstream(says(200, chatAnswer('from b')));
    await using gateway = await startGateway(aiRoute([[{ host: a.host }], [{ host: b.host }]]));
    assert.equal((await chat(gateway.port)).status, status);
    assert.equal(b.requests.length, 0);
  });
}

test('the last error is given with its status, body and retry-after', async () => {
  await using a = await startUpstream(says(500, error));
  await using b = await startUpstream(says(429, { error: { message: 'later' } }, { 'retry-after': '7' }));
  await using gateway = await startGateway(aiRoute([[{ host: a.host }], [{ host: b.host }]]));
  const reply = await chat(gateway.port);
  assert.deepEqual(
    [reply.status, reply.headers['retry-after'], reply.text],
    [429, '7', '{"error":{"message":"later"}}'],
  );
});

test('each provider gets the request in its own format, with its own credential or the client’s', async () => {
  await using a = await startUpstream(streams([messageStart, named('error', { error: { type: 'api_error' } })]));
  await using b = await startUpstream(streams([chatStream('from b')]));
  const key = `, policies: { backendAuth: { key: "secret-a" } }`;
  await using gateway = await startGateway(
    aiRoute([[{ host: a.host, format: 'messages', more: key }], [{ host: b.host }]]),
  );
  const reply = await chat(gateway.port, { stream: true, stop: ['x'] }, { authorization: 'Bearer client' });
  assert.match(reply.text, /from b/);
  const [first, second] = [await a.request(1), await b.request(1)];
  assert.equal(first.headers.authorization, 'Bearer secret-a');
  assert.equal(second.headers.authorization, 'Bearer client');
  assert.deepEqual((JSON.parse(first.body.toString()) as { stop_sequences: unknown }).stop_sequences, ['x']);
  assert.deepEqual((JSON.parse(second.body.toString()) as { stop: unknown }).stop, ['x']);
});

test('a translated answer that failed becomes one from a provider of the client’s format', async () => {
  await using a = await startUpstream(says(503, error));
  await using b = await startUpstream(streams([messageStart, messageRest('from b')]));
  await using gateway = await startGateway(aiRoute([[{ host: a.host }], [{ host: b.host, format: 'messages' }]]));
  const reply = await messages(gateway.port, { stream: true });
  assert.equal(reply.text, messageStart + messageRest('from b'));
});

test('retries at one provider come before the next', async () => {
  await using a = await startUpstream(says(503, error));
  await using b = await startUpstream(says(200, chatAnswer('from b')));
  await using gateway = await startGateway(
    aiRoute([[{ host: a.host }], [{ host: b.host }]], 'retry: { attempts: 2, codes: [503] }'),
  );
  assert.match((await chat(gateway.port)).text, /from b/);
  assert.equal(a.requests.length, 3);
});

test('a provider that is silent for longer than its try may take is passed over', async () => {
  await using a = await startUpstream(hangs);
  await using b = await startUpstream(says(200, chatAnswer('from b')));
  await using gateway = await startGateway(
    aiRoute([[{ host: a.host }], [{ host: b.host }]], 'timeout: { backendRequestTimeout: 150ms }'),
  );
  assert.match((await chat(gateway.port)).text, /from b/);
});

test('an answer that cannot be read is passed over', async () => {
  await using a = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('<html>');
  });
  await using b = await startUpstream(streams([messageStart, messageRest('from b')]));
  await using gateway = await startGateway(aiRoute([[{ host: a.host }], [{ host: b.host, format: 'messages' }]]));
  assert.match((await messages(gateway.port, { stream: true })).text, /from b/);
});
