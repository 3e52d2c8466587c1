import { embedding } from './embedding-examples.ts';
import type { Example } from './example.ts';
import type { ValidationTarget } from './validate.ts';

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const png = 'iVBORw0KGgo=';

const chat: Example = {
  body: {
    model: 'gpt-5',
    max_completion_tokens: 100,
    temperature: 0.5,
    stop: ['END'],
    tools: [{ type: 'function', function: { name: 'get_weather', description: 'd', parameters, strict: true } }],
    tool_choice: { type: 'function', function: { name: 'get_weather' } },
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema: parameters, strict: true } },
    messages: [
      { role: 'developer', content: 'be brief' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }] },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
    ],
  },
  planted: [
    ['type', 'temperature', 'warm'],
    ['required', 'messages[3].tool_call_id', undefined],
    ['minimum', 'temperature', -1],
    ['maximum', 'temperature', 3],
    ['minimum', 'messages', []],
    ['maximum', 'stop', ['a', 'b', 'c', 'd', 'e']],
    ['pattern', 'tools[0].function.name', 'get weather'],
    ['enum', 'messages[1].content[0].image_url.detail', 'tiny'],
    ['union', 'messages[1].content[0].type', 'picture'],
    ['conversation', 'messages[3].tool_call_id', 'c2'],
    ['unknown', 'messages[1].content[0].image_url.size', 1],
  ],
};

const responses: Example = {
  body: {
    model: 'gpt-5',
    store: false,
    include: ['reasoning.encrypted_content'],
    instructions: 'be brief',
    max_output_tokens: 100,
    temperature: 1,
    reasoning: { effort: 'low', summary: 'auto' },
    tools: [{ type: 'function', name: 'get_weather', description: 'd', parameters, strict: true }],
    tool_choice: { type: 'function', name: 'get_weather' },
    text: { format: { type: 'json_schema', name: 'n', schema: parameters, strict: true } },
    input: [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' },
      { type: 'function_call', call_id: 'c1', name: 'get_weather', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: 'sunny' },
    ],
  },
  planted: [
    ['type', 'store', 'no'],
    ['required', 'tools[0].parameters', undefined],
    ['minimum', 'max_output_tokens', 15],
    ['maximum', 'temperature', 2.5],
    ['minimum', 'input', []],
    ['pattern', 'tools[0].name', 'get weather'],
    ['enum', 'reasoning.effort', 'immense'],
    ['union', 'input[0].type', 'note'],
    ['unknown', 'input[3].is_error', true],
    ['conversation', 'input[3].call_id', 'c2'],
    ['conversation', 'input[2]', { type: 'message', role: 'user', content: 'hi' }],
  ],
};

const messagesBody = {
  max_tokens: 4096,
  thinking: { type: 'enabled', budget_tokens: 1024 },
  tools: [{ name: 'get_weather', description: 'd', input_schema: parameters }],
  tool_choice: { type: 'auto' },
  system: [{ type: 'text', text: 'be brief', cache_control: { type: 'ephemeral' } }],
  stop_sequences: ['END'],
  messages: [
    { role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: '', signature: 'c2ln' },
        { type: 'tool_use', id: 'c1', name: 'get_weather', input: { city: 'Bern' } },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'sunny', is_error: false }] },
  ],
};

const messagesPlanted: Example['planted'] = [
  ['type', 'max_tokens', '4096'],
  ['required', 'max_tokens', undefined],
  ['required', 'messages[0].content[0].source.media_type', undefined],
  ['minimum', 'thinking.budget_tokens', 1023],
  ['maximum', 'temperature', 1.1],
  ['minimum', 'messages', []],
  ['pattern', 'messages[1].content[1].id', 'call.1'],
  ['pattern', 'tools[0].name', 'a'.repeat(129)],
  ['pattern', 'stop_sequences[0]', ' '],
  ['enum', 'messages[0].content[0].source.media_type', 'image/jpg'],
  ['union', 'messages[1].content[1].type', 'call'],
  ['union', 'tool_choice.type', 'required'],
  ['unknown', 'messages[2].content[0].error', true],
  ['conversation', 'messages[2].content[0].tool_use_id', 'c2'],
  ['conversation', 'messages[2].role', 'assistant'],
  ['conversation', 'messages[2].content[0]', { type: 'tool_result', tool_use_id: 'c1', is_error: true }],
  ['conversation', 'thinking.budget_tokens', 4096],
  ['conversation', 'tool_choice', { type: 'any' }],
  ['conversation', 'messages[1].content[0]', { type: 'text', text: 'a' }],
  ['conversation', 'thinking', { type: 'enabled', budget_tokens: 4096 }],
];

