import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asked, FakeServer, RpcFailure, withTools, type FakeOptions } from '../testdata/fake-target.ts';
import { makeEndpoint, memoryLog } from '../testdata/fetch-harness.ts';
import { RawClient } from '../testdata/raw-client.ts';
import { TargetError } from '../transports/transport.ts';

const everything = { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {}, logging: {} };

async function open(
  servers: FakeServer[],
  options: Partial<Parameters<typeof makeEndpoint>[0]> = {},
): Promise<RawClient> {
  const client = new RawClient(makeEndpoint({ targets: servers.map((server) => server.target), ...options }));
  await client.initialize();
  return client;
}

async function toolNames(client: RawClient): Promise<string[]> {
  const { result } = await client.call<{ tools: { name: string }[] }>('tools/list');
  return result.tools.map((tool) => tool.name);
}

test('capabilities are what any target has, instructions have a heading for each', async () => {
  const a = new FakeServer('a', { capabilities: { tools: {}, tasks: {} }, instructions: 'Use me.' });
  const b = new FakeServer('b', {
    capabilities: { resources: { subscribe: true }, logging: {} },
    instructions: 'And me.',
  });
  const client = new RawClient(makeEndpoint({ targets: [a.target, b.target] }));
  const result = await client.initialize({ capabilities: { sampling: {}, elicitation: { form: {} }, tasks: {} } });
  assert.deepEqual(result['capabilities'], {
    tools: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
    logging: {},
  });
  assert.equal(result['instructions'], '# a\n\nUse me.\n\n# b\n\nAnd me.');
  for (const server of [a, b]) {
    assert.deepEqual(server.received[0]?.params?.['capabilities'], { sampling: {}, elicitation: { form: {} } });
    assert.equal(server.of('notifications/initialized').length, 1);
  }
});

test('the instructions of a single target stay as they are', async () => {
  const server = new FakeServer('a', { instructions: ' As is.\n' });
  const client = new RawClient(makeEndpoint({ targets: [server.target] }));
  assert.equal((await client.initialize())['instructions'], ' As is.\n');
});

test('all pages of all targets come in target order; one without the list is not asked', async () => {
  const paged: FakeOptions['answer'] = (message) => {
    const page = Number(message.params?.['cursor'] ?? 0);
    return { tools: [{ name: `t${page}` }], ...(page < 4 ? { nextCursor: String(page + 1) } : {}) };
  };
  const a = new FakeServer('a', { answer: paged });
  const b = new FakeServer('b', { answer: () => new RpcFailure(-32601, 'Method not found') });
  const c = new FakeServer('c', { capabilities: { prompts: {} } });
  const d = new FakeServer('d', { answer: withTools('z') });
  const client = await open([a, b, c, d]);
  assert.deepEqual(await toolNames(client), ['a_t0', 'a_t1', 'a_t2', 'a_t3', 'a_t4', 'd_z']);
  assert.equal(c.of('tools/list').length, 0);
  assert.equal((await client.call('tools/list', { cursor: 'x' })).error?.code, -32602);
});

test('a list whose cursor repeats is cut', async () => {
  const server = new FakeServer('a', { answer: () => ({ tools: [{ name: 'x' }], nextCursor: 'again' }) });
  const client = await open([server]);
  assert.deepEqual(await toolNames(client), ['x']);
  assert.equal(server.of('tools/list').length, 2);
});

test('definitions, arguments and results keep their bytes but for the name', async () => {
  const definition = '{ "inputSchema":{"default": 1.0,"maximum":12345678901234567890}, "name": "x",  "z":"\\u00e9" }';
  const result = '{ "structuredContent":{"n":9007199254740993, "f":1.50} , "content":[]}';
  const server = new FakeServer('a', {
    answer: (message) => (message.method === 'tools/list' ? `{"tools":[${definition}]}` : result),
  });
  const client = await open([server, new FakeServer('b', { capabilities: {} })]);
  const list = await (await client.send('tools/list')).text();
  assert.ok(list.includes(`[${definition.replace('"x"', '"a_x"')}]`));
  const sent = '{"name" : "a_x","arguments":{"n":12345678901234567890,"s":"\\ud83d\\ude00"},"_meta":{"k":1}}';
  const response = await client.post(`{"jsonrpc":"2.0","id":"q","method":"tools/call","params":${sent}}`);
  assert.equal(await response.text(), `{"jsonrpc":"2.0","id":"q","result":${result}}`);
  const call = server.of('tools/call')[0];
  const asks = sent.replace('a_x', 'x').replace('{"k"', `{"progressToken":${call?.idText},"k"`);
  assert.equal(call?.bodyText, asks);
});

