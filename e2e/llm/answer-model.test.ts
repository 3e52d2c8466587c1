import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

const chunk = (choices: object[]): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'REAL', choices })}\n\n`;
const chat = {
  whole: `{ "id":"c", "object":"chat.completion","created":1, "model" : "REAL",
    "choices":[{"index":0,"message":{"role":"assistant","content":"\\"model\\""},"finish_reason":"stop"}]}`,
  stream:
    chunk([{ index: 0, delta: { role: 'assistant', content: 'hi "model":"REAL"' }, finish_reason: null }]) +
    chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]) +
    'data: [DONE]\n\n',
};
const message = { id: 'm', type: 'message', role: 'assistant', content: [], stop_reason: null, stop_sequence: null };
const event = (data: { readonly type: string; readonly [member: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const messages = {
  whole: JSON.stringify({
    ...message,
    model: 'REAL',
    content: [{ type: 'text', text: 'hi' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 1 },
  }),
  stream: [
    { type: 'message_start', message: { ...message, model: 'REAL', usage: { input_tokens: 1, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hi' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } },
    { type: 'message_stop' },
  ]
    .map(event)
    .join(''),
};
const response = (status: string): object => ({ id: 'resp_1', object: 'response', status, model: 'REAL', output: [] });
const responses = {
  whole: JSON.stringify(response('completed')),
  stream:
    event({ type: 'response.created', response: response('in_progress') }) +
    event({ type: 'response.completed', response: response('completed') }),
};
const generated =
  '{"candidates":[{"content":{"role":"model","parts":[{"text":"hi"}]},"finishReason":"STOP"}],"modelVersion":"REAL"}';
const generateContent = { whole: generated, stream: `data: ${generated}\n\n` };
const upstreams = { completions: chat, messages, responses, generateContent };
const real = 'the/real-model';

async function start(t: TestContext, format: keyof typeof upstreams, setting: string): Promise<TestGateway> {
  const upstream = await startUpstream((request, reply) => {
    const streams = request.url.includes('streamGenerate') || /"stream": ?true/.test(request.body.toString());
    reply.writeHead(200, { 'content-type': streams ? 'text/event-stream' : 'application/json' });
    const bytes = Buffer.from(upstreams[format][streams ? 'stream' : 'whole'].replaceAll('REAL', real));
    // In pieces that end anywhere.
    for (let at = 0; at < bytes.length; at += 37) reply.write(bytes.subarray(at, at + 37));
    reply.end();
  });
  t.after(() => upstream.close());
  const gateway = await startGateway(`
gateways:
  default: { port: $PORT }
llm:
  models:
  - name: real
    visibility: internal
    provider: { custom: { formats: [{ type: ${format} }] } }
    params: { model: real, baseUrl: "http://${upstream.host}/v1" }
    ${setting}
  virtualModels:
  - { name: mine, routing: { weighted: { targets: [{ model: real, weight: 1 }] } } }
`);
  t.after(() => gateway.close());
  return gateway;
}

const turns = [{ role: 'user', content: 'hi' }];
const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
const asks: Readonly<Record<keyof typeof upstreams, (stream: boolean) => readonly [path: string, body: object]>> = {
  completions: (stream) => ['/v1/chat/completions', { model: 'mine', stream, messages: turns }],
  messages: (stream) => ['/v1/messages', { model: 'mine', stream, max_tokens: 9, messages: turns }],
  responses: (stream) => ['/v1/responses', { model: 'mine', stream, input: 'hi' }],
  generateContent: (stream) => [
    `/v1beta/models/mine:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    { contents },
  ],
};
const formats = Object.keys(asks) as (keyof typeof upstreams)[];

async function post({ port }: TestGateway, [path, body]: readonly [string, object]): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return text;
}

for (const upstream of formats) {
  test(`answers of ${upstream} name the model that was asked for where configured`, async (t) => {
    const gateway = await start(t, upstream, 'answerModel: asked');
    let count = 0;
    for (const client of formats) {
      for (const stream of [false, true]) {
        const text = await post(gateway, asks[client](stream));
        const said = text.replaceAll(`hi \\"model\\":\\"${real}`, '');
        assert.match(said, /"model(?:Version)?" ?: ?"mine"/, `${client} ${stream}: ${text}`);
        assert(!said.includes(real), `${client} ${stream}: ${text}`);
        if (client === upstream) {
          const shown = upstreams[upstream][stream ? 'stream' : 'whole']
            .replaceAll(/("model(?:Version)?" ?: ?)"REAL"/g, '$1"mine"')
            .replaceAll('REAL', real);
          assert.equal(text, shown);
        }
        const line = (await gateway.lines(++count)).at(-1);
        assert.equal(line?.['gen_ai.response.model'], real);
      }
    }
  });
}

test('answers name the provider’s model where nothing is configured', async (t) => {
  const gateway = await start(t, 'completions', '');
  for (const client of formats) assert.match(await post(gateway, asks[client](true)), new RegExp(`"${real}"`));
});