const converseBody = {
  system: [{ text: 'be brief' }, { cachePoint: { type: 'default' } }],
  messages: [
    { role: 'user', content: [{ text: 'hi' }, { image: { format: 'png', source: { bytes: png } } }] },
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 't', signature: 's' } } },
        { toolUse: { toolUseId: 'c1', name: 'get_weather', input: { city: 'Bern' } } },
      ],
    },
    { role: 'user', content: [{ toolResult: { toolUseId: 'c1', content: [{ text: 'sunny' }], status: 'success' } }] },
  ],
  inferenceConfig: { maxTokens: 100, temperature: 0, topP: 1, stopSequences: ['END'] },
  toolConfig: {
    tools: [{ toolSpec: { name: 'get_weather', inputSchema: { json: parameters } } }],
    toolChoice: { auto: {} },
  },
  additionalModelRequestFields: { top_k: 5 },
};

const conversePlanted: Example['planted'] = [
  ['type', 'inferenceConfig.temperature', '1'],
  ['required', 'messages[1].content[1].toolUse.toolUseId', undefined],
  ['minimum', 'inferenceConfig.maxTokens', 0],
  ['minimum', 'toolConfig.tools', []],
  ['maximum', 'inferenceConfig.temperature', 1.5],
  ['maximum', 'toolConfig.tools[0].toolSpec.name', 'a'.repeat(65)],
  ['pattern', 'messages[1].content[1].toolUse.toolUseId', 'call 1'],
  ['pattern', 'messages[0].content[0].text', ' '],
  ['enum', 'messages[0].content[1].image.format', 'jpg'],
  ['union', 'toolConfig.toolChoice', { auto: {}, any: {} }],
  ['union', 'messages[0].content[0]', {}],
  ['unknown', 'toolConfig.toolChoice.none', {}],
  ['conversation', 'messages[2].content[0].toolResult.toolUseId', 'c2'],
  ['conversation', 'messages[0].role', 'assistant'],
  ['conversation', 'messages[2].content[0].toolResult', { toolUseId: 'c1', content: [], status: 'error' }],
  ['conversation', 'messages[1].content[0]', { image: { format: 'png', source: { bytes: png } } }],
  ['conversation', 'toolConfig', undefined],
  ['conversation', 'additionalModelRequestFields', { thinking: { type: 'enabled', budget_tokens: 1024 } }],
];

