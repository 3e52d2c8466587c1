import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { McpItemRule } from '../../model/mcp.ts';
import { plainNaming } from '../federation/names/names.ts';
import { FakeServer, withTools, type FakeOptions } from '../testdata/fake-target.ts';
import { makeEndpoint, memoryLog } from '../testdata/fetch-harness.ts';
import { ModernClient } from '../testdata/modern-client.ts';
import { EventReader, RawClient } from '../testdata/raw-client.ts';
import { applyArguments } from './tool-text.ts';
import { View } from './view.ts';

type Selection = ConstructorParameters<typeof View>[0];
type Options = Partial<Parameters<typeof makeEndpoint>[0]>;
type Tools = { readonly tools: readonly Readonly<Record<string, unknown>>[] };

function rule(match: string, more: Partial<McpItemRule> = {}): McpItemRule {
  return { match, exclude: false, fixedArguments: new Map(), hiddenArguments: [], ...more };
}

function endpointOf(servers: FakeServer[], selection: Selection, more: Options = {}): ReturnType<typeof makeEndpoint> {
  const naming = plainNaming(
    'onClash',
    servers.map(({ name }) => name),
  );
  const targets = servers.map((server) => server.target);
  return makeEndpoint({ targets, naming, view: new View(selection), ...more });
}

async function open(
  servers: FakeServer[],
  selection: Selection,
  search = false,
  more: Options = {},
): Promise<RawClient> {
  const client = new RawClient(endpointOf(servers, selection, { search, ...more }));
  await client.initialize();
  return client;
}

const names = async (client: RawClient): Promise<unknown[]> =>
  (await client.call<Tools>('tools/list')).result.tools.map((tool) => tool['name']);

test('only what is selected is listed and can be called, by any of its names', async () => {
  const a = new FakeServer('a', { answer: withTools('read_x', 'read_secret', 'write_x') });
  const b = new FakeServer('b', { answer: withTools('read_x', 'other') });
  const client = await open([a, b], {
    tools: [rule('read_secret', { exclude: true }), rule('read_*'), rule('b_other')],
  });
  assert.deepEqual(await names(client), ['read_x', 'other']);
  for (const name of ['write_x', 'a_write_x', 'read_secret', 'a_read_secret', 'b_read_x', 'none']) {
    assert.equal((await client.call('tools/call', { name })).error?.code, -32602, name);
  }
  for (const name of ['read_x', 'a_read_x', 'other', 'b_other']) {
    assert.equal((await client.call('tools/call', { name })).error, undefined, name);
  }
  assert.deepEqual([a.of('tools/call').length, b.of('tools/call').length], [2, 2]);
});

test('hidden tools cannot be called before anything was listed, nor those that a single target does not list', async () => {
  const a = new FakeServer('a', { answer: withTools('x', 'y') });
  const client = await open([a], { tools: [rule('x')] });
  for (const name of ['y', 'a_y', 'unlisted']) {
    assert.equal((await client.call('tools/call', { name })).error?.code, -32602, name);
  }
  assert.equal(a.of('tools/call').length, 0);
});

test('a tool has the name, description and arguments that its rule gives it', async () => {
  const definition =
    '{"name":"create","description":"old","inputSchema":{"type":"object","properties":{"owner":{},"n":{"maximum":12345678901234567890},"key":{}},"required":["owner","n"]}}';
  const a = new FakeServer('a', {
    answer: (message) => (message.method === 'tools/list' ? `{"tools":[${definition}]}` : '{"content":[]}'),
  });
  const fixedArguments = new Map([['owner', '"acme"']]);
  const change = { name: 'report', description: 'new "one"', fixedArguments, hiddenArguments: ['key'] };
  const client = await open([a], { tools: [rule('create', change)] });
  const listed = await (await client.send('tools/list')).text();
  const shown =
    '{"name":"report","description":"new \\"one\\"","inputSchema":{"type":"object","properties":{"n":{"maximum":12345678901234567890}},"required":["n"]}}';
  assert.ok(listed.includes(shown), listed);
  await client.call('tools/call', { name: 'report', arguments: { n: 1, owner: 'evil', key: 'k' } });
  await client.call('tools/call', { name: 'a_create' });
  assert.deepEqual(
    a.of('tools/call').map(({ params }) => ({ name: params?.['name'], arguments: params?.['arguments'] })),
    [
      { name: 'create', arguments: { n: 1, owner: 'acme' } },
      { name: 'create', arguments: { owner: 'acme' } },
    ],
  );
});

