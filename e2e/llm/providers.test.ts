import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream, type SeenRequest, type Upstream } from '../../testkit/upstream.ts';

/** What reaches the upstream for one request of a client. */
interface Case {
  readonly what: string;
  /** Of `llm.models`; `$UPSTREAM` is where the upstream listens. */
  readonly model: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
  readonly url: string;
  /** Fields that must be so; undefined: absent. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  /** The body as it must arrive, byte for byte. */
  readonly sent: string;
  /** What the answer says was left out; null: nothing. */
  readonly dropped?: string | null;
}

const chat = '/v1/chat/completions';
const hi = { role: 'user', content: 'hi' };
const chatHi = (model: string, rest: object = {}): object => ({ model, messages: [hi], ...rest });
const claudeHi = (model: string, rest: object = {}): object => ({ model, max_tokens: 9, messages: [hi], ...rest });
const text = [{ type: 'text', text: 'hi' }];

const cases: readonly Case[] = [
  {
    what: 'Anthropic: chat becomes Messages, the key has its own field',
    model: `{ name: claude-a, provider: anthropic, params: { apiKey: sk-ant-api-1, baseUrl: "$UPSTREAM" } }`,
    path: chat,
    body: chatHi('claude-a', { max_tokens: 9 }),
    url: '/v1/messages',
    fields: { 'x-api-key': 'sk-ant-api-1', authorization: undefined, 'anthropic-version': '2023-06-01' },
    sent: JSON.stringify({ model: 'claude-a', max_tokens: 9, messages: [{ role: 'user', content: text }] }),
  },
  {
    what: 'Anthropic: an OAuth token stays a bearer, Messages pass as they are',
    model: `{ name: claude-b, provider: anthropic, params: { apiKey: sk-ant-oat01-1, baseUrl: "$UPSTREAM" } }`,
    path: '/v1/messages?beta=true',
    headers: { 'x-api-key': 'client', 'anthropic-version': '2023-01-01' },
    body: claudeHi('claude-b'),
    url: '/v1/messages?beta=true',
    fields: { 'x-api-key': undefined, authorization: 'Bearer sk-ant-oat01-1', 'anthropic-version': '2023-01-01' },
    sent: JSON.stringify(claudeHi('claude-b')),
  },
  {
    what: 'Anthropic: a rawPredict path names the model and the stream',
    model: `{ name: "claude-c@20250101", provider: anthropic, params: { apiKey: k, baseUrl: "$UPSTREAM" } }`,
    path: '/v1/projects/p/locations/l/publishers/anthropic/models/claude-c@20250101:streamRawPredict',
    body: { anthropic_version: 'vertex-2023-10-16', anthropic_beta: ['b-1'], max_tokens: 9, messages: [hi] },
    url: '/v1/messages',
    fields: { 'anthropic-beta': 'b-1' },
    sent: JSON.stringify({ max_tokens: 9, messages: [hi], model: 'claude-c-20250101', stream: true }),
  },
  {
    what: 'Gemini: the model stands in the path, an API key in its own field',
    model: `{ name: "gem/*", provider: gemini, params: { apiKey: AIza-1, baseUrl: "$UPSTREAM" }, transformation: { model: 'llmRequest.model.stripPrefix("gem/")' } }`,
    path: chat,
    body: chatHi('gem/gemini-2.5-flash'),
    url: '/v1beta/models/gemini-2.5-flash:generateContent',
    fields: { 'x-goog-api-key': 'AIza-1', authorization: undefined },
    sent: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }),
  },
  {
    what: 'Gemini: its own streams keep what the client says, without the client key',
    model: `{ name: gemini-2.5-pro, provider: gemini, params: { apiKey: ya29.1, baseUrl: "$UPSTREAM" } }`,
    path: '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse&key=client',
    body: { contents: [{ parts: [{ text: 'hi' }] }] },
    url: '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
    fields: { authorization: 'Bearer ya29.1', 'x-goog-api-key': undefined },
    sent: '{"contents":[{"parts":[{"text":"hi"}]}]}',
  },
  {
    what: 'Vertex AI: Claude gets Messages through rawPredict, known betas only',
    model: `{ name: claude-sonnet-4-5-20250929, provider: vertex, params: { vertexProject: p, apiKey: t, baseUrl: "$UPSTREAM" } }`,
    path: '/v1/messages',
    headers: { 'anthropic-beta': 'claude-code-20250219,unheard-of-2026-01-01', 'anthropic-version': '2023-06-01' },
    body: claudeHi('claude-sonnet-4-5-20250929', {
      system: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral', scope: 'global' } }],
      output_format: { type: 'json_schema' },
      output_config: { effort: 'low' },
    }),
    dropped: 'cache_control.scope, anthropic-beta[unheard-of-2026-01-01]',
    url: '/v1/projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict',
    fields: { authorization: 'Bearer t', 'anthropic-beta': 'claude-code-20250219', 'anthropic-version': undefined },
    sent: JSON.stringify({
      max_tokens: 9,
      messages: [hi],
      system: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral' } }],
      output_config: { effort: 'low', format: { type: 'json_schema' } },
      anthropic_version: 'vertex-2023-10-16',
    }),
  },
  {
    what: 'OpenAI: chat without the thoughts of another vendor',
    model: `{ name: gpt-thoughts, provider: openAI, params: { apiKey: k, baseUrl: "$UPSTREAM/v1" } }`,
    path: chat,
    body: {
      model: 'gpt-thoughts',
      messages: [hi, { role: 'assistant', content: 'ho', thinking_blocks: [{ type: 'thinking', thinking: 'x' }] }, hi],
    },
    dropped: 'messages[].thinking_blocks',
    url: '/v1/chat/completions',
    sent: JSON.stringify({ model: 'gpt-thoughts', messages: [hi, { role: 'assistant', content: 'ho' }, hi] }),
  },
  {
    what: 'OpenAI: chat that only speaks of thoughts is whole',
    model: `{ name: gpt-speaks, provider: openAI, params: { apiKey: k, baseUrl: "$UPSTREAM/v1" } }`,
    path: chat,
    body: { model: 'gpt-speaks', messages: [hi], metadata: { thinking_blocks: 'x' } },
    dropped: null,
    url: '/v1/chat/completions',
    sent: JSON.stringify({ model: 'gpt-speaks', messages: [hi], metadata: { thinking_blocks: 'x' } }),
  },
  {
    what: 'Copilot: Messages without the members of betas that it does not take',
    model: `{ name: claude-copilot, provider: copilot, params: { apiKey: k, baseUrl: "$UPSTREAM" } }`,
    path: '/v1/messages',
    body: claudeHi('claude-copilot', { context_management: {} }),
    dropped: 'context_management',
    url: '/v1/messages',
    sent: JSON.stringify(claudeHi('claude-copilot')),
  },
  {
    what: 'Vertex AI: tokens of Claude are counted by a model of that name',
    model: `{ name: "claude-haiku-4-5-20251001", provider: vertex, params: { vertexProject: p, vertexRegion: eu, apiKey: t, baseUrl: "$UPSTREAM" } }`,
    path: '/v1/messages/count_tokens',
    body: { model: 'claude-haiku-4-5-20251001', messages: [hi] },
    url: '/v1/projects/p/locations/eu/publishers/anthropic/models/count-tokens:rawPredict',
    sent: JSON.stringify({
      model: 'claude-haiku-4-5@20251001',
      messages: [hi],
      anthropic_version: 'vertex-2023-10-16',
    }),
  },
  {
    what: 'Vertex AI: chat with Gemini becomes generateContent',
    model: `{ name: gemini-v, provider: vertex, params: { vertexProject: p, vertexRegion: us-east5, apiKey: t, baseUrl: "$UPSTREAM" } }`,
    path: chat,
    body: chatHi('gemini-v', { stream: true }),
    url: '/v1/projects/p/locations/us-east5/publishers/google/models/gemini-v:streamGenerateContent?alt=sse',
    sent: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }),
  },
  {
    what: 'Vertex AI: open models have its OpenAI-compatible face',
    model: `{ name: "meta/llama-4", provider: vertex, params: { vertexProject: p, apiKey: t, baseUrl: "$UPSTREAM" } }`,
    path: chat,
    body: chatHi('meta/llama-4'),
    url: '/v1/projects/p/locations/global/endpoints/openapi/chat/completions',
    sent: JSON.stringify(chatHi('meta/llama-4')),
  },
  {
    what: 'Bedrock: Converse, the id escaped, an API key as bearer',
    model: `{ name: br, provider: bedrock, params: { model: "us.anthropic.claude-haiku-4-5-v1:0", apiKey: k, baseUrl: "$UPSTREAM" } }`,
    path: chat,
    body: chatHi('br', { max_tokens: 9, stream: true }),
    url: '/model/us.anthropic.claude-haiku-4-5-v1%3A0/converse-stream',
    fields: { authorization: 'Bearer k' },
    sent: JSON.stringify({
      inferenceConfig: { maxTokens: 9 },
      messages: [{ role: 'user', content: [{ text: 'hi' }] }],
    }),
  },
  {
    what: 'Azure: the v1 API with its key field',
    model: `{ name: az, provider: azure, params: { azureResourceName: r, azureResourceType: openAI, apiKey: k, baseUrl: "$UPSTREAM" } }`,
    path: chat,
    body: chatHi('az'),
    url: '/openai/v1/chat/completions',
    fields: { 'api-key': 'k', authorization: undefined },
    sent: JSON.stringify(chatHi('az')),
  },
  {
    what: 'Azure: a version with a date goes to the deployment',
    model: `{ name: dated, provider: azure, params: { azureApiVersion: "2024-10-21", model: dep, apiKey: k, baseUrl: "$UPSTREAM" } }`,
    path: chat,
    body: chatHi('dated'),
    url: '/openai/deployments/dep/chat/completions?api-version=2024-10-21',
    sent: JSON.stringify(chatHi('dep')),
  },
  {
    what: 'Azure: Claude on Foundry speaks Messages',
    model: `{ name: claude-f, provider: azure, params: { azureResourceType: foundry, azureProjectName: p, apiKey: k, baseUrl: "$UPSTREAM" } }`,
    path: '/v1/messages',
    body: claudeHi('claude-f'),
    url: '/anthropic/v1/messages',
    fields: { 'api-key': 'k', 'anthropic-version': '2023-06-01' },
    sent: JSON.stringify(claudeHi('claude-f')),
  },
  {
    what: 'Copilot: a GPT model that knows nothing but Responses',
    model: `{ name: gpt-5.9, provider: copilot, params: { apiKey: k, baseUrl: "$UPSTREAM" } }`,
    path: '/v1/responses',
    body: { model: 'gpt-5.9', input: 'hi' },
    url: '/responses',
    fields: { 'copilot-integration-id': 'vscode-chat' },
    sent: '{"model":"gpt-5.9","input":"hi"}',
  },
  {
    what: 'Cohere: chat goes to its own API',
    model: `{ name: command-a, provider: cohere, params: { apiKey: k, baseUrl: "$UPSTREAM" } }`,
    path: chat,
    body: chatHi('command-a'),
    url: '/v2/chat',
    sent: JSON.stringify({ model: 'command-a', messages: [hi] }),
  },
  {
    what: 'Mistral: a translated request in its dialect',
    model: `{ name: mistral-large, provider: mistral, params: { apiKey: k, baseUrl: "$UPSTREAM" } }`,
    path: '/v1/messages',
    body: claudeHi('mistral-large', { metadata: { user_id: 'u' } }),
    url: '/v1/chat/completions',
    sent: JSON.stringify({ model: 'mistral-large', max_tokens: 9, messages: [hi] }),
  },
  {
    what: 'a custom provider: native Messages before chat, at its own path',
    model: `{ name: own, provider: { custom: { formats: [{ type: completions }, { type: messages, path: /anthropic/messages }] } }, params: { apiKey: k, baseUrl: "$UPSTREAM" } }`,
    path: '/v1beta/models/own:generateContent',
    body: { contents: [{ parts: [{ text: 'hi' }] }], generationConfig: { maxOutputTokens: 9 } },
    url: '/anthropic/messages',
    sent: JSON.stringify({ model: 'own', max_tokens: 9, messages: [{ role: 'user', content: text }] }),
  },
  {
    what: 'a model that knows only Responses gets them from a chat',
    model: `{ name: only-responses, provider: openAI, formats: [{ type: responses }], params: { apiKey: k, baseUrl: "$UPSTREAM" } }`,
    path: '/v1/messages',
    body: claudeHi('only-responses'),
    url: '/v1/responses',
    sent: JSON.stringify({
      model: 'only-responses',
      store: false,
      include: ['reasoning.encrypted_content'],
      max_output_tokens: 16,
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
    }),
  },
  {
    what: "without a key of the gateway's, the client's goes to where the provider looks for it",
    model: `{ name: claude-own-key, provider: anthropic, auth: { passthrough: {} }, params: { baseUrl: "$UPSTREAM" } }`,
    path: chat,
    headers: { authorization: 'Bearer sk-ant-client', origin: 'https://page.example' },
    body: chatHi('claude-own-key', { max_tokens: 9 }),
    url: '/v1/messages',
    fields: { 'x-api-key': 'sk-ant-client', authorization: undefined, origin: undefined },
    sent: JSON.stringify({ model: 'claude-own-key', max_tokens: 9, messages: [{ role: 'user', content: text }] }),
  },
  {
    what: 'a custom provider of generateContent has the paths of Gemini below its base path',
    model: `{ name: tunedModels/mine, provider: { custom: { formats: [{ type: generateContent }] } }, params: { apiKey: k, baseUrl: "$UPSTREAM/proxy" } }`,
    path: '/v1beta/tunedModels/mine:generateContent',
    body: { contents: [] },
    url: '/proxy/v1beta/tunedModels/mine:generateContent',
    sent: '{"contents":[]}',
  },
  {
    what: 'Gemini behind a proxy keeps its version below the base path',
    model: `{ name: gemini-proxied, provider: gemini, params: { apiKey: k, baseUrl: "$UPSTREAM/google/" } }`,
    path: '/v1beta/models/gemini-proxied:countTokens',
    body: { contents: [] },
    url: '/google/v1beta/models/gemini-proxied:countTokens',
    sent: '{"contents":[]}',
  },
  {
    what: 'Claude on Foundry behind a proxy, outside of the project',
    model: `{ name: claude-p, provider: azure, params: { azureResourceType: foundry, azureProjectName: p, apiKey: k, baseUrl: "$UPSTREAM/azure" } }`,
    path: '/v1/messages/count_tokens',
    body: { model: 'claude-p', messages: [hi] },
    url: '/azure/anthropic/v1/messages/count_tokens',
    sent: JSON.stringify({ model: 'claude-p', messages: [hi] }),
  },
  {
    what: 'passed through as it is, whatever configuration says of requests',
    model: `{ name: raw, provider: openAI, passthrough: opaque, overrides: { temperature: 0 }, params: { apiKey: k, baseUrl: "$UPSTREAM/api/v7" } }`,
    path: '/v1/messages',
    body: claudeHi('raw'),
    url: '/api/v7/messages',
    sent: JSON.stringify(claudeHi('raw')),
  },
];