const gemini: Example = {
  body: {
    systemInstruction: { parts: [{ text: 'be brief' }] },
    contents: [
      { role: 'user', parts: [{ text: 'hi' }, { inlineData: { mimeType: 'image/png', data: png } }] },
      {
        role: 'model',
        parts: [{ functionCall: { id: 'c1', name: 'get_weather', args: { city: 'Bern' } }, thoughtSignature: 'c2ln' }],
      },
      {
        role: 'user',
        parts: [{ functionResponse: { id: 'c1', name: 'get_weather', response: { output: 'sunny' } } }],
      },
    ],
    tools: [{ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema: parameters }] }],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['get_weather'] } },
    safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    generationConfig: {
      maxOutputTokens: 100,
      temperature: 1,
      stopSequences: ['END'],
      responseMimeType: 'application/json',
      responseSchema: { type: 'OBJECT', properties: { city: { type: 'STRING', minLength: '1' } } },
      thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true },
    },
  },
  planted: [
    ['type', 'contents[1].parts[0].functionCall.args', '{}'],
    ['required', 'contents[2].parts[0].functionResponse.name', undefined],
    ['required', 'contents', undefined],
    ['minimum', 'contents', []],
    ['minimum', 'generationConfig.maxOutputTokens', 0],
    ['maximum', 'generationConfig.stopSequences', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['maximum', 'generationConfig.temperature', 2.1],
    ['pattern', 'tools[0].functionDeclarations[0].name', '1st'],
    ['pattern', 'contents[1].parts[0].thoughtSignature', 'not base64!'],
    ['enum', 'contents[0].role', 'assistant'],
    ['enum', 'generationConfig.responseSchema.type', 'object'],
    ['union', 'contents[0].parts[0]', { text: 'a', inlineData: { mimeType: 'image/png', data: png } }],
    ['union', 'contents[0].parts[0]', { thought: true }],
    ['union', 'generationConfig.thinkingConfig', { thinkingLevel: 'LOW', thinkingBudget: 1 }],
    ['union', 'tools[0].functionDeclarations[0].parameters', { type: 'OBJECT' }],
    ['unknown', 'tools[0].functionDeclarations[0].strict', true],
    ['conversation', 'contents[2].parts[0].functionResponse.name', 'get_time'],
  ],
};

const cohere: Example = {
  body: {
    model: 'command-a',
    max_tokens: 100,
    p: 0.9,
    k: 5,
    stop_sequences: ['END'],
    tools: [{ type: 'function', function: { name: 'get_weather', parameters } }],
    tool_choice: 'REQUIRED',
    response_format: { type: 'json_object', json_schema: parameters },
    messages: [
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        tool_plan: 'look',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'sunny' }] },
    ],
  },
  planted: [
    ['type', 'max_tokens', '1'],
    ['required', 'messages[2].tool_call_id', undefined],
    ['minimum', 'p', 0],
    ['maximum', 'k', 501],
    ['maximum', 'stop_sequences', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['enum', 'tool_choice', 'AUTO'],
    ['union', 'messages[0].role', 'developer'],
    ['unknown', 'messages[0].name', 'n'],
    ['conversation', 'messages[2].tool_call_id', 'c2'],
  ],
};