test('arguments keep their bytes but for what is taken out and put in', () => {
  const rules = { fixed: new Map([['f', '1.0']]), hidden: new Set(['h']) };
  assert.equal(
    applyArguments('{ "n": 1.50, "h" : {"f":2}, "f":3, "o":{"h":1} }', rules),
    '{"n":1.50,"o":{"h":1},"f":1.0}',
  );
  assert.equal(applyArguments('', rules), '{"f":1.0}');
});

test('prompts and resources are selected too, and what is not selected cannot be read', async () => {
  const answers: Record<string, object> = {
    'prompts/list': { prompts: [{ name: 'p', description: 'd' }, { name: 'q' }] },
    'prompts/get': { messages: [] },
    'resources/list': { resources: ['docs/1', 'keys/1'].map((path) => ({ uri: `f:///${path}`, name: path })) },
    'resources/templates/list': {
      resourceTemplates: [
        { uriTemplate: 'f:///docs/{x}', name: 't' },
        { uriTemplate: 'f:///{x}', name: 'u' },
      ],
    },
    'resources/read': { contents: [] },
  };
  const answer: FakeOptions['answer'] = (message) => answers[message.method];
  const a = new FakeServer('a', { capabilities: { prompts: {}, resources: {} }, answer });
  const b = new FakeServer('b', { capabilities: {} });
  const client = await open([a, b], { prompts: [rule('p', { name: 'r' })], resources: [rule('f:///docs/*')] });
  const result = async (method: string): Promise<unknown> => (await client.call(method)).result;
  assert.deepEqual(await result('prompts/list'), { prompts: [{ name: 'r', description: 'd' }] });
  assert.deepEqual(await result('resources/list'), { resources: [{ uri: 'f:///docs/1', name: 'docs/1' }] });
  assert.deepEqual(await result('resources/templates/list'), {
    resourceTemplates: [{ uriTemplate: 'f:///docs/{x}', name: 't' }],
  });
  assert.equal((await client.call('prompts/get', { name: 'r' })).error, undefined);
  assert.equal((await client.call('prompts/get', { name: 'q' })).error?.code, -32602);
  for (const target of ['', 'a+']) {
    assert.equal((await client.call('resources/read', { uri: `${target}f:///docs/2` })).error, undefined);
    assert.equal((await client.call('resources/read', { uri: `${target}f:///keys/1` })).error?.code, -32002);
  }
  assert.equal((await client.call('resources/subscribe', { uri: 'a+f:///keys/1' })).error?.code, -32002);
});

test('with search two tools stand for all: one finds, one calls what is selected', async () => {
  const tools = [
    {
      name: 'create_issue',
      description: 'Opens a new issue in a repository',
      inputSchema: { properties: { title: {} } },
    },
    { name: 'listBranches', description: 'Lists branches', inputSchema: {} },
    { name: 'drop_database', description: 'Removes everything', inputSchema: {} },
  ];
  const a = new FakeServer('a', {
    answer: (message) =>
      message.method === 'tools/list' ? { tools } : { content: [{ type: 'text', text: message.bodyText }] },
  });
  const fixedArguments = new Map([['repo', '"r"']]);
  const selection = { tools: [rule('drop_*', { exclude: true }), rule('create_issue', { fixedArguments }), rule('*')] };
  const client = await open([a], selection, true);
  assert.deepEqual(await names(client), ['find_tools', 'call_tool']);
  const find = async (query: string): Promise<unknown[]> => {
    const { result } = await client.call<{ structuredContent: Tools }>('tools/call', {
      name: 'find_tools',
      arguments: { query },
    });
    return result.structuredContent.tools.map((tool) => tool['name']);
  };
  assert.deepEqual(await find('open an issue'), ['create_issue']);
  assert.deepEqual(await find('branch'), ['listBranches']);
  assert.deepEqual(await find('database'), []);
  const call = (name: string, inner?: object): ReturnType<typeof client.call<Record<string, unknown>>> =>
    client.call<Record<string, unknown>>('tools/call', {
      name: 'call_tool',
      arguments: { name, arguments: inner },
      _meta: { k: 1 },
    });
  const { result } = await call('create_issue', { title: 't', repo: 'other' });
  const [{ text }] = result['content'] as [{ text: string }];
  const made = JSON.parse(text) as Record<string, unknown>;
  assert.deepEqual(made['arguments'], { title: 't', repo: 'r' });
  assert.deepEqual([made['name'], (made['_meta'] as { k: unknown }).k], ['create_issue', 1]);
  assert.equal((await call('drop_database')).error?.code, -32602);
  assert.equal((await call('listBranches')).error, undefined);
  assert.deepEqual(a.of('tools/call').at(-1)?.params?.['arguments'], {});
  assert.equal((await client.call('tools/call', { name: 'find_tools' })).error?.code, -32602);
  assert.equal((await client.call('tools/call', { name: 'call_tool' })).error?.code, -32602);
});

