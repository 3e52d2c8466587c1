import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatFormat, upstreamFormats } from '../formats/table.ts';
import { modelFacts } from '../models/table.ts';
import type { UnsupportedMode } from '../pivot/drops.ts';
import type { ClientFormat, JsonObject } from '../pivot/format.ts';
import { translateRequest } from './translation.ts';

type ClientName = 'completions' | 'responses' | 'messages' | 'generateContent' | 'legacyCompletions';
type UpstreamName = 'completions' | 'responses' | 'messages' | 'generateContent' | 'converse' | 'cohereChat';

const models: Readonly<Record<UpstreamName, string>> = {
  completions: 'gpt-4o',
  responses: 'o3',
  messages: 'claude-sonnet-4-5',
  generateContent: 'gemini-2.0-flash',
  converse: 'us.meta.llama3-3-70b-instruct-v1:0',
  cohereChat: 'command-r-08-2024',
};

function clientOf(name: ClientName): ClientFormat {
  const client = chatFormat(name);
  assert.ok(client !== null);
  return client;
}

function translated(client: ClientName, upstream: UpstreamName, body: JsonObject, mode: UnsupportedMode): unknown {
  const format = upstreamFormats.get(upstream);
  assert.ok(format !== undefined);
  return translateRequest(
    { client: clientOf(client), upstream: format },
    {
      body: { model: 'm', ...body },
      line: { model: client === 'generateContent' ? 'm' : null, stream: null },
      query: '',
    },
    { model: models[upstream], unsupported: mode, facts: modelFacts(models[upstream]), dialect: null, now: 0 },
  );
}

/** The refusal's `param`; null where the request was translated. */
function refusedParam(client: ClientName, upstream: UpstreamName, body: JsonObject): string | null {
  const told: string[] = [];
  const asked = translated(client, upstream, body, 'reject') as { readonly body?: JsonObject };
  if (asked.body === undefined) return null;
  const text = JSON.stringify(asked.body);
  for (const [, param = ''] of text.matchAll(/"(?:param|field)":"([^"]+)"/g)) told.push(param);
  // The Messages API has no place for it but the message, which begins with it.
  return told[0] ?? /"message":"(\S+?):? /.exec(text)?.[1] ?? null;
}

const png = 'iVBORw0KGgo=';
const image = `data:image/tiff;base64,${png}`;
const chat = (rest: JsonObject, ...parts: JsonObject[]): JsonObject => ({
  messages: [{ role: 'user', content: parts.length === 0 ? 'hi' : [{ type: 'text', text: 'hi' }, ...parts] }],
  ...rest,
});
const responses = (rest: JsonObject, ...parts: JsonObject[]): JsonObject => ({
  input: [{ role: 'user', content: parts.length === 0 ? 'hi' : [{ type: 'input_text', text: 'hi' }, ...parts] }],
  ...rest,
});
const messages = (rest: JsonObject, ...parts: JsonObject[]): JsonObject => ({ max_tokens: 9, ...chat(rest, ...parts) });
const gemini = (generationConfig: JsonObject, rest: JsonObject = {}, ...parts: JsonObject[]): JsonObject => ({
  contents: [{ role: 'user', parts: [{ text: 'hi' }, ...parts] }],
  ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
  ...rest,
});
const five = ['a', 'b', 'c', 'd', 'e', 'f'];
const badSchema = { type: 'array', items: {} };

