import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  ValidationException,
} from '@aws-sdk/client-bedrock-runtime';
import { LLMock } from '@copilotkit/aimock';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { eventually } from '../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

async function start(t: TestContext, models: string): Promise<TestGateway> {
  const gateway = await startGateway(`
gateways:
  default: { port: $PORT }
llm:
  models:${models}
`);
  t.after(() => gateway.close());
  return gateway;
}

function clientOf({ port }: TestGateway): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'CLIENTKEY', secretAccessKey: 'client-secret' },
    requestHandler: new NodeHttpHandler(),
    maxAttempts: 1,
  });
}

const bedrock = (name: string, url: string, more = ''): string => `
  - name: ${name}
    provider: bedrock
    params: { awsRegion: eu-central-1, baseUrl: "${url}"${more} }
    auth: { aws: { accessKeyId: GATEWAYKEY, secretAccessKey: gateway-secret } }`;

const ask = { messages: [{ role: 'user' as const, content: [{ text: 'hello' }] }] };

test('Bedrock clients reach Bedrock with a new signature, whole and streamed', async (t) => {
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  mock.onMessage(/.*/, {
    content: 'a mocked answer',
    usage: { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 },
  });
  await mock.start();
  t.after(() => mock.stop());
  const gateway = await start(t, bedrock('claude', mock.url, ', model: "anthropic.claude-sonnet-4-5:0"'));
  const client = clientOf(gateway);
  const whole = await client.send(new ConverseCommand({ modelId: 'claude', ...ask }));
  assert.equal(whole.output?.message?.content?.[0]?.text, 'a mocked answer');
  const { stream } = await client.send(new ConverseStreamCommand({ modelId: 'claude', ...ask }));
  let text = '';
  for await (const event of stream ?? []) text += event.contentBlockDelta?.delta?.text ?? '';
  assert.equal(text, 'a mocked answer');
  const lines = await gateway.lines(2);
  for (const line of lines) {
    assert.equal(line['gen_ai.request.model'], 'claude');
    assert.equal(line['gen_ai.operation.name'], 'chat');
    assert.equal(line['gen_ai.provider.name'], 'aws.bedrock');
    assert.equal(line['gen_ai.usage.output_tokens'], 9);
  }
});

test('the bytes pass, the model of the path is the one of the provider, and nothing of the signature stays', async (t) => {
  const up = await startUpstream((_request, response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'x-amzn-bedrock-input-token-count': '4',
      'x-amzn-bedrock-output-token-count': '6',
    });
    response.end('{"any":"thing"}');
  });
  t.after(() => up.close());
  const arn = 'arn:aws:bedrock:eu-central-1:1:inference-profile/eu.x';
  const gateway = await start(t, bedrock('titan', `http://${up.host}`, `, model: "${arn}"`));
  const body = '{ "inputText":"hi",  "n":1.0 }';
  await clientOf(gateway).send(new InvokeModelCommand({ modelId: 'titan', body, contentType: 'application/json' }));
  const seen = up.requests[0];
  assert.equal(seen?.url, `/model/${encodeURIComponent(arn)}/invoke`);
  assert.equal(seen.body.toString(), body);
  assert.match(seen.headers.authorization ?? '', /Credential=GATEWAYKEY\/\d{8}\/eu-central-1\/bedrock/);
  assert.ok(!JSON.stringify(seen.headers).includes('CLIENTKEY'));
  const [line] = await gateway.lines(1);
  assert.equal(line?.['gen_ai.usage.input_tokens'], 4);
  assert.equal(line['gen_ai.usage.output_tokens'], 6);
});

test('the client that leaves ends the request to Bedrock', async (t) => {
  const up = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    response.write(Buffer.alloc(16));
  });
  t.after(() => up.close());
  const gateway = await start(t, bedrock('claude', `http://${up.host}`));
  const controller = new AbortController();
  const reply = await fetch(`http://127.0.0.1:${gateway.port}/model/claude/converse-stream`, {
    method: 'POST',
    body: '{}',
    signal: controller.signal,
  });
  assert.equal(reply.status, 200);
  controller.abort();
  await eventually(() => up.connections === 0, 'the request to the upstream ends');
});

test('a model that Bedrock does not serve is refused, and the SDK can read why', async (t) => {
  const gateway = await start(t, '\n  - name: demo\n    provider: demo');
  await assert.rejects(clientOf(gateway).send(new ConverseCommand({ modelId: 'demo', ...ask })), (error) => {
    assert(error instanceof ValidationException);
    assert.match(error.message, /not served by Bedrock here/);
    return true;
  });
  await assert.rejects(clientOf(gateway).send(new ConverseCommand({ modelId: 'none', ...ask })), {
    name: 'ResourceNotFoundException',
  });
});