test('a name that a rule gives goes before the same name of a tool, which is left out with a warning', async () => {
  const a = new FakeServer('a', { answer: withTools('x', 'y') });
  const b = new FakeServer('b', { answer: withTools('z') });
  const { log, lines } = memoryLog();
  const client = await open([a, b], { tools: [rule('z', { name: 'x' }), rule('*')] }, false, { log });
  assert.deepEqual(await names(client), ['y', 'x']);
  await client.call('tools/call', { name: 'x' });
  assert.equal(b.of('tools/call').length, 1);
  // Its full name is nobody else's.
  await client.call('tools/call', { name: 'a_x' });
  assert.equal(a.of('tools/call').length, 1);
  assert.ok(
    lines.some((line) => /share names of tools.*"?x"?/.test(line)),
    lines.join('\n'),
  );
});

test('a virtual server names itself and says what it is for, in both eras; servers see the gateway', async () => {
  const a = new FakeServer('a', { instructions: 'Of a.' });
  const serverInfo = { name: 'dev', title: 'Developers', version: '2' };
  const endpoint = endpointOf([a], {}, { serverInfo, instructions: 'For developers.' });
  const result = await new RawClient(endpoint).initialize();
  assert.deepEqual([result['serverInfo'], result['instructions']], [serverInfo, 'For developers.']);
  const { result: found } = await new ModernClient(endpoint).call('server/discover');
  assert.deepEqual(found['_meta'], { 'io.modelcontextprotocol/serverInfo': serverInfo });
  assert.equal(found['instructions'], 'For developers.');
  const seen = a.of('initialize')[0]?.params?.['clientInfo'] as { readonly name: string } | undefined;
  assert.equal(seen?.name, 'waygate');
  assert.equal((await new RawClient(endpointOf([a], {})).initialize())['instructions'], 'Of a.');
});

const verbs = ['create', 'delete', 'list', 'update', 'search', 'archive', 'export', 'import', 'share', 'lock'];
const things = Array.from({ length: 50 }, (_, i) => ['invoice', 'ticket', 'branch', 'user', 'bucket'][i % 5] + `${i}`);

test('of five hundred tools the right ones are found, best first, and never too much of them', async () => {
  const tools = things.flatMap((thing) =>
    verbs.map((verb) => ({
      name: `${verb}_${thing}`,
      description: `${verb}s one ${thing} of the account`,
      inputSchema: { type: 'object', properties: { id: { type: 'string' }, note: { description: 'n'.repeat(9000) } } },
    })),
  );
  const a = new FakeServer('a', {
    answer: (message) => (message.method === 'tools/list' ? { tools } : { content: [] }),
  });
  const client = await open([a], {}, true);
  const find = async (query: string, limit?: number): Promise<string[]> => {
    const response = await client.send('tools/call', { name: 'find_tools', arguments: { query, limit } });
    const text = await response.text();
    assert.ok(text.length < 200_000, `${text.length} characters`);
    const { result } = JSON.parse(text) as { result: { structuredContent: Tools } };
    return result.structuredContent.tools.map((tool) => String(tool['name']));
  };
  assert.equal((await find('archive_ticket31'))[0], 'archive_ticket31');
  assert.equal((await find('how do I share the bucket44?'))[0], 'share_bucket44');
  assert.equal((await find('updating user8'))[0], 'update_user8');
  assert.equal(
    (await find('export')).every((name) => name.startsWith('export_')),
    true,
  );
  assert.equal((await find('export')).length, 5);
  assert.equal((await find('export', 1)).length, 1);
  // Twenty of them would be 180,000 characters, twice.
  assert.equal((await find('export', 1_000_000)).length, 7);
  assert.deepEqual(await find('?'), []);
  assert.equal((await find(`share_bucket44 ${'x '.repeat(50_000)}`))[0], 'share_bucket44');
});