test('a call finds its target in every prefix mode, listed before or not', async () => {
  for (const prefixMode of ['conditional', 'always', 'never', 'onClash'] as const) {
    for (const listFirst of [false, true]) {
      const a = new FakeServer('a', { answer: withTools('x', 'only') });
      const b = new FakeServer('b', { answer: withTools('x') });
      const client = await open([a, b], { prefixMode });
      if (listFirst) await toolNames(client);
      await client.call('tools/call', { name: 'b_x' });
      await client.call('tools/call', { name: 'a_x' });
      assert.deepEqual([b.of('tools/call').length, a.of('tools/call').length], [1, 1], prefixMode);
      const bare = await client.call('tools/call', { name: 'only' });
      assert.equal(bare.error?.code, prefixMode === 'never' || prefixMode === 'onClash' ? undefined : -32602);
      assert.equal((await client.call('tools/call', { name: 'c_x' })).error?.code, -32602);
      assert.equal((await client.call('tools/call', {})).error?.code, -32602);
    }
  }
});

test('a single target gets names as they are, and its full name too', async () => {
  const server = new FakeServer('a', { answer: withTools('x', 'a_y') });
  const client = await open([server]);
  for (const name of ['x', 'a_x', 'a_y', 'hidden']) await client.call('tools/call', { name });
  assert.deepEqual(
    server.of('tools/call').map((message) => message.params?.['name']),
    ['x', 'x', 'a_y', 'hidden'],
  );
});

test('lists are asked again only when a server says so, or after a while where it cannot', async () => {
  const telling = new FakeServer('a', { capabilities: { tools: { listChanged: true } }, answer: withTools('x') });
  const client = await open([telling]);
  await toolNames(client);
  await toolNames(client);
  assert.equal(telling.of('tools/list').length, 1);
  telling.notify('notifications/tools/list_changed', {});
  await toolNames(client);
  assert.equal(telling.of('tools/list').length, 2);
});

test('prompts and completions are routed by prompt name', async () => {
  const answer: FakeOptions['answer'] = (message) => {
    if (message.method === 'prompts/list') return { prompts: [{ name: 'p' }] };
    return message.method === 'prompts/get' ? { messages: [] } : { completion: { values: ['v'] } };
  };
  const a = new FakeServer('a', { capabilities: everything, answer });
  const b = new FakeServer('b', { capabilities: { prompts: {} }, answer });
  const client = await open([a, b]);
  await client.call('prompts/get', { name: 'b_p' });
  assert.deepEqual(b.of('prompts/get').map(asked), [{ name: 'p' }]);
  const argument = { name: 'x', value: 'y' };
  const done = await client.call('completion/complete', { ref: { type: 'ref/prompt', name: 'a_p' }, argument });
  assert.deepEqual(done.result, { completion: { values: ['v'] } });
  assert.deepEqual(a.of('completion/complete')[0]?.params?.['ref'], { type: 'ref/prompt', name: 'p' });
  const none = await client.call('completion/complete', { ref: { type: 'ref/prompt', name: 'b_p' }, argument });
  assert.deepEqual(none.result, { completion: { values: [], total: 0, hasMore: false } });
  await client.call('completion/complete', { ref: { type: 'ref/resource', uri: 'a+f:///{x}' }, argument });
  assert.deepEqual(a.of('completion/complete')[1]?.params?.['ref'], { type: 'ref/resource', uri: 'f:///{x}' });
});

test('resource URIs say their target wherever they occur, and lead back', async () => {
  const answers: Record<string, object> = {
    'resources/list': { resources: [{ uri: 'f:///1', name: 'one' }] },
    'resources/templates/list': { resourceTemplates: [{ uriTemplate: 'f:///{id}', name: 'any' }] },
    'resources/read': { contents: [{ uri: 'f:///1', text: 'uri' }] },
    'resources/subscribe': {},
    'tools/list': { tools: [{ name: 'x', _meta: { ui: { resourceUri: 'ui://view' } } }] },
    'tools/call': {
      content: [
        { type: 'resource_link', uri: 'f:///2', name: 'two' },
        { type: 'resource', resource: { uri: 'ui://view/1', text: '' } },
        { type: 'text', text: '"uri"' },
      ],
      structuredContent: { uri: 'mine' },
    },
    'prompts/list': { prompts: [{ name: 'p' }] },
    'prompts/get': {
      messages: [{ role: 'user', content: { type: 'resource', resource: { uri: 'f:///3', text: '' } } }],
    },
  };
  const a = new FakeServer('a', { capabilities: everything, answer: (message) => answers[message.method] });
  const b = new FakeServer('b', { capabilities: {} });
  const client = await open([a, b]);
  const result = async (method: string, params: object = {}): Promise<unknown> =>
    (await client.call(method, params)).result;
  assert.deepEqual(await result('resources/list'), { resources: [{ uri: 'a+f:///1', name: 'one' }] });
  assert.deepEqual(await result('resources/templates/list'), {
    resourceTemplates: [{ uriTemplate: 'a+f:///{id}', name: 'any' }],
  });
  assert.deepEqual(await result('resources/read', { uri: 'a+f:///1' }), {
    contents: [{ uri: 'a+f:///1', text: 'uri' }],
  });
  assert.deepEqual(a.of('resources/read').map(asked), [{ uri: 'f:///1' }]);
  assert.deepEqual(await result('tools/list'), {
    tools: [{ name: 'a_x', _meta: { ui: { resourceUri: 'ui://a+view' } } }],
  });
  assert.deepEqual(await result('tools/call', { name: 'a_x' }), {
    content: [
      { type: 'resource_link', uri: 'a+f:///2', name: 'two' },
      { type: 'resource', resource: { uri: 'ui://a+view/1', text: '' } },
      { type: 'text', text: '"uri"' },
    ],
    structuredContent: { uri: 'mine' },
  });
  await result('resources/read', { uri: 'ui://a+view/1' });
  assert.deepEqual(a.of('resources/read').map(asked)[1], { uri: 'ui://view/1' });
  assert.deepEqual(await result('prompts/get', { name: 'a_p' }), {
    messages: [{ role: 'user', content: { type: 'resource', resource: { uri: 'a+f:///3', text: '' } } }],
  });
  assert.equal((await client.call('resources/read', { uri: 'f:///1' })).error?.code, -32002);
});

