import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toJsonText } from '../../expr/cel/output.ts';
import { compileCel } from '../../expr/cel/program.ts';
import { contexts } from '../../expr/variables.ts';
import type { LlmRequestSettings, LlmRouteType } from '../../model/llm.ts';
import { modelFacts } from '../models/table.ts';
import { readLlmBody } from './body.ts';
import { BodyDraft } from './draft.ts';
import { compileRequestSteps, type CompileMember } from './steps.ts';

const compile: CompileMember = (source) => {
  const program = compileCel(source, contexts.llmRequest);
  return (attributes) => {
    const text = toJsonText(program.evaluate(attributes));
    return typeof text === 'string' ? text : undefined;
  };
};

const attributes = { get: (root: string): unknown => (root === 'jwt' ? { sub: 'alice' } : undefined) };

type Settings = Partial<Record<keyof LlmRequestSettings, object>>;

function draftOf(text: string): BodyDraft {
  const body = readLlmBody(Buffer.from(text));
  assert(typeof body !== 'string');
  return BodyDraft.ofBody(body);
}

function steps(settings: Settings): ReturnType<typeof compileRequestSteps> {
  const maps = ['overrides', 'transformations', 'defaults', 'finalTransformations'] as const;
  const full = Object.fromEntries(maps.map((name) => [name, new Map(Object.entries(settings[name] ?? {}))]));
  return compileRequestSteps({ ...settings, ...full } as unknown as LlmRequestSettings, compile);
}

function prepared(text: string, settings: Settings, type: LlmRouteType = 'completions'): string {
  const draft = draftOf(text);
  steps(settings).prepare(draft, type, attributes);
  return draft.bytes().toString();
}

function finished(text: string, settings: Settings, type: LlmRouteType, model = 'claude-opus-4-6'): string {
  const draft = draftOf(text);
  steps(settings).finish(draft, type, attributes, modelFacts(model));
  return draft.bytes().toString();
}

test('a body that needs no change is sent as the same buffer', () => {
  const bytes = Buffer.from('{"model":"a", "x":1.0}');
  const body = readLlmBody(bytes);
  assert(typeof body !== 'string');
  const draft = BodyDraft.ofBody(body);
  steps({}).prepare(draft, 'completions', attributes);
  assert.equal(draft.bytes(), bytes);
});

test('only the members that configuration changes are rewritten', () => {
  const text = '{"model": "m",\n "n":1.0, "temperature":2, "messages":[{"role":"user","content":"\\u00e9"}] }';
  assert.equal(
    prepared(text, { defaults: { temperature: 0, top_p: 0.5 }, overrides: { n: 1, user: 'u' } }),
    '{"model": "m",\n "n":1, "temperature":2, "messages":[{"role":"user","content":"\\u00e9"}],"user":"u","top_p":0.5 }',
  );
});

test('an override wins over a default, and a default does not replace a null of the client', () => {
  assert.equal(prepared('{"a":1}', { defaults: { x: 1 }, overrides: { x: 2 } }), '{"a":1,"x":2}');
  assert.equal(prepared('{"stop":null}', { defaults: { stop: 'x' } }), '{"stop":null}');
});

test('transformations see the request with its overrides, other variables, and each other', () => {
  const settings = {
    overrides: { n: 2 },
    transformations: {
      model: 'llmRequest.model.stripPrefix("groq/")',
      user: 'jwt.sub',
      seed: 'llmRequest.n * 10',
      metadata: '{"model": llmRequest.model}',
    },
  };
  assert.equal(
    prepared('{"model":"groq/llama","n":1,"messages":[1.0]}', settings),
    '{"model":"llama","n":2,"messages":[1.0],"user":"alice","seed":20,"metadata":{"model":"llama"}}',
  );
});

test('a transformation that fails takes the member out, and then a default may set it', () => {
  const transformations = { user: 'llmRequest.nobody', seed: 'jwt.email' };
  assert.equal(prepared('{"user":"u","a":1,"seed":3}', { transformations, defaults: { seed: 7 } }), '{"a":1,"seed":7}');
});

test('requests of no known format have only their model computed', () => {
  const draft = draftOf('{"model":"x/dall-e","n":1}');
  steps({
    overrides: { temperature: 0 },
    transformations: { model: 'llmRequest.model.stripPrefix("x/")', user: 'jwt.sub' },
  }).prepareModel(draft, attributes);
  assert.equal(draft.bytes().toString(), '{"model":"dall-e","n":1}');
});

test('a name that stands twice is seen, in any spelling', () => {
  assert.equal(draftOf('{"model":"a","x":{"model":"b"}}').repeats('model'), false);
  assert.equal(draftOf('{"mod\\u0065l":"a","model":"b"}').repeats('model'), true);
  const twice = draftOf('{"model":"big","model":"small"}');
  twice.set('model', 'small');
  assert.equal(twice.bytes().toString(), '{"model":"small","model":"small"}');
});

const prompts = {
  prepend: [
    { role: 'system', content: 'be kind' },
    { role: 'user', content: 'before' },
  ],
  append: [{ role: 'assistant', content: 'after' }],
};