/** A request of each client's, what target cannot take it, and the place in it that the refusal has to name. */
const cases: readonly (readonly [ClientName, UpstreamName, string, JsonObject])[] = [
  // Chat's own names, where there are two of them.
  ['completions', 'messages', 'seed', chat({ seed: 1 })],
  ['completions', 'messages', 'frequency_penalty', chat({ frequency_penalty: 1 })],
  ['completions', 'messages', 'presence_penalty', chat({ presence_penalty: 1 })],
  ['completions', 'messages', 'stop', chat({ stop: [' '] })],
  ['completions', 'messages', 'tool_choice', chat({ tool_choice: 'required' })],
  ['completions', 'messages', 'function_call', chat({ function_call: { name: 'f' } })],
  ['completions', 'messages', 'logit_bias', chat({ logit_bias: { 1: 1 } })],
  ['completions', 'messages', 'messages[0].content[1].image_url', chat({}, { type: 'image_url', image_url: image })],
  [
    'completions',
    'messages',
    'messages[0].content[1].input_audio',
    chat({}, { type: 'input_audio', input_audio: { data: png, format: 'wav' } }),
  ],
  ['completions', 'messages', 'messages[0].content[1].file', chat({}, { type: 'file', file: { file_id: 'file-1' } })],
  [
    'completions',
    'messages',
    'tools[1].function',
    chat({
      tools: [
        { type: 'function', function: { name: 'f' } },
        { type: 'function', function: { name: 'g', parameters: badSchema } },
      ],
    }),
  ],
  ['completions', 'messages', 'functions[0]', chat({ functions: [{ name: 'g', parameters: badSchema }] })],
  [
    'completions',
    'messages',
    'messages[1]',
    {
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'tool', tool_call_id: 'x', content: 'y' },
      ],
    },
  ],
  [
    'completions',
    'messages',
    'messages[1].tool_calls[0].function',
    {
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', tool_calls: [{ id: 'x', type: 'function', function: { name: 'f', arguments: '{}' } }] },
        { role: 'user', content: 'and?' },
      ],
    },
  ],
  ['completions', 'responses', 'stop', chat({ stop: 'x' })],
  ['completions', 'converse', 'top_k', chat({ top_k: 3 })],
  ['completions', 'generateContent', 'seed', chat({ seed: 2 ** 40 })],
  ['completions', 'cohereChat', 'presence_penalty', chat({ presence_penalty: 0.5, frequency_penalty: 0.5 })],

  ['responses', 'messages', 'input[0].content[1]', responses({}, { type: 'input_image', image_url: image })],
  ['responses', 'messages', 'input[0].content[1]', responses({}, { type: 'input_file', file_id: 'file-1' })],
  ['responses', 'messages', 'tool_choice', responses({ tool_choice: 'required' })],
  ['responses', 'messages', 'tools[0]', responses({ tools: [{ type: 'function', name: 'g', parameters: badSchema }] })],
  ['responses', 'messages', 'previous_response_id', responses({ previous_response_id: 'resp_1' })],
  [
    'responses',
    'messages',
    'input[1]',
    {
      input: [
        { role: 'user', content: 'a' },
        { type: 'function_call_output', call_id: 'x', output: 'y' },
      ],
    },
  ],
  [
    'responses',
    'converse',
    'text.format',
    responses({ text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' } } } }),
  ],
  ['responses', 'cohereChat', 'input[0].content[1]', responses({}, { type: 'input_image', image_url: image })],
  [
    'responses',
    'completions',
    'input[0].content[1]',
    responses({}, { type: 'input_file', file_url: 'https://e.test/a.pdf' }),
  ],

  ['messages', 'completions', 'top_k', messages({ top_k: 5 })],
  ['messages', 'completions', 'stop_sequences', messages({ stop_sequences: five })],
  [
    'messages',
    'completions',
    'messages[0].content[1]',
    messages({}, { type: 'image', source: { type: 'file', file_id: 'file_1' } }),
  ],
  ['messages', 'completions', 'tool_choice', messages({ tool_choice: { type: 'any' } })],
  ['messages', 'responses', 'stop_sequences', messages({ stop_sequences: ['x'] })],
  ['messages', 'responses', 'temperature', messages({ temperature: 0.2 })],
  ['messages', 'responses', 'top_p', messages({ top_p: 0.2 })],
  ['messages', 'converse', 'top_k', messages({ top_k: 5 })],
  [
    'messages',
    'converse',
    'output_config.format',
    messages({ output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } }),
  ],
  ['messages', 'generateContent', 'stop_sequences', messages({ stop_sequences: five })],
  [
    'messages',
    'generateContent',
    'messages[0].content[1]',
    messages({}, { type: 'image', source: { type: 'base64', media_type: 'image/tiff', data: png } }),
  ],
  [
    'messages',
    'cohereChat',
    'messages[0].content[1]',
    messages({}, { type: 'document', source: { type: 'url', url: 'https://e.test/a.pdf' } }),
  ],

  ['generateContent', 'completions', 'generationConfig.topK', gemini({ topK: 5 })],
  ['generateContent', 'completions', 'generation_config.top_k', { ...gemini({}), generation_config: { top_k: 5 } }],
  ['generateContent', 'completions', 'generationConfig.stopSequences', gemini({ stopSequences: five })],
  ['generateContent', 'messages', 'generationConfig.seed', gemini({ seed: 1 })],
  ['generateContent', 'messages', 'generationConfig.frequencyPenalty', gemini({ frequencyPenalty: 1 })],
  ['generateContent', 'messages', 'generationConfig.presencePenalty', gemini({ presencePenalty: 1 })],
  ['generateContent', 'responses', 'generationConfig.temperature', gemini({ temperature: 0.2 })],
  ['generateContent', 'responses', 'generationConfig.topP', gemini({ topP: 0.2 })],
  ['generateContent', 'responses', 'generationConfig.topK', gemini({ topK: 2 })],
  ['generateContent', 'responses', 'generationConfig.stopSequences', gemini({ stopSequences: ['a'] })],
  [
    'generateContent',
    'converse',
    'generationConfig.responseSchema',
    gemini({ responseMimeType: 'application/json', responseSchema: { type: 'OBJECT' } }),
  ],
  [
    'generateContent',
    'messages',
    'toolConfig.functionCallingConfig',
    gemini({}, { toolConfig: { functionCallingConfig: { mode: 'ANY' } } }),
  ],
  [
    'generateContent',
    'messages',
    'tools[0].functionDeclarations[1]',
    gemini({}, { tools: [{ functionDeclarations: [{ name: 'f' }, { name: 'g', parametersJsonSchema: badSchema }] }] }),
  ],
  [
    'generateContent',
    'messages',
    'contents[0].parts[1].inlineData',
    gemini({}, {}, { inlineData: { mimeType: 'image/tiff', data: png } }),
  ],
  [
    'generateContent',
    'messages',
    'contents[0].parts[1].inlineData',
    gemini({}, {}, { inlineData: { mimeType: 'audio/wav', data: png } }),
  ],
  [
    'generateContent',
    'completions',
    'contents[0].parts[1].fileData',
    gemini({}, {}, { fileData: { mimeType: 'application/pdf', fileUri: 'https://e.test/a.pdf' } }),
  ],
  [
    'generateContent',
    'cohereChat',
    'contents[0].parts[1].inlineData',
    gemini({}, {}, { inlineData: { mimeType: 'image/png', data: png } }),
  ],
  ['generateContent', 'messages', 'generationConfig.candidateCount', gemini({ candidateCount: 2 })],
  [
    'generateContent',
    'messages',
    'contents[1].parts[0].functionCall',
    {
      contents: [
        { role: 'user', parts: [{ text: 'a' }] },
        { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
        { role: 'user', parts: [{ text: 'b' }] },
      ],
    },
  ],

  ['legacyCompletions', 'messages', 'seed', { prompt: 'a', seed: 1 }],
  ['legacyCompletions', 'messages', 'suffix', { prompt: 'a', suffix: 'b' }],
];

for (const [client, upstream, param, body] of cases) {
  test(`${client} before ${upstream}: a refusal names ${param}`, () => {
    assert.equal(refusedParam(client, upstream, body), param);
    // Where it may be left out, it is named the same.
    const asked = translated(client, upstream, body, 'drop') as { readonly dropped?: readonly string[] };
    if (asked.dropped !== undefined) assert.ok(asked.dropped.includes(param), String(asked.dropped));
  });
}

test('a refusal of a part says what is wrong with it', () => {
  const body = chat({}, { type: 'image_url', image_url: image });
  assert.match(
    JSON.stringify(translated('completions', 'messages', body, 'reject')),
    /"messages\[0\]\.content\[1\]\.image_url \(image\.media_type\) is not supported by/,
  );
});

test('hints are named as the client calls them', () => {
  const dropped = (client: ClientName, upstream: UpstreamName, body: JsonObject): unknown =>
    (translated(client, upstream, body, 'reject') as { readonly dropped: unknown }).dropped;
  assert.deepEqual(
    dropped(
      'messages',
      'converse',
      messages({
        metadata: { user_id: 'u' },
        tool_choice: { type: 'auto', disable_parallel_tool_use: true },
        tools: [{ name: 'f', input_schema: { type: 'object' } }],
      }),
    ),
    ['metadata.user_id', 'tool_choice.disable_parallel_tool_use'],
  );
  assert.deepEqual(dropped('generateContent', 'completions', gemini({ thinkingConfig: { thinkingLevel: 'HIGH' } })), [
    'generationConfig.thinkingConfig',
  ]);
  assert.deepEqual(
    dropped('responses', 'messages', responses({ max_output_tokens: 9, reasoning: { effort: 'none' } })),
    [],
  );
});

/** What every writer may report, apart from what knows its own place. */
const members = [
  'temperature',
  'top_p',
  'top_k',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'max_tokens',
  'stop',
  'response_format',
  'reasoning',
  'messages',
  'tool_choice',
];

test('no member of generateContent has the name of another API', () => {
  for (const member of members) {
    const own = clientOf('generateContent').ownMembers[member];
    assert.ok(own !== undefined && !String(own).includes('_'), member);
  }
});
