/** LLM answers on a route whose `buffer` policy holds responses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { aiRoute, chat, chatAnswer, chatStream, chunk, messages, roleChunk, says, streams } from './ai-route.ts';

const usage = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'up', choices: [], usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 } })}\n\n`;
const counted = chatStream('hello').replace('data: [DONE]', `${usage}data: [DONE]`);
const hold = (more = ''): string => `buffer: { response: {${more}} }`;

test('a stream that is held is read as one that passes: usage is counted and hidden, an early error goes elsewhere', async () => {
  await using failing = await startUpstream(streams(['data: {"error":{"message":"no","code":500}}\n\n']));
  await using provider = await startUpstream(streams([counted]));
  await using gateway = await startGateway(aiRoute([[{ host: failing.host }], [{ host: provider.host }]], hold()));
  const reply = await chat(gateway.port, { stream: true });
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.text, chatStream('hello'));
  assert.equal(reply.headers['content-length'], String(reply.text.length));
  const [line] = await gateway.lines(1);
  assert.equal(line?.['gen_ai.usage.input_tokens'], 7);
  assert.equal(line['gen_ai.usage.output_tokens'], 2);
});

test('whole answers are counted, and those that are translated are held, too', async () => {
  await using provider = await startUpstream(says(200, chatAnswer('hello')));
  await using gateway = await startGateway(aiRoute([[{ host: provider.host }]], hold()));
  assert.match((await chat(gateway.port)).text, /hello/);
  assert.match((await messages(gateway.port)).text, /hello/);
  for (const line of await gateway.lines(2)) assert.equal(line['gen_ai.usage.output_tokens'], 3);
});

test('a stream beyond what may be held is an error, or passes where the policy says so', async () => {
  await using provider = await startUpstream(streams([roleChunk, chunk({ content: 'x'.repeat(5000) }), counted]));
  const start = (more: string): ReturnType<typeof startGateway> =>
    startGateway(aiRoute([[{ host: provider.host }]], hold(` maxBytes: 4000${more} `)));
  await using strict = await start('');
  assert.equal((await chat(strict.port, { stream: true })).status, 502);
  await using open = await start(', failureMode: failOpen');
  const reply = await chat(open.port, { stream: true });
  assert.equal(reply.status, 200);
  assert.match(reply.text, /hello/);
});