for (const [type, body, expected] of [
  [
    'completions',
    '{"messages":[ {"role":"user","content":"hi", "x":1.0} ]}',
    '{"messages":[{"role":"system","content":"be kind"},{"role":"user","content":"before"},{"role":"user","content":"hi", "x":1.0},{"role":"assistant","content":"after"}]}',
  ],
  [
    'responses',
    '{"input":"hi"}',
    '{"input":[{"role":"system","content":"be kind"},{"role":"user","content":"before"},{"role":"user","content":"hi"},{"role":"assistant","content":"after"}]}',
  ],
  [
    'messages',
    '{"system":"mine","messages":[]}',
    '{"system":[{"type":"text","text":"be kind"},{"type":"text","text":"mine"}],"messages":[{"role":"user","content":"before"},{"role":"assistant","content":"after"}]}',
  ],
  [
    'anthropicTokenCount',
    '{"messages":[{"role":"user","content":"hi"}]}',
    '{"messages":[{"role":"user","content":"before"},{"role":"user","content":"hi"},{"role":"assistant","content":"after"}],"system":[{"type":"text","text":"be kind"}]}',
  ],
  [
    'generateContent',
    '{"systemInstruction":{"parts":[{"text":"mine"}]},"contents":[{"role":"user","parts":[{"text":"hi"}]}]}',
    '{"systemInstruction":{"parts":[{"text":"be kind"},{"text":"mine"}]},"contents":[{"role":"user","parts":[{"text":"before"}]},{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"after"}]}]}',
  ],
  ['embeddings', '{"input":"hi"}', '{"input":"hi"}'],
] as const) {
  test(`configured messages go around the prompt of ${type}`, () => {
    assert.equal(prepared(body, { prompts }, type), expected);
  });
}

const caching = { system: true, messages: true, tools: true, minTokens: 0, messageOffset: 0 };
const mark = '"cache_control":{"type":"ephemeral"}';
const point = '{"cachePoint":{"type":"default"}}';

for (const [what, type, spec, body, expected] of [
  [
    'Anthropic: the last tool, the instructions and the last message',
    'messages',
    caching,
    '{"tools":[{"name":"a"}, {"name":"b"}],"system":"s","messages":[{"role":"user","content":"1"},{"role":"user","content":"2"}]}',
    `{"tools":[{"name":"a"}, {"name":"b",${mark}}],"system":[{"type":"text","text":"s",${mark}}],"messages":[{"role":"user","content":"1"},{"role":"user","content":[{"type":"text","text":"2",${mark}}]}]}`,
  ],
  [
    'Anthropic: an earlier message, at a block that may carry a mark, other bytes untouched',
    'messages',
    { ...caching, messageOffset: 1 },
    '{"messages":[{"content":[{"type":"text", "text":"x"},{"type":"thinking"}],"role":"assistant"},{"n":1.0}]}',
    `{"messages":[{"content":[{"type":"text", "text":"x",${mark}},{"type":"thinking"}],"role":"assistant"},{"n":1.0}]}`,
  ],
  [
    'nothing where the client marks its own',
    'messages',
    caching,
    `{"system":"s","messages":[{"content":[{"text":"x",${mark}}]}]}`,
    `{"system":"s","messages":[{"content":[{"text":"x",${mark}}]}]}`,
  ],
  [
    'nothing below the least number of tokens',
    'messages',
    { ...caching, minTokens: 1024 },
    '{"system":"s","messages":[]}',
    '{"system":"s","messages":[]}',
  ],
  [
    'Bedrock: after tools, instructions and the last message',
    'converse',
    caching,
    '{"toolConfig":{"tools":[{"toolSpec":{}}],"toolChoice":{"auto":{}}},"system":[{"text":"s"}],"messages":[{"role":"user","content":[{"text":"x"}]}]}',
    `{"toolConfig":{"tools":[{"toolSpec":{}},${point}],"toolChoice":{"auto":{}}},"system":[{"text":"s"},${point}],"messages":[{"role":"user","content":[{"text":"x"},${point}]}]}`,
  ],
  [
    'nothing for providers that cache by themselves',
    'completions',
    caching,
    '{"messages":[{"role":"user","content":"x"}]}',
    '{"messages":[{"role":"user","content":"x"}]}',
  ],
] as const) {
  test(`cache points: ${what}`, () => {
    assert.equal(finished(body, { promptCaching: spec }, type), expected);
  });
}

test('models of Bedrock without a cache get no cache points', () => {
  const body = '{"system":[{"text":"s"}],"messages":[]}';
  assert.equal(finished(body, { promptCaching: caching }, 'converse', 'meta.llama3-70b'), body);
});

test('final transformations see the request as the provider will', () => {
  const finalTransformations = { inferenceConfig: '{"maxTokens": llmRequest.inferenceConfig.maxTokens + 1}' };
  assert.equal(
    finished('{"inferenceConfig":{"maxTokens":1},"x":1}', { finalTransformations }, 'converse'),
    '{"inferenceConfig":{"maxTokens":2},"x":1}',
  );
});
