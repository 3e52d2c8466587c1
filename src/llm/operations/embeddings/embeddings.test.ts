import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../../net/http/headers.ts';
import { Drops, LlmBadRequest, type UnsupportedMode } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { validateRequest, type ValidationTarget } from '../../testing/validate.ts';
import type { OperationExchange, UpstreamReply } from '../operation-exchange.ts';
import { bedrockEmbeddings } from './bedrock.ts';
import type { EmbeddingsDialect } from './dialect.ts';
import { geminiEmbeddings } from './gemini.ts';
import { planEmbeddings } from './plan.ts';
import { vertexEmbeddings } from './vertex.ts';

const titan = 'amazon.titan-embed-text-v2:0';
const cohere = 'cohere.embed-english-v3';
const cohere4 = 'us.cohere.embed-v4:0';
const nova = 'amazon.nova-2-multimodal-embeddings-v1:0';
const gecko = 'text-embedding-005';

function plan(
  dialect: EmbeddingsDialect,
  model: string,
  body: JsonObject,
  mode: UnsupportedMode = 'reject',
): OperationExchange & { drops: Drops } {
  const drops = new Drops(mode);
  return { ...planEmbeddings({ model: 'client-name', ...body }, model, dialect, drops), drops };
}

function reply(body: JsonObject, ...fields: string[]): UpstreamReply {
  return { body, headers: new HeaderList(fields) };
}

for (const [dialect, model, body, target, expected] of [
  [bedrockEmbeddings, titan, {}, 'bedrockTitanEmbed', { inputText: 'a' }],
  [bedrockEmbeddings, titan, { dimensions: 256 }, 'bedrockTitanEmbed', { inputText: 'a', dimensions: 256 }],
  [bedrockEmbeddings, cohere, {}, 'bedrockCohereEmbed', { texts: ['a'], input_type: 'search_document' }],
  [
    bedrockEmbeddings,
    cohere4,
    { dimensions: 512, input_type: 'search_query' },
    'bedrockCohereEmbed',
    { texts: ['a'], input_type: 'search_query', embedding_types: ['float'], output_dimension: 512 },
  ],
  [
    bedrockEmbeddings,
    nova,
    { dimensions: 1024, input_type: 'search_query' },
    'bedrockNovaEmbed',
    {
      schemaVersion: 'nova-multimodal-embed-v1',
      taskType: 'SINGLE_EMBEDDING',
      singleEmbeddingParams: {
        embeddingPurpose: 'GENERIC_RETRIEVAL',
        embeddingDimension: 1024,
        text: { truncationMode: 'END', value: 'a' },
      },
    },
  ],
  [
    geminiEmbeddings,
    'gemini-embedding-001',
    { dimensions: 768, input_type: 'search_document' },
    'geminiBatchEmbed',
    {
      requests: [
        {
          model: 'models/gemini-embedding-001',
          content: { parts: [{ text: 'a' }] },
          taskType: 'RETRIEVAL_DOCUMENT',
          outputDimensionality: 768,
        },
      ],
    },
  ],
  [
    vertexEmbeddings,
    gecko,
    { dimensions: 256, task_type: 'QUESTION_ANSWERING' },
    'vertexTextEmbed',
    { instances: [{ content: 'a', task_type: 'QUESTION_ANSWERING' }], parameters: { outputDimensionality: 256 } },
  ],
] as const satisfies readonly (readonly [EmbeddingsDialect, string, JsonObject, ValidationTarget, JsonObject])[]) {
  test(`${model} is asked in its own words: ${JSON.stringify(body)}`, () => {
    const { bodies } = plan(dialect, model, { input: 'a', ...body });
    assert.deepEqual(bodies, [expected]);
    assert.deepEqual(validateRequest(target, bodies[0]), []);
  });
}

test('several texts are as many requests as the model needs, in order', () => {
  const input = Array.from({ length: 260 }, (_, i) => `text ${i}`);
  assert.equal(plan(bedrockEmbeddings, titan, { input }).bodies.length, 260);
  assert.equal(plan(bedrockEmbeddings, cohere, { input }).bodies.length, 3);
  assert.equal(plan(geminiEmbeddings, 'gemini-embedding-001', { input }).bodies.length, 3);
  assert.equal(plan(vertexEmbeddings, gecko, { input }).bodies.length, 2);
  assert.equal(plan(vertexEmbeddings, 'gemini-embedding-001', { input }).bodies.length, 260);
  assert.deepEqual(plan(bedrockEmbeddings, titan, { input }).bodies[259], { inputText: 'text 259' });
});

