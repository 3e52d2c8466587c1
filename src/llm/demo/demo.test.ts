import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import OpenAI from 'openai';
import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions';
import { parseJsonObject } from '../json/parse.ts';
import { demoRespond } from './respond.ts';
import { valueForSchema } from './schema-value.ts';

/** A harness that serves the responder to the official SDK. */
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = parseJsonObject(Buffer.concat(parts));
    assert(typeof body !== 'string');
    const type = request.url === '/v1/embeddings' ? 'embeddings' : 'completions';
    const reply = demoRespond({ type, body, now: 1700000000 });
    response.writeHead(reply.status, Object.fromEntries(reply.headers));
    if ('body' in reply) response.write(reply.body);
    else for (const chunk of reply.chunks) response.write(chunk);
    response.end();
  });
});
let client: OpenAI;
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new OpenAI({ apiKey: 'none', baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 });
});
after(() => void server.close());

const user = (content: string): ChatCompletionMessageParam[] => [{ role: 'user', content }];
const weather: ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Current weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } },
      required: ['city', 'unit'],
      additionalProperties: false,
    },
  },
};
const clock: ChatCompletionTool = { type: 'function', function: { name: 'read_clock' } };

test('says what it is and what was said, the same every time', async () => {
  const ask = { model: 'demo', messages: user('Hello there') };
  const first = await client.chat.completions.create(ask);
  const text = first.choices[0]?.message.content ?? '';
  assert.match(text, /demo model built into Waygate/);
  assert.match(text, /You said: Hello there$/);
  assert.equal(first.choices[0]?.finish_reason, 'stop');
  assert.equal(first.model, 'demo');
  assert.equal(first.created, 1700000000);
  assert.deepEqual(await client.chat.completions.create(ask), first);
});

test('usage adds up', async () => {
  const { usage } = await client.chat.completions.create({ model: 'demo', messages: user('one two three') });
  assert(usage !== undefined && usage.prompt_tokens > 3 && usage.completion_tokens > 10);
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
});

test('a stream gives the same text in several chunks, the role first and one finish reason', async () => {
  const messages = user('Hello there');
  const whole = await client.chat.completions.create({ model: 'demo', messages });
  const stream = await client.chat.completions.create({ model: 'demo', messages, stream: true });
  const chunks = await Array.fromAsync(stream);
  assert.equal(chunks.map((c) => c.choices[0]?.delta.content ?? '').join(''), whole.choices[0]?.message.content);
  assert(chunks.length > 5);
  assert.equal(chunks[0]?.choices[0]?.delta.role, 'assistant');
  assert(chunks.slice(1).every((c) => c.choices[0]?.delta.role === undefined));
  assert.deepEqual(
    chunks.map((c) => c.choices[0]?.finish_reason).filter((reason) => reason !== null),
    ['stop'],
  );
  assert(chunks.every((c) => c.usage === undefined));
});

test('usage comes last in a stream when it is asked for', async () => {
  const messages = user('Hello');
  const stream = await client.chat.completions.create({
    model: 'demo',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await Array.fromAsync(stream);
  const last = chunks.pop();
  assert.deepEqual(last?.choices, []);
  assert.deepEqual(last.usage, (await client.chat.completions.create({ model: 'demo', messages })).usage);
  assert(chunks.every((c) => c.usage === null));
});

test('a tool is called when the message is about it, with arguments from the message', async () => {
  const ask = {
    model: 'demo',
    messages: user('What is the weather in New York in fahrenheit?'),
    tools: [clock, weather],
  };
  const { choices } = await client.chat.completions.create(ask);
  assert.equal(choices[0]?.finish_reason, 'tool_calls');
  const call = choices[0].message.tool_calls?.[0];
  assert(call?.type === 'function');
  assert.equal(call.function.name, 'get_weather');
  assert.deepEqual(JSON.parse(call.function.arguments), { city: 'New York', unit: 'fahrenheit' });
  const stream = client.chat.completions.stream(ask);
  const final = await stream.finalChatCompletion();
  const streamed = final.choices[0]?.message.tool_calls?.[0];
  assert(streamed?.type === 'function');
  assert.deepEqual(streamed.function.arguments, call.function.arguments);
  assert.equal(final.choices[0]?.finish_reason, 'tool_calls');
});

test('after the tool has answered comes a text about it', async () => {
  const runner = client.chat.completions.runTools({
    model: 'demo',
    messages: user('weather in Paris please'),
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_weather',
          description: '',
          parameters: { type: 'object', properties: { city: { type: 'string' } } },
          parse: JSON.parse,
          function: (args: { city: string }) => `rain in ${args.city}`,
        },
      },
    ],
  });
  assert.equal(await runner.finalContent(), 'The get_weather result is: rain in Paris');
});

test('tool_choice is obeyed: none, required, by name', async () => {
  const about = user('weather in Paris');
  const called = async (
    messages: ChatCompletionMessageParam[],
    choice: 'none' | 'auto' | 'required' | { name: string },
  ): Promise<unknown> => {
    const reply = await client.chat.completions.create({
      model: 'demo',
      messages,
      tools: [weather, clock],
      tool_choice: typeof choice === 'string' ? choice : { type: 'function', function: choice },
    });
    const call = reply.choices[0]?.message.tool_calls?.[0];
    return call?.type === 'function' ? call.function.name : null;
  };
  assert.equal(await called(about, 'none'), null);
  assert.equal(await called(about, 'auto'), 'get_weather');
  assert.equal(await called(user('hi'), 'auto'), null);
  assert.equal(await called(user('hi'), 'required'), 'get_weather');
  assert.equal(await called(about, { name: 'read_clock' }), 'read_clock');
});

