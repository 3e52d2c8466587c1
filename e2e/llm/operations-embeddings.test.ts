import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { CohereClient, CohereClientV2 } from 'cohere-ai';
import OpenAI from 'openai';
import { validateRequest } from '../../src/llm/testing/validate.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Answer, type SeenRequest, type Upstream } from '../../testkit/upstream.ts';

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

async function upstream(
  t: TestContext,
  answer: (request: SeenRequest) => unknown,
  fields: Record<string, string> = {},
): Promise<Upstream> {
  const reply: Answer = (request, response) => {
    const body = answer(request);
    const failed = typeof body === 'object' && body !== null && 'failed' in body;
    response.writeHead(failed ? Number(body.failed) : 200, { 'content-type': 'application/json', ...fields });
    response.end(JSON.stringify(body));
  };
  const started = await startUpstream(reply);
  t.after(() => started.close());
  return started;
}

const openai = ({ port }: TestGateway): OpenAI =>
  new OpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 });

const sent = (request: SeenRequest | undefined): Record<string, unknown> =>
  JSON.parse(request?.body.toString() ?? '{}') as Record<string, unknown>;

const bedrock = (url: string): string => `
  - name: embed
    provider: bedrock
    params: { awsRegion: eu-central-1, baseUrl: "${url}", model: "amazon.titan-embed-text-v2:0" }
    auth: { aws: { accessKeyId: GATEWAYKEY, secretAccessKey: gateway-secret } }
  - name: rerank
    provider: bedrock
    params: { awsRegion: eu-central-1, baseUrl: "${url}", model: "cohere.rerank-v3-5:0" }
    auth: { aws: { accessKeyId: GATEWAYKEY, secretAccessKey: gateway-secret } }`;

test('several texts become several requests to a Bedrock model that takes one, each signed, their tokens added', async (t) => {
  const up = await upstream(t, (request) => {
    const { inputText } = sent(request);
    return { embedding: [Number(inputText), 0.5], inputTextTokenCount: 2 };
  });
  const gateway = await start(t, bedrock(`http://${up.host}`));
  const input = Array.from({ length: 9 }, (_, i) => String(i));
  const answer = await openai(gateway).embeddings.create({ model: 'embed', input, dimensions: 256 });
  assert.deepEqual(
    answer.data.map(({ embedding, index }) => [...embedding, index]),
    input.map((_, i) => [i, 0.5, i]),
  );
  assert.equal(answer.usage.total_tokens, 18);
  assert.equal(up.requests.length, 9);
  for (const request of up.requests) {
    assert.equal(request.url, '/model/amazon.titan-embed-text-v2%3A0/invoke');
    assert.match(request.headers.authorization ?? '', /Credential=GATEWAYKEY/);
    assert.equal(sent(request)['dimensions'], 256);
  }
  const [line] = await gateway.lines(1);
  assert.equal(line?.['gen_ai.operation.name'], 'embeddings');
  assert.equal(line['gen_ai.usage.input_tokens'], 18);
});

test('one of several requests that fails is the answer, in the shape of the client', async (t) => {
  const up = await upstream(t, (request) =>
    sent(request)['inputText'] === '3'
      ? { failed: 429, message: 'slow down' }
      : { embedding: [1], inputTextTokenCount: 1 },
  );
  const gateway = await start(t, bedrock(`http://${up.host}`));
  const client = openai(gateway);
  const input = Array.from({ length: 20 }, (_, i) => String(i));
  await assert.rejects(client.embeddings.create({ model: 'embed', input }), (error) => {
    assert(error instanceof OpenAI.RateLimitError);
    assert.match(error.message, /slow down/);
    return true;
  });
  const [line] = await gateway.lines(1);
  const counted = Number(line?.['gen_ai.usage.input_tokens']);
  // The first is answered before any other is sent; those that are under way with the one that fails may be.
  assert.ok(counted >= 1 && counted < up.requests.length, String(counted));
  await assert.rejects(client.embeddings.create({ model: 'embed', input: [[1, 2]] }), (error) => {
    assert(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, 'input');
    return true;
  });
});

test('a client that leaves ends all requests that were made for it', async (t) => {
  const up = await startUpstream((request, response) => {
    if (sent(request)['inputText'] !== '0') return;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"embedding":[1],"inputTextTokenCount":1}');
  });
  t.after(() => up.close());
  const gateway = await start(t, bedrock(`http://${up.host}`));
  const controller = new AbortController();
  const input = Array.from({ length: 9 }, (_, i) => String(i));
  const asked = openai(gateway).embeddings.create({ model: 'embed', input }, { signal: controller.signal });
  await up.request(5);
  controller.abort();
  await assert.rejects(asked, OpenAI.APIUserAbortError);
  const [line] = await gateway.lines(1);
  assert.equal(line?.['gen_ai.usage.input_tokens'], 1);
  assert.equal(up.requests.length, 5);
});

test('an answer that makes no sense is an error of the upstream', async (t) => {
  const up = await upstream(t, () => ({ nothing: true }));
  const client = openai(await start(t, bedrock(`http://${up.host}`)));
  await assert.rejects(client.embeddings.create({ model: 'embed', input: 'a' }), { status: 502 });
});