test('resource URIs of a single target stay as they are', async () => {
  const list = { resources: [{ uri: 'f:///1', name: 'one' }] };
  const a = new FakeServer('a', { capabilities: everything, answer: () => list });
  const client = await open([a]);
  assert.deepEqual((await client.call('resources/list')).result, list);
  await client.call('resources/read', { uri: 'f:///1' });
  assert.deepEqual(a.of('resources/read').map(asked), [{ uri: 'f:///1' }]);
});

test('the log level goes to every target that logs', async () => {
  const a = new FakeServer('a', { capabilities: everything, answer: () => ({}) });
  const b = new FakeServer('b', { capabilities: { tools: {} }, answer: () => ({}) });
  const client = await open([a, b]);
  assert.deepEqual((await client.call('logging/setLevel', { level: 'debug' })).result, {});
  assert.deepEqual([a.of('logging/setLevel').length, b.of('logging/setLevel').length], [1, 0]);
});

test('a target that fails the handshake fails the session, or is left out where that is allowed', async () => {
  const good = new FakeServer('good', { answer: withTools('x') });
  const bad = new FakeServer('bad');
  bad.broken = 'could not be reached: no';
  await assert.rejects(open([good, bad]), /^Error: MCP server "bad" could not be reached: no$/);
  assert.equal(good.closed, 1);
  const { log, lines } = memoryLog();
  const client = await open([good, bad], { failOpen: true, log });
  assert.deepEqual(await toolNames(client), ['good_x']);
  assert.ok(lines.some((line) => line.includes('target bad could not be reached')));
  const call = await client.call('tools/call', { name: 'bad_x' });
  assert.deepEqual(call.result, {
    content: [{ type: 'text', text: 'MCP server "bad" could not be reached: no' }],
    isError: true,
  });
  await assert.rejects(open([bad], { failOpen: true }), /could not be reached/);
});

test('a target of an unknown revision is an error that says so', async () => {
  await assert.rejects(open([new FakeServer('a', { revision: '1999-01-01' })]), /speaks protocol version "1999-01-01"/);
});

test('a target that dies fails what it was doing, and lists by the failure mode, until it is back', async () => {
  for (const failOpen of [false, true]) {
    const a = new FakeServer('a', { answer: withTools('x') });
    const b = new FakeServer('b', {
      answer: (message, s) => (message.method === 'tools/call' ? undefined : withTools('y')(message, s)),
    });
    const client = await open([a, b], { failOpen });
    const call = client.call<{ isError: boolean }>('tools/call', { name: 'b_y' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    b.events?.lost(new TargetError('has ended (exit code 1)'));
    assert.equal((await call).result.isError, true);
    const list = await client.call<{ tools: { name: string }[] }>('tools/list');
    if (failOpen)
      assert.deepEqual(
        list.result.tools.map((tool) => tool.name),
        ['a_x'],
      );
    else assert.match(list.error?.message ?? '', /^MCP server "b" has ended \(exit code 1\)$/);
    const read = await client.call('resources/read', { uri: 'b+f:///1' });
    assert.match(read.error?.message ?? '', /"b" has ended/);
    // The first pause before a new try is one second.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    assert.deepEqual(await toolNames(client), ['a_x', 'b_y']);
    assert.equal(b.connections, 2);
  }
});

test('a session that the server forgot is opened anew and the request repeated once', async () => {
  let forget = true;
  const server = new FakeServer('a', {
    answer: (message, self) => {
      if (message.method === 'tools/call' && forget) {
        forget = false;
        self.events?.expired(Number(message.id));
        return undefined;
      }
      return withTools('x')(message, self);
    },
  });
  const client = await open([server]);
  const { result } = await client.call<{ content: { text: string }[] }>('tools/call', { name: 'x' });
  assert.equal(result.content[0]?.text, '{"name":"x"}');
  assert.equal(server.connections, 2);
  assert.equal(server.of('tools/call').length, 2);
});
