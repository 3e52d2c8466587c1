import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { send, type Reply } from '../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Upstream } from '../../testkit/upstream.ts';

const model = 'claude-sonnet-4-5@20250929';
const base = '/v1/projects/p/locations/global/publishers/anthropic/models';

async function start(t: TestContext, provider: string): Promise<TestGateway> {
  const gateway = await startGateway(`
gateways:
  default: { port: $PORT }
llm:
  models:
  - name: "claude-*"
    provider: ${provider}
`);
  t.after(() => gateway.close());
  return gateway;
}

const ask = {
  anthropic_version: 'vertex-2023-10-16',
  max_tokens: 99,
  messages: [{ role: 'user', content: 'hello' }],
};

function post(gateway: TestGateway, method: string, body: object = ask): Promise<Reply> {
  return send(gateway.port, {
    method: 'POST',
    path: `${base}/${model}:${method}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function upstream(t: TestContext, body: string, type = 'application/json'): Promise<Upstream> {
  const up = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-type': type });
    response.end(body);
  });
  t.after(() => up.close());
  return up;
}

test('rawPredict and streamRawPredict are Messages whose path names the model, on a provider of chat completions', async (t) => {
  const gateway = await start(t, 'demo');
  const whole = await post(gateway, 'rawPredict');
  assert.equal(whole.status, 200, whole.text);
  const message = JSON.parse(whole.text) as { type: string; model: string; content: { text: string }[] };
  assert.equal(message.type, 'message');
  assert.match(message.content[0]?.text ?? '', /You said: hello/);
  const streamed = await post(gateway, 'streamRawPredict');
  assert.match(streamed.headers['content-type'] ?? '', /event-stream/);
  assert.match(streamed.text, /event: message_start\n[^]*event: message_stop\n/);
  const lines = await gateway.lines(2);
  for (const line of lines) assert.equal(line['gen_ai.request.model'], model);
});

test('on Anthropic the model goes into the body and the version into its field', async (t) => {
  const answer = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 2 },
  };
  const up = await upstream(t, JSON.stringify(answer));
  const gateway = await start(t, `anthropic\n    params: { baseUrl: "http://${up.host}/v1", apiKey: sk-ant }`);
  const reply = await post(gateway, 'rawPredict');
  assert.deepEqual(JSON.parse(reply.text), answer);
  const seen = up.requests[0];
  assert.equal(seen?.url, '/v1/messages');
  const { anthropic_version: version, ...sent } = JSON.parse(seen.body.toString()) as Record<string, unknown>;
  assert.equal(version, undefined);
  assert.equal(sent['model'], 'claude-sonnet-4-5-20250929');
  assert.equal(seen.headers['anthropic-version'], '2023-06-01');
  assert.equal(seen.headers['x-api-key'], 'sk-ant');
  await post(gateway, 'streamRawPredict');
  assert.equal((JSON.parse(up.requests[1]?.body.toString() ?? '{}') as { stream?: boolean }).stream, true);
});

test('on Vertex AI it stays what it is', async (t) => {
  const up = await upstream(
    t,
    '{"id":"msg_1","type":"message","content":[],"usage":{"input_tokens":1,"output_tokens":2}}',
  );
  const gateway = await start(
    t,
    `vertex\n    params: { vertexProject: p2, vertexRegion: us-east5, baseUrl: "http://${up.host}" }\n    auth: { key: { value: token } }`,
  );
  assert.equal((await post(gateway, 'rawPredict')).status, 200);
  const seen = up.requests[0];
  assert.equal(seen?.url, `/v1/projects/p2/locations/us-east5/publishers/anthropic/models/${model}:rawPredict`);
  const sent = JSON.parse(seen.body.toString()) as Record<string, unknown>;
  assert.equal(sent['anthropic_version'], 'vertex-2023-10-16');
  assert.equal(sent['model'], undefined);
});

test('errors have the shape of Messages', async (t) => {
  const gateway = await start(t, 'demo');
  const reply = await send(gateway.port, {
    method: 'POST',
    path: `${base}/other:rawPredict`,
    body: JSON.stringify(ask),
  });
  assert.equal(reply.status, 404);
  assert.equal((JSON.parse(reply.text) as { error: { type: string } }).error.type, 'not_found_error');
});