test('a tool inside of call_tool is bound by its own fields, hints and rules', async () => {
  const hints = { readOnlyHint: false };
  const inputSchema = {
    type: 'object',
    properties: { name: { type: 'string', 'x-mcp-header': 'Name' }, key: { type: 'string', 'x-mcp-header': 'Key' } },
  };
  const tools = [{ name: 'order', inputSchema, annotations: hints }];
  const a = new FakeServer('a', {
    modern: true,
    answer: (message) => (message.method === 'tools/list' ? { tools } : { content: [], ...message.params }),
  });
  const selection = { tools: [rule('order', { fixedArguments: new Map([['key', '"k"']]) })] };
  const inner = { name: 'call_tool', arguments: { name: 'order', arguments: { name: 'n', key: 'mine' } } };
  const searching = new ModernClient(endpointOf([a], selection, { search: true }));
  const { status, error } = await searching.call('tools/call', inner);
  assert.equal(status, 200, JSON.stringify(error));
  assert.deepEqual(a.of('tools/call')[0]?.params?.['arguments'], { name: 'n', key: 'k' });
  // By name: what is shown is checked, what is hidden is not.
  const plain = new ModernClient(endpointOf([a], selection));
  const call = { name: 'order', arguments: { name: 'n', key: 'mine' } };
  assert.equal((await plain.call('tools/call', call)).error?.code, -32020);
  assert.equal((await plain.call('tools/call', call, { headers: { 'mcp-param-name': 'n' } })).status, 200);
});

test('nothing of a resource that is not shown is told: no completion, no update', async () => {
  const a = new FakeServer('a', {
    capabilities: { resources: { subscribe: true, listChanged: true }, completions: {} },
    answer: (message) =>
      message.method === 'completion/complete'
        ? { completion: { values: ['x'] } }
        : { resources: [], resourceTemplates: [] },
  });
  const endpoint = endpointOf([a], { resources: [rule('f:///docs/*')] });
  const client = new RawClient(endpoint);
  await client.initialize();
  const complete = async (uri: string): Promise<unknown> => {
    const ref = { type: 'ref/resource', uri };
    return (await client.call('completion/complete', { ref, argument: { name: 'x', value: '' } })).error?.code;
  };
  assert.equal(await complete('f:///docs/{x}'), undefined);
  assert.equal(await complete('f:///keys/{x}'), -32002);
  const aborted = new AbortController();
  const notifications = { resourceSubscriptions: ['f:///docs/1', 'f:///keys/1'] };
  const stream = await new ModernClient(endpoint).send(
    'subscriptions/listen',
    { notifications },
    { signal: aborted.signal },
  );
  const reader = new EventReader(stream);
  const acknowledged = await reader.next();
  assert.match(JSON.stringify(acknowledged?.message), /docs/);
  assert.doesNotMatch(JSON.stringify(acknowledged?.message), /keys/);
  aborted.abort();
  const told = a.received.filter(({ bodyText }) => bodyText.includes('keys'));
  assert.deepEqual(
    told.map(({ method }) => method),
    [],
  );
});

test('a name that nothing has is a warning, said once, and not while a target is away', async () => {
  const a = new FakeServer('a', { answer: withTools('x') });
  const b = new FakeServer('b', { answer: withTools('y') });
  const { log, lines } = memoryLog();
  const said = (): string[] => lines.filter((line) => line.includes('no target has'));
  const selection = { tools: [rule('gone', { exclude: true }), rule('b_y'), rule('typo'), rule('z*')] };
  const endpoint = endpointOf([a, b], selection, { log, failOpen: true });
  b.broken = 'is away';
  const early = new RawClient(endpoint);
  await early.initialize();
  assert.deepEqual(await names(early), []);
  assert.deepEqual(said(), []);
  const late = new RawClient(endpointOf([a, new FakeServer('b', { answer: withTools('y') })], selection, { log }));
  await late.initialize();
  assert.deepEqual([await names(late), await names(late)], [['y'], ['y']]);
  assert.equal(said().length, 1);
  assert.match(said()[0] ?? '', /tools are selected that no target has.*typo/);
  assert.doesNotMatch(said()[0] ?? '', /gone|b_y|z/);
});

test('a call through call_tool is repeated only where the inner tool may be', async () => {
  for (const readOnlyHint of [false, true]) {
    const servers = [1, 2].map(
      () =>
        new FakeServer('a', {
          answer(message, server) {
            if (message.method === 'tools/list') return { tools: [{ name: 'ask', annotations: { readOnlyHint } }] };
            server.ask('q', 'elicitation/create', { message: 'name?' }, Number(message.id));
            return undefined;
          },
        }),
    );
    const clients = servers.map((server) => new ModernClient(endpointOf([server], {}, { search: true })));
    const call = { name: 'call_tool', arguments: { name: 'ask' } };
    const capabilities = { elicitation: {} };
    const asked = await clients[0]?.call('tools/call', call, { capabilities });
    const { requestState } = asked?.result ?? {};
    assert.equal(typeof requestState, 'string');
    // Another gateway, which does not hold the call.
    await clients[1]?.call('tools/call', { ...call, inputResponses: {}, requestState }, { capabilities });
    assert.equal(servers[1]?.of('tools/call').length, readOnlyHint ? 1 : 0);
  }
});