test('response_format gives JSON, and JSON of the schema', async () => {
  const any = await client.chat.completions.create({
    model: 'demo',
    messages: user('hi'),
    response_format: { type: 'json_object' },
  });
  assert.deepEqual(JSON.parse(any.choices[0]?.message.content ?? ''), { answer: 'You said: hi' });
  const schema = { type: 'object', properties: { count: { type: 'integer', minimum: 3 } }, required: ['count'] };
  const of = await client.chat.completions.create({
    model: 'demo',
    messages: user('hi'),
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
  });
  assert.deepEqual(JSON.parse(of.choices[0]?.message.content ?? ''), { count: 3 });
});

test('n, stop and the most tokens are obeyed', async () => {
  const ask = async (over: object): Promise<OpenAI.Chat.ChatCompletion> =>
    client.chat.completions.create({ model: 'demo', messages: user('alpha beta gamma'), ...over });
  assert.deepEqual(
    (await ask({ n: 3 })).choices.map((c) => c.index),
    [0, 1, 2],
  );
  const stopped = (await ask({ stop: ['beta', 'gamma'] })).choices[0];
  assert.match(stopped?.message.content ?? '', /alpha $/);
  assert.equal(stopped?.finish_reason, 'stop');
  const short = await ask({ max_completion_tokens: 3, max_tokens: 100 });
  assert.equal(short.choices[0]?.finish_reason, 'length');
  assert.equal(short.usage?.completion_tokens, 3);
});

test('embeddings are stable unit vectors, nearer for shared words', async () => {
  const input = ['the cat sat on the mat', 'a cat on a mat', 'quarterly revenue report'];
  const { data, usage } = await client.embeddings.create({ model: 'demo', input, dimensions: 64 });
  const [a, b, c] = data.map((d) => d.embedding);
  assert(a !== undefined && b !== undefined && c !== undefined);
  const dot = (x: number[], y: number[]): number => x.reduce((sum, v, i) => sum + v * (y[i] ?? 0), 0);
  assert.equal(a.length, 64);
  assert(Math.abs(dot(a, a) - 1) < 1e-5);
  assert(dot(a, b) > dot(a, c));
  assert(usage.prompt_tokens > 10);
  const floats = await client.embeddings.create({ model: 'demo', input, dimensions: 64, encoding_format: 'float' });
  assert.deepEqual(floats.data[1]?.embedding.map(Math.fround), b.map(Math.fround));
});

for (const [what, body, param] of [
  ['no messages', {}, 'messages'],
  ['an empty conversation', { messages: [] }, 'messages'],
  ['an unknown role', { messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role'],
  ['a message without content', { messages: [{ role: 'user' }] }, 'messages[0].content'],
  ['a tool result without its call', { messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id'],
  [
    'a forced tool that is not there',
    { messages: user('x'), tools: [clock], tool_choice: { type: 'function', function: { name: 'no' } } },
    'tool_choice',
  ],
  ['a choice without tools', { messages: user('x'), tool_choice: 'required' }, 'tool_choice'],
  [
    'stream options without a stream',
    { messages: user('x'), stream_options: { include_usage: true } },
    'stream_options',
  ],
  ['a bad number of choices', { messages: user('x'), n: 0 }, 'n'],
  ['a bad most tokens', { messages: user('x'), max_tokens: 1.5 }, 'max_tokens'],
] as const) {
  test(`400 names the parameter for ${what}`, async () => {
    const call = client.post('/chat/completions', { body: { model: 'demo', ...body } });
    await assert.rejects(call, (error) => {
      assert(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, param);
      assert.equal(error.type, 'invalid_request_error');
      return true;
    });
  });
}

test('values for a schema satisfy it', () => {
  const ajv = new Ajv2020({ strict: false, formats: { date: true, email: /@/, uri: true } });
  for (const schema of [
    { type: 'object' },
    { type: 'array', items: { type: 'string', minLength: 12 }, minItems: 2 },
    { type: ['null', 'integer'], exclusiveMinimum: 4, multipleOf: 5 },
    { type: 'number', exclusiveMinimum: 0, maximum: 0.5 },
    { type: 'integer', maximum: -3 },
    { type: 'string', maxLength: 3 },
    { const: { a: 1 } },
    { enum: [7, 8], default: 8 },
    { anyOf: [{ type: 'null' }, { type: 'boolean' }] },
    { allOf: [{ required: ['a'] }, { properties: { a: { type: 'integer' } } }], properties: { b: {} } },
    { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], minItems: 3, items: { type: 'null' } },
    {
      $defs: {
        node: {
          type: 'object',
          properties: {
            next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
            at: { format: 'date', type: 'string' },
          },
          required: ['at'],
        },
      },
      $ref: '#/$defs/node',
    },
  ]) {
    const value = valueForSchema(schema, 'in Paris, 3 times');
    assert(ajv.validate(schema, value), `${JSON.stringify(schema)} → ${JSON.stringify(value)}`);
  }
});

test('a schema that refers to itself ends', () => {
  const schema = { type: 'object', properties: { again: { $ref: '#' } }, required: ['again'] };
  assert.equal(typeof valueForSchema(schema, ''), 'object');
  assert.equal(typeof valueForSchema({ $ref: '#' }, ''), 'string');
});