/** An example for each target. */
export const examples: Readonly<Record<ValidationTarget, Example>> = {
  completions: chat,
  compatible: {
    body: { model: 'm', top_k: 3, random_seed: 7, tool_choice: 'any', messages: [{ role: 'user', content: 'hi' }] },
    planted: [
      ['enum', 'tool_choice', 'must'],
      ['type', 'top_k', 0.5],
    ],
  },
  responses,
  cohere,
  generateContent: gemini,
  vertexGenerateContent: gemini,
  messages: { body: { model: 'claude-sonnet-4-6', ...messagesBody }, planted: messagesPlanted },
  messagesVertex: {
    body: { anthropic_version: 'vertex-2023-10-16', ...messagesBody },
    planted: [
      ...messagesPlanted,
      ['unknown', 'model', 'claude'],
      ['required', 'anthropic_version', undefined],
      ['enum', 'anthropic_version', '2023-06-01'],
    ],
  },
  messagesCountTokens: {
    body: { model: 'm', tools: messagesBody.tools, messages: messagesBody.messages },
    planted: [
      ['required', 'model', undefined],
      ['unknown', 'max_tokens', 5],
    ],
  },
  converse: { body: converseBody, planted: conversePlanted },
  converseStream: { body: converseBody, planted: conversePlanted },
  converseCountTokens: {
    body: { input: { converse: { messages: converseBody.messages } } },
    planted: [
      ['union', 'input', {}],
      ['unknown', 'input.converse.inferenceConfig', {}],
    ],
  },
  bedrockRerank: {
    body: {
      queries: [{ type: 'TEXT', textQuery: { text: 'q' } }],
      sources: [{ type: 'INLINE', inlineDocumentSource: { type: 'TEXT', textDocument: { text: 'd' } } }],
      rerankingConfiguration: {
        type: 'BEDROCK_RERANKING_MODEL',
        bedrockRerankingConfiguration: {
          modelConfiguration: { modelArn: 'arn:aws:bedrock:us-west-2::foundation-model/cohere.rerank-v3-5:0' },
          numberOfResults: 3,
        },
      },
    },
    planted: [
      ['minimum', 'sources', []],
      ['enum', 'queries[0].type', 'JSON'],
      ['required', 'rerankingConfiguration.type', undefined],
    ],
  },
  bedrockCohereRerank: {
    body: { query: 'q', documents: ['a', 'b'], top_n: 1, max_tokens_per_doc: 512, api_version: 2 },
    planted: [
      ['required', 'api_version', undefined],
      ['enum', 'api_version', 1],
      ['minimum', 'documents', []],
      ['minimum', 'top_n', 0],
      ['type', 'documents[0]', { text: 'a' }],
    ],
  },
  bedrockAmazonRerank: {
    body: { query: 'q', documents: ['a', 'b'] },
    planted: [
      ['required', 'query', undefined],
      ['maximum', 'documents', Array.from({ length: 1001 }, () => 'a')],
      ['unknown', 'max_tokens_per_doc', 512],
    ],
  },
  bedrockTitanEmbed: embedding.titan,
  bedrockCohereEmbed: embedding.cohere,
  bedrockNovaEmbed: embedding.nova,
  vertexTextEmbed: embedding.vertex,
  legacyCompletions: {
    body: { model: 'gpt-3.5-turbo-instruct', prompt: 'Once', max_tokens: 5 },
    planted: [['required', 'prompt', undefined]],
  },
  embeddings: {
    body: { model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 256, encoding_format: 'float' },
    planted: [
      ['required', 'input', undefined],
      ['minimum', 'dimensions', 0],
      ['enum', 'encoding_format', 'hex'],
      ['type', 'input', { text: 'a' }],
      ['type', 'model', 1],
    ],
  },
  geminiCountTokens: {
    body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
    planted: [['enum', 'contents[0].role', 'system']],
  },
  geminiEmbed: {
    body: { content: { parts: [{ text: 'a' }] }, taskType: 'RETRIEVAL_QUERY', outputDimensionality: 256 },
    planted: [
      ['required', 'content', undefined],
      ['type', 'outputDimensionality', '256'],
    ],
  },
  geminiBatchEmbed: {
    body: { requests: [{ model: 'models/gemini-embedding-001', content: { parts: [{ text: 'a' }] } }] },
    planted: [['required', 'requests[0].content', undefined]],
  },
  vertexCountTokens: {
    body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
    planted: [['union', 'contents[0].parts[0]', {}]],
  },
  vertexPredict: {
    body: { instances: [{ content: 'a', task_type: 'RETRIEVAL_QUERY' }], parameters: { outputDimensionality: 256 } },
    planted: [
      ['required', 'instances', undefined],
      ['type', 'instances', 'a'],
    ],
  },
  vertexRank: {
    body: { model: 'semantic-ranker-512@latest', query: 'q', records: [{ id: '0', content: 'd' }], topN: 2 },
    planted: [
      ['required', 'records', undefined],
      ['type', 'topN', 1.5],
      ['unknown', 'records[0].text', 'd'],
    ],
  },
  cohereEmbed: {
    body: { model: 'embed-v4.0', input_type: 'search_document', texts: ['a'], embedding_types: ['float'] },
    planted: [
      ['required', 'input_type', undefined],
      ['enum', 'embedding_types[0]', 'hex'],
    ],
  },
  cohereRerank: {
    body: { model: 'rerank-v4.0-pro', query: 'q', documents: ['a', 'b'], top_n: 1 },
    planted: [
      ['required', 'query', undefined],
      ['minimum', 'top_n', 0],
      ['type', 'documents', 'a'],
    ],
  },
};