let upstream: Upstream;
let gateway: TestGateway;

before(async () => {
  upstream = await startUpstream((_request, response) => {
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"seen"}}');
  });
  const models = cases.map(({ model }) => `  - ${model.replaceAll('$UPSTREAM', `http://${upstream.host}`)}`).join('\n');
  const signed = `  - { name: signed, provider: bedrock, params: { model: "arn:aws:bedrock:eu-west-3:1:profile/x", awsRegion: eu-west-3, baseUrl: "http://${upstream.host}" }, auth: { aws: { accessKeyId: AKID, secretAccessKey: s } } }`;
  const yaml = `config: { logging: { format: json } }\ngateways: { default: { port: $PORT } }\nllm:\n  models:\n${models}\n${signed}\n`;
  gateway = await startGateway({ yaml });
});

after(async () => {
  await gateway.close();
  await upstream.close();
});

async function post(path: string, headers: Readonly<Record<string, string>>, body: object): Promise<Response> {
  return await fetch(`http://127.0.0.1:${gateway.port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

async function ask({ path, headers = {}, body }: Case): Promise<SeenRequest & { readonly dropped: string | null }> {
  const count = upstream.requests.length;
  const response = await post(path, headers, body);
  const answer = await response.text();
  assert.equal(upstream.requests.length, count + 1, answer);
  return { ...(await upstream.request(count + 1)), dropped: response.headers.get('x-waygate-dropped') };
}

for (const one of cases) {
  test(one.what, async () => {
    const seen = await ask(one);
    assert.equal(seen.url, one.url);
    for (const [name, value] of Object.entries(one.fields ?? {})) assert.equal(seen.headers[name], value, name);
    assert.equal(seen.body.toString(), one.sent);
    if (one.dropped !== undefined) assert.equal(seen.dropped, one.dropped);
  });
}

test('Bedrock: AWS keys sign for the region of the file', async () => {
  const count = upstream.requests.length;
  await (await post(chat, {}, chatHi('signed'))).text();
  const seen = await upstream.request(count + 1);
  assert.match(seen.headers.authorization ?? '', /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-3\/bedrock\//);
  assert.equal(seen.url, '/model/arn%3Aaws%3Abedrock%3Aeu-west-3%3A1%3Aprofile%2Fx/converse');
});

for (const [path, body, shape] of [
  [chat, chatHi('gem/../secret'), (answer: { error: { param: string } }) => answer.error.param === 'model'],
  ['/v1/messages', claudeHi('gem/a?b'), (answer: { type: string }) => answer.type === 'error'],
] as const) {
  test(`a name that would change the path is refused in the shape of ${path}`, async () => {
    const count = upstream.requests.length;
    const response = await post(path, {}, body);
    assert.equal(response.status, 400);
    assert.ok(shape((await response.json()) as never));
    assert.equal(upstream.requests.length, count);
  });
}

test('what a translation leaves out is named in the answer and in the access log', async () => {
  const lines = (await gateway.rawLog()).split('\n').length;
  const response = await post('/v1/messages', {}, claudeHi('mistral-large', { metadata: { user_id: 'u' } }));
  await response.text();
  assert.equal(response.headers.get('x-waygate-dropped'), 'metadata.user_id');
  const all = await gateway.lines(lines);
  assert.equal(all.at(-1)?.['waygate.llm.dropped'], 'metadata.user_id');
});
