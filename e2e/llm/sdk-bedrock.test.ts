/** The official Bedrock client with a provider that only the gateway's own credentials open. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  BedrockRuntimeServiceException,
  type ContentBlock,
  type Message,
} from '@aws-sdk/client-bedrock-runtime';
import { LLMock, type ChatCompletionRequest } from '@copilotkit/aimock';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { startUpstream, type Answer } from '../../testkit/upstream.ts';
import { startLlmGateway } from './llm-gateway.ts';

const toolConfig = {
  tools: [{ toolSpec: { name: 'get_weather', inputSchema: { json: { type: 'object', properties: {} } } } }],
};
const messagesBody = JSON.stringify({
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 99,
  messages: [{ role: 'user', content: 'hi' }],
});

const codec = new EventStreamCodec(
  (input) => Buffer.from(input).toString(),
  (text) => Buffer.from(text),
);

/** An event of a stream of InvokeModel, whose bytes the mock does not wrap as AWS does. */
function frame(event: object): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(event)).toString('base64');
  const fields = { ':message-type': 'event', ':event-type': 'chunk', ':content-type': 'application/json' };
  const headers = Object.entries(fields).map(([name, value]) => [name, { type: 'string' as const, value }] as const);
  return codec.encode({ headers: Object.fromEntries(headers), body: Buffer.from(JSON.stringify({ bytes })) });
}

const streams: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
  for (const text of ['a mocked', ' answer']) response.write(frame({ type: 'content_block_delta', delta: { text } }));
  response.end(frame({ type: 'message_stop' }));
};

for (const transport of ['HTTP/2, its default', 'HTTP/1.1']) {
  test(`the official Bedrock client converses and invokes over ${transport}, whole and streamed, with tools`, async (t) => {
    const mock = new LLMock({ port: 0, host: '127.0.0.1' });
    mock.on({ predicate: () => true }, ({ messages, tools = [] }: ChatCompletionRequest) => {
      const result = messages.find(({ role }) => role === 'tool');
      if (result !== undefined) return { content: `The tool said: ${JSON.stringify(result.content)}` };
      return tools.length === 0
        ? { content: 'a mocked answer' }
        : { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Paris"}' }] };
    });
    await mock.start();
    t.after(() => mock.stop());
    const framed = await startUpstream(streams);
    t.after(() => framed.close());
    const model = (name: string, url: string): string => `
- name: ${name}
  provider: bedrock
  params: { model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", awsRegion: eu-central-1, baseUrl: "${url}" }
  auth: { aws: { accessKeyId: GATEWAYKEY, secretAccessKey: gateway-secret } }`;
    const gateway = await startLlmGateway(t, model('claude', mock.url) + model('framed', `http://${framed.host}`));
    const client = new BedrockRuntimeClient({
      region: 'us-east-1',
      endpoint: new URL('/', gateway.url).href,
      credentials: { accessKeyId: 'CLIENTKEY', secretAccessKey: 'client-secret' },
      ...(transport === 'HTTP/1.1' ? { requestHandler: new NodeHttpHandler() } : {}),
      maxAttempts: 1,
    });
    t.after(() => client.destroy());
    const modelId = 'claude';

    await t.test('a turn with a tool', async () => {
      const messages: Message[] = [{ role: 'user', content: [{ text: 'weather?' }] }];
      const asked = await client.send(new ConverseCommand({ modelId, messages, toolConfig }));
      assert.equal(asked.stopReason, 'tool_use');
      const use = asked.output?.message?.content?.find((block) => block.toolUse !== undefined)?.toolUse;
      assert.deepEqual([use?.name, use?.input], ['get_weather', { city: 'Paris' }]);
      messages.push(asked.output?.message as Message, {
        role: 'user',
        content: [{ toolResult: { toolUseId: use?.toolUseId, content: [{ text: '21 °' }] } }],
      });
      const answered = await client.send(new ConverseCommand({ modelId, messages, toolConfig }));
      assert.match(answered.output?.message?.content?.[0]?.text ?? '', /21 °/);
    });

    await t.test('a streamed turn with a tool', async () => {
      const messages: Message[] = [{ role: 'user', content: [{ text: 'weather?' }] }];
      const asked = await client.send(new ConverseStreamCommand({ modelId, messages, toolConfig }));
      let [toolUseId, name, input, stopReason] = ['', '', '', ''];
      for await (const event of asked.stream ?? []) {
        const start = event.contentBlockStart?.start?.toolUse;
        if (start !== undefined) [toolUseId, name] = [start.toolUseId ?? '', start.name ?? ''];
        input += event.contentBlockDelta?.delta?.toolUse?.input ?? '';
        stopReason = event.messageStop?.stopReason ?? stopReason;
      }
      assert.deepEqual([name, JSON.parse(input), stopReason], ['get_weather', { city: 'Paris' }, 'tool_use']);
      const use: ContentBlock = { toolUse: { toolUseId, name, input: { city: 'Paris' } } };
      const result: ContentBlock = { toolResult: { toolUseId, content: [{ text: '21 °' }] } };
      messages.push({ role: 'assistant', content: [use] }, { role: 'user', content: [result] });
      const { stream } = await client.send(new ConverseStreamCommand({ modelId, messages, toolConfig }));
      let text = '';
      for await (const event of stream ?? []) text += event.contentBlockDelta?.delta?.text ?? '';
      assert.match(text, /21 °/);
    });

    await t.test("a body of the model's own, whole and streamed", async () => {
      const ask = { contentType: 'application/json', body: messagesBody };
      const { body } = await client.send(new InvokeModelCommand({ modelId, ...ask }));
      const answer = JSON.parse(body.transformToString()) as { readonly content: readonly { readonly text: string }[] };
      assert.equal(answer.content[0]?.text, 'a mocked answer');
      const streamed = await client.send(new InvokeModelWithResponseStreamCommand({ modelId: 'framed', ...ask }));
      let text = '';
      for await (const event of streamed.body ?? []) {
        const said = JSON.parse(Buffer.from(event.chunk?.bytes ?? []).toString()) as {
          readonly delta?: { readonly text?: string };
        };
        text += said.delta?.text ?? '';
      }
      assert.equal(text, 'a mocked answer');
      const { authorization = '' } = framed.requests[0]?.headers ?? {};
      assert.match(authorization, /Credential=GATEWAYKEY\/\d{8}\/eu-central-1\/bedrock/);
    });

    await t.test('an error of the provider reaches the client', async () => {
      mock.nextRequestError(429, { message: 'slow down', type: 'rate_limit_error' });
      const messages: Message[] = [{ role: 'user', content: [{ text: 'hi' }] }];
      await assert.rejects(client.send(new ConverseCommand({ modelId, messages })), (error) => {
        assert(error instanceof BedrockRuntimeServiceException);
        assert.equal(error.$metadata.httpStatusCode, 429);
        return true;
      });
    });

    const { 'http.version': version } = await gateway.logged(0);
    assert.equal(version, transport === 'HTTP/1.1' ? 'HTTP/1.1' : 'HTTP/2');
    for (const { path } of mock.getRequests()) {
      assert.match(path, /^\/model\/us\.anthropic\.claude-sonnet-4-5-20250929-v1%3A0\//);
    }
    await gateway.stop();
  });
}