test('Gemini is asked in batches of its own API', async (t) => {
  const up = await upstream(t, (request) => ({
    embeddings: (sent(request)['requests'] as unknown[]).map((_, i) => ({ values: [i, 1] })),
  }));
  const gateway = await start(
    t,
    `
  - name: gemini-embedding-001
    provider: gemini
    params: { baseUrl: "http://${up.host}/v1beta", apiKey: AIzaKey }`,
  );
  const { data, response } = await openai(gateway)
    .embeddings.create({ model: 'gemini-embedding-001', input: ['a', 'b'], user: 'u' })
    .withResponse();
  assert.deepEqual(
    data.data.map(({ embedding }) => [...embedding]),
    [
      [0, 1],
      [1, 1],
    ],
  );
  assert.equal(up.requests[0]?.url, '/v1beta/models/gemini-embedding-001:batchEmbedContents');
  assert.deepEqual(validateRequest('geminiBatchEmbed', sent(up.requests[0])), []);
  assert.equal(up.requests[0].headers['x-goog-api-key'], 'AIzaKey');
  assert.equal(response.headers.get('x-waygate-token-estimate'), 'true');
  assert.equal(response.headers.get('x-waygate-dropped'), 'user');
  const [line] = await gateway.lines(1);
  assert.equal(line?.['waygate.llm.dropped'], 'user');
  assert.equal(line['waygate.llm.estimated'], true);
});

test('Vertex AI is asked through predict, and its ranking API through rank', async (t) => {
  const up = await upstream(t, (request) =>
    request.url.endsWith(':rank')
      ? {
          records: [
            { id: '1', score: 0.9 },
            { id: '0', score: 0.1 },
          ],
        }
      : { predictions: [{ embeddings: { values: [1, 2], statistics: { token_count: 3 } } }] },
  );
  const gateway = await start(
    t,
    ['text-embedding-005', 'semantic-ranker-default@latest']
      .map(
        (name) => `
  - name: "${name}"
    provider: vertex
    params: { vertexProject: p1, vertexRegion: europe-west4, baseUrl: "http://${up.host}" }
    auth: { key: { value: token } }`,
      )
      .join(''),
  );
  const answer = await openai(gateway).embeddings.create({ model: 'text-embedding-005', input: 'a' });
  assert.deepEqual([...(answer.data[0]?.embedding ?? [])], [1, 2]);
  assert.equal(answer.usage.prompt_tokens, 3);
  assert.equal(
    up.requests[0]?.url,
    '/v1/projects/p1/locations/europe-west4/publishers/google/models/text-embedding-005:predict',
  );
  const cohere = new CohereClientV2({ token: 'k', environment: `http://127.0.0.1:${gateway.port}` });
  const ranked = await cohere.rerank({ model: 'semantic-ranker-default@latest', query: 'q', documents: ['a', 'b'] });
  assert.deepEqual(
    ranked.results.map(({ index, relevanceScore }) => [index, relevanceScore]),
    [
      [1, 0.9],
      [0, 0.1],
    ],
  );
  assert.equal(up.requests[1]?.url, '/v1/projects/p1/locations/global/rankingConfigs/default_ranking_config:rank');
});

test("Cohere's clients of both versions rerank through Bedrock", async (t) => {
  const up = await upstream(t, () => ({
    results: [
      { index: 0, relevance_score: 0.2 },
      { index: 1, relevance_score: 0.7 },
    ],
  }));
  const gateway = await start(t, bedrock(`http://${up.host}`));
  const environment = `http://127.0.0.1:${gateway.port}`;
  const ask = { model: 'rerank', query: 'q', topN: 1 };
  const two = await new CohereClientV2({ token: 'k', environment }).rerank({ ...ask, documents: ['a', 'b'] });
  assert.deepEqual(
    two.results.map(({ index }) => index),
    [1],
  );
  assert.equal(up.requests[0]?.url, '/model/cohere.rerank-v3-5%3A0/invoke');
  const one = await new CohereClient({ token: 'k', environment }).rerank({
    ...ask,
    documents: [{ text: 'a' }, { text: 'b' }],
    returnDocuments: true,
  });
  assert.equal(one.results[0]?.document?.text, 'b');
  await assert.rejects(
    new CohereClientV2({ token: 'k', environment, maxRetries: 0 }).rerank({ ...ask, documents: [] }),
    /documents must be/,
  );
});

test('Cohere itself is asked in the version that its client speaks', async (t) => {
  const up = await upstream(t, () => ({ results: [] }));
  const gateway = await start(
    t,
    `\n  - name: rerank\n    provider: cohere\n    params: { baseUrl: "http://${up.host}", apiKey: k }`,
  );
  const environment = `http://127.0.0.1:${gateway.port}`;
  const ask = { model: 'rerank', query: 'q', documents: ['a'] };
  await new CohereClient({ token: 'k', environment }).rerank({ ...ask, returnDocuments: true });
  await new CohereClientV2({ token: 'k', environment }).rerank(ask);
  assert.deepEqual(
    up.requests.map(({ url }) => url),
    ['/v1/rerank', '/v2/rerank'],
  );
  assert.equal(sent(up.requests[0])['return_documents'], true);
});

test('a compatible provider gets the bytes, the model alone rewritten', async (t) => {
  const up = await upstream(t, () => ({
    object: 'list',
    data: [],
    results: [],
    usage: { prompt_tokens: 2, total_tokens: 2 },
  }));
  const gateway = await start(
    t,
    `
  - name: own
    provider: { custom: { formats: [{ type: embeddings }, { type: rerank }] } }
    params: { baseUrl: "http://${up.host}/v1", model: real }`,
  );
  const post = (path: string, body: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${gateway.port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  assert.equal((await post('/v1/embeddings', '{ "model":"own", "input":[[1,2]], "n":1.0 }')).status, 200);
  assert.equal((await post('/v1/rerank', '{ "model":"own", "query":"q",  "documents":[] }')).status, 200);
  assert.deepEqual(
    up.requests.map(({ url, body }) => [url, body.toString()]),
    [
      ['/v1/embeddings', '{ "model":"real", "input":[[1,2]], "n":1.0 }'],
      ['/v1/rerank', '{ "model":"real", "query":"q",  "documents":[] }'],
    ],
  );
});