for (const [what, dialect, model, replies, tokens] of [
  [
    'Titan',
    bedrockEmbeddings,
    titan,
    [
      reply({ embedding: [1, 2], inputTextTokenCount: 3 }),
      reply({ embedding: [3, 4], inputTextTokenCount: 9 }, 'x-amzn-bedrock-input-token-count', '4'),
    ],
    7,
  ],
  [
    'Cohere',
    bedrockEmbeddings,
    cohere,
    [
      reply(
        {
          embeddings: [
            [1, 2],
            [3, 4],
          ],
          response_type: 'embeddings_floats',
        },
        'x-amzn-bedrock-input-token-count',
        '5',
      ),
    ],
    5,
  ],
  [
    'Cohere 4',
    bedrockEmbeddings,
    cohere4,
    [
      reply(
        {
          embeddings: {
            float: [
              [1, 2],
              [3, 4],
            ],
          },
        },
        'x-amzn-bedrock-input-token-count',
        '5',
      ),
    ],
    5,
  ],
  [
    'Nova',
    bedrockEmbeddings,
    nova,
    [
      reply({ embeddings: [{ embeddingType: 'TEXT', embedding: [1, 2] }] }, 'x-amzn-bedrock-input-token-count', '1'),
      reply({ embeddings: [{ embeddingType: 'TEXT', embedding: [3, 4] }] }, 'x-amzn-bedrock-input-token-count', '1'),
    ],
    2,
  ],
  [
    'Gemini',
    geminiEmbeddings,
    'gemini-embedding-001',
    [reply({ embeddings: [{ values: [1, 2] }, { values: [3, 4] }], usageMetadata: { promptTokenCount: 6 } })],
    6,
  ],
  [
    'Vertex',
    vertexEmbeddings,
    gecko,
    [
      reply({
        predictions: [
          { embeddings: { values: [1, 2], statistics: { token_count: 2, truncated: false } } },
          { embeddings: { values: [3, 4], statistics: { token_count: 3, truncated: false } } },
        ],
      }),
    ],
    5,
  ],
] as const) {
  test(`answers of ${what} become one list with its tokens`, () => {
    const { body, estimated } = plan(dialect, model, { input: ['a', 'b'] }).answer(replies);
    assert.deepEqual(body, {
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [1, 2] },
        { object: 'embedding', index: 1, embedding: [3, 4] },
      ],
      model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
    assert.equal(estimated, false);
  });
}

test('base64 is what OpenAI clients decode', () => {
  const { body } = plan(geminiEmbeddings, 'g', { input: 'a', encoding_format: 'base64' }).answer([
    reply({ embeddings: [{ values: [0.5, -2] }] }),
  ]);
  const text = (body['data'] as { embedding: string }[])[0]?.embedding ?? '';
  const bytes = Buffer.from(text, 'base64');
  assert.deepEqual([bytes.readFloatLE(0), bytes.readFloatLE(4)], [0.5, -2]);
});

test('tokens that nobody counted are an estimate and say so', () => {
  const { body, estimated } = plan(geminiEmbeddings, 'g', { input: 'twelve chars' }).answer([
    reply({ embeddings: [{ values: [1] }] }),
  ]);
  assert.equal(estimated, true);
  assert.deepEqual(body['usage'], { prompt_tokens: 3, total_tokens: 3 });
});

for (const [what, body, param] of [
  ['token ids', { input: [1, 2, 3] }, 'input'],
  ['lists of token ids', { input: [[1, 2]] }, 'input'],
  ['an empty text', { input: '' }, 'input'],
  ['no input', {}, 'input'],
  ['dimensions that are no number', { input: 'a', dimensions: 'x' }, 'dimensions'],
  ['an unknown encoding', { input: 'a', encoding_format: 'hex' }, 'encoding_format'],
  ['a member that the target does not know', { input: 'a', late_chunking: true }, 'late_chunking'],
  ['dimensions that the model has not', { input: 'a', dimensions: 3 }, 'dimensions'],
] as const) {
  test(`${what}: refused`, () => {
    const model = what.includes('model has not') ? cohere : titan;
    assert.throws(
      () => plan(bedrockEmbeddings, model, body),
      (error) => error instanceof LlmBadRequest && error.param === param,
    );
  });
}

test('what is left out is named', () => {
  const { drops } = plan(bedrockEmbeddings, titan, { input: 'a', user: 'u', late_chunking: true }, 'drop');
  assert.deepEqual(drops.paths, ['user', 'late_chunking']);
});

test('an answer that makes no sense is no answer', () => {
  const { answer } = plan(geminiEmbeddings, 'g', { input: ['a', 'b'] });
  assert.throws(() => answer([reply({ embeddings: [{ values: [1] }] })]), SyntaxError);
  assert.throws(() => answer([reply({})]), SyntaxError);
  assert.throws(() => answer([reply({ embeddings: [{ values: 'x' }] })]), SyntaxError);
});

test('errors are said in the shape of OpenAI', () => {
  const { error } = plan(bedrockEmbeddings, titan, { input: 'a' });
  assert.deepEqual(error(429, '{"message":"Too many requests"}'), {
    error: { message: 'Too many requests', type: 'rate_limit_error', param: null, code: null },
  });
});
