import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send, type Reply } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import {
  aiRoute,
  chat,
  chatStream,
  chunk,
  done,
  messageRest,
  messages,
  messageStart,
  named,
  roleChunk,
  says,
  streams,
  chatAnswer,
} from './ai-route.ts';

const overloaded = named('error', { error: { type: 'overloaded_error', message: 'too busy' } });
const chatError = 'data: {"error":{"message":"slow down","type":"rate_limit_error","code":"rate_limit"}}\n\n';

test('a relayed stream keeps every byte', async () => {
  const text = `: ping\r\n\r\n${chatStream('one')}`;
  await using upstream = await startUpstream(streams([text.slice(0, 30), text.slice(30, 200), text.slice(200)]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  const reply = await chat(gateway.port, { stream: true, stream_options: { include_usage: true } });
  assert.equal(reply.status, 200);
  assert.equal(reply.text, text);
});

test('an error before the first content has its real status, in the same format', async () => {
  await using upstream = await startUpstream(streams([roleChunk, chatError]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  const reply = await chat(gateway.port, { stream: true });
  assert.equal(reply.status, 429);
  assert.equal(reply.headers['content-type'], 'application/json');
  const { error } = JSON.parse(reply.text) as { error: { message: string; type: string } };
  assert.equal(error.message, 'slow down');
});

test('an error before the first content has its real status, in Messages and translated', async () => {
  await using upstream = await startUpstream(streams([messageStart, named('ping'), overloaded]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host, format: 'messages' }]]));
  const own = await messages(gateway.port, { stream: true });
  assert.equal(own.status, 529);
  assert.equal((JSON.parse(own.text) as { error: { type: string } }).error.type, 'overloaded_error');
  const translated = await chat(gateway.port, { stream: true });
  assert.equal(translated.status, 529);
  assert.equal((JSON.parse(translated.text) as { error: { message: string } }).error.message, 'too busy');
});

for (const [what, texts, end] of [
  ['an empty stream', [], 'end'],
  ['a stream of a prelude only', [roleChunk], 'end'],
  ['a stream that breaks off in its prelude', [roleChunk], 'cut'],
] as const) {
  test(`${what} is an error of the upstream, not a success`, async () => {
    await using upstream = await startUpstream(streams(texts, end));
    await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
    assert.equal((await chat(gateway.port, { stream: true })).status, 502);
    assert.equal((await messages(gateway.port, { stream: true })).status, 502);
  });
}

test('the head waits for the first content', async () => {
  await using upstream = await startUpstream(streams([roleChunk], 'open'));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  let told = false;
  const reply = chat(gateway.port, { stream: true }).finally(() => {
    told = true;
  });
  await upstream.request(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(told, false);
  await upstream.close();
  assert.equal((await reply).status, 502);
});

test('a stream that ends without a reason to stop ends as an error for its client', async () => {
  await using upstream = await startUpstream(streams([roleChunk, chunk({ content: 'half' })]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  const own = await chat(gateway.port, { stream: true });
  assert.match(own.text, /half[\s\S]*"error":\{"message":"the upstream ended/);
  assert.doesNotMatch(own.text, /DONE/);
  const translated = await messages(gateway.port, { stream: true });
  assert.match(translated.text, /half[\s\S]*event: error\n/);
  assert.doesNotMatch(translated.text, /message_stop/);
  const [line] = await gateway.lines(2);
  assert.equal(line?.['reason'], 'upstreamReset');
});

test('a connection that breaks within a stream ends it as an error event', async () => {
  await using upstream = await startUpstream(streams([messageStart, messageRest('x').slice(0, 300)], 'cut'));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host, format: 'messages' }]]));
  const reply = await messages(gateway.port, { stream: true });
  assert.equal(reply.status, 200);
  assert.match(reply.text, /event: error\ndata: \{"type":"error"/);
});

test('a missing [DONE] after a reason to stop is supplied', async () => {
  const text = roleChunk + chunk({ content: 'all' }) + chunk({}, 'stop');
  await using upstream = await startUpstream(streams([text.slice(0, -2)]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  assert.equal((await chat(gateway.port, { stream: true })).text, text + done);
});

test('a connection that breaks after the reason to stop has not failed the answer', async () => {
  const text = roleChunk + chunk({ content: 'all' }) + chunk({}, 'stop');
  await using upstream = await startUpstream(streams([text], 'cut'));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  assert.equal((await chat(gateway.port, { stream: true })).text, text + done);
  assert.match((await messages(gateway.port, { stream: true })).text, /"all"[\s\S]*event: message_stop/);
});

test('an error that is all of a stream, without a blank line, has its status', async () => {
  await using upstream = await startUpstream(streams([chatError.trimEnd()]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  assert.equal((await chat(gateway.port, { stream: true })).status, 429);
});

test('an error event within a stream passes, and is not told twice', async () => {
  await using upstream = await startUpstream(streams([roleChunk, chunk({ content: 'half' }), chatError]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  const reply = await chat(gateway.port, { stream: true });
  assert.equal(reply.text, roleChunk + chunk({ content: 'half' }) + chatError);
});

test('an error event after the reason to stop is the end of a stream, with no [DONE] behind it', async () => {
  const text = roleChunk + chunk({ content: 'all' }, 'stop');
  await using upstream = await startUpstream(streams([text + chatError]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  assert.equal((await chat(gateway.port, { stream: true })).text, text + chatError);
  const [line] = await gateway.lines(1);
  assert.equal(line?.['reason'], 'upstreamProtocol');
});

test('an answer that is no stream passes whole, and on a translated route becomes one', async () => {
  await using upstream = await startUpstream(says(200, chatAnswer('plain')));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  const own = await chat(gateway.port, { stream: true });
  assert.deepEqual(JSON.parse(own.text), chatAnswer('plain'));
  const translated = await messages(gateway.port, { stream: true });
  assert.equal(translated.headers['content-type'], 'text/event-stream');
  assert.match(translated.text, /text_delta","text":"plain"[\s\S]*message_stop/);
});

test('a stream that nobody asked for is one answer on a translated route, or the error that it tells', async () => {
  await using upstream = await startUpstream(streams([chatStream('hello')]));
  await using gateway = await startGateway(aiRoute([[{ host: upstream.host }]]));
  const answer = await messages(gateway.port, {});
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.partialDeepStrictEqual(JSON.parse(answer.text), {
    type: 'message',
    content: [{ type: 'text', text: 'hello' }],
  });
  upstream.answer(streams([roleChunk, 'data: {"error":{"message":"slow down","type":"rate_limit_error"}}\n\n']));
  const failed = await messages(gateway.port, {});
  assert.equal(failed.status, 429);
  assert.partialDeepStrictEqual(JSON.parse(failed.text), { type: 'error', error: { message: 'slow down' } });
});

for (const [what, type, prelude, content, error] of [
  [
    'Responses',
    'responses',
    named('response.created', { response: { id: 'r', status: 'in_progress', output: [] } }),
    named('response.output_item.added', { output_index: 0, item: { type: 'message', id: 'm', content: [] } }) +
      named('response.output_text.delta', {
        item_id: 'm',
        output_index: 0,
        content_index: 0,
        delta: 'half',
        sequence_number: 7,
      }),
    named('error', { code: 'rate_limit_exceeded', message: 'slow down', param: null }),
  ],
  [
    'Gemini',
    'generateContent',
    'data: {"modelVersion":"g"}\n\n',
    'data: {"candidates":[{"content":{"role":"model","parts":[{"text":"half"}]}}]}\n\n',
    'data: {"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED"}}\n\n',
  ],
] as const) {
  test(`a ${what} stream is held and ended by its own rules, too`, async () => {
    await using upstream = await startUpstream(streams([prelude, error]));
    const yaml = aiRoute([[{ host: upstream.host, format: type }]]).replace(
      '/v1/messages: messages',
      '/v1/responses: responses, ":streamGenerateContent": generateContent',
    );
    await using gateway = await startGateway(yaml);
    const path = type === 'responses' ? '/v1/responses' : '/v1beta/models/g:streamGenerateContent?alt=sse';
    const body =
      type === 'responses'
        ? { model: 'm', input: 'hi', stream: true }
        : { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
    const ask = (): Promise<Reply> =>
      send(gateway.port, {
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const refused = await ask();
    assert.equal(refused.status, 429);
    assert.match(refused.text, /slow down/);
    upstream.answer(streams([prelude, content]));
    const cut = await ask();
    assert.equal(cut.status, 200);
    assert.ok(cut.text.startsWith(prelude + content));
    assert.match(cut.text.slice((prelude + content).length), /data: .*the upstream ended its stream/);
    if (type === 'responses') assert.match(cut.text, /event: error\ndata: .*"sequence_number":8\}\n\n$/);
  });
}
