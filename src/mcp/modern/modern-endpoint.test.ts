import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../testkit/client.ts';
import type { McpEndpoint } from '../endpoint.ts';
import { asked, FakeServer, RpcFailure, withTools } from '../testdata/fake-target.ts';
import { makeEndpoint, workerOne, type HarnessRequest } from '../testdata/fetch-harness.ts';
import { ModernClient } from '../testdata/modern-client.ts';
import { EventReader, RawClient } from '../testdata/raw-client.ts';
import { Message } from '../wire/jsonrpc.ts';
import { requestDigest, RequestStates } from './request-state.ts';

const versionKey = 'io.modelcontextprotocol/protocolVersion';
const capabilitiesKey = 'io.modelcontextprotocol/clientCapabilities';

function open(...servers: FakeServer[]): { client: ModernClient; endpoint: McpEndpoint } {
  const endpoint = makeEndpoint({ targets: servers.map((server) => server.target), prefixMode: 'onClash' });
  return { client: new ModernClient(endpoint), endpoint };
}

/** A server that asks for a name in the middle of every call. */
function asking(annotations: object = {}): FakeServer {
  return new FakeServer('a', {
    answer(message, server) {
      if (message.method === 'tools/list') {
        return { tools: [{ name: 'ask', inputSchema: { type: 'object' }, annotations }] };
      }
      server.ask('their-id', 'elicitation/create', { message: 'name?' }, Number(message.id));
      return undefined;
    },
  });
}

test('questions that a server asks at once reach the client together, though each arrives by itself', async () => {
  const server = new FakeServer('a', {
    async answer(message, self) {
      if (message.method === 'tools/list') return { tools: [{ name: 'ask', inputSchema: { type: 'object' } }] };
      for (const [id, method] of ['elicitation/create', 'sampling/createMessage'].entries()) {
        self.ask(id, method, {}, Number(message.id));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return undefined;
    },
  });
  const { client } = open(server);
  const { result } = await client.call(
    'tools/call',
    { name: 'ask' },
    { capabilities: { elicitation: {}, sampling: {} } },
  );
  const methods = Object.values(result.inputRequests ?? {}).map(({ method }) => method);
  assert.deepEqual(methods, ['elicitation/create', 'sampling/createMessage']);
});

test('a request must say what it is, the same in its header fields and its body', async () => {
  const { client } = open(new FakeServer('a', { answer: withTools('x') }));
  const call = { name: 'x', arguments: {} };
  const cases: [string, Parameters<ModernClient['call']>, number, number][] = [
    ['no version header', ['tools/list', {}, { headers: { 'mcp-protocol-version': undefined } }], 400, -32020],
    ['another version header', ['tools/list', {}, { headers: { 'mcp-protocol-version': '2025-11-25' } }], 400, -32020],
    ['no version', ['tools/list', {}, { meta: { [versionKey]: undefined } }], 400, -32602],
    ['no capabilities', ['tools/list', {}, { meta: { [capabilitiesKey]: undefined } }], 400, -32602],
    ['no method header', ['tools/list', {}, { headers: { 'mcp-method': undefined } }], 400, -32020],
    ['another method header', ['tools/list', {}, { headers: { 'mcp-method': 'ping' } }], 400, -32020],
    ['no name header', ['tools/call', call, { headers: { 'mcp-name': undefined } }], 400, -32020],
    ['another name header', ['tools/call', call, { headers: { 'mcp-name': 'y' } }], 400, -32020],
    ['a broken name header', ['tools/call', call, { headers: { 'mcp-name': '=?base64?x?=' } }], 400, -32020],
    ['initialize', ['initialize', {}], 404, -32601],
    ['ping', ['ping', {}], 404, -32601],
    ['an unknown method', ['no/such', {}], 404, -32601],
    ['a list that no server has', ['prompts/list', {}], 404, -32601],
    ['a call of nothing', ['tools/call', {}], 200, -32602],
  ];
  for (const [what, request, status, code] of cases) {
    const answer = await client.call(...request);
    assert.deepEqual([answer.status, answer.error?.code], [status, code], what);
    assert.notEqual(answer.id, null, what);
  }
  const future = await client.call(
    'tools/list',
    {},
    {
      meta: { [versionKey]: '2099-01-01' },
      headers: { 'mcp-protocol-version': '2099-01-01' },
    },
  );
  assert.deepEqual([future.status, future.error?.code, future.error?.data?.['requested']], [400, -32022, '2099-01-01']);
  assert.deepEqual((future.error?.data?.['supported'] as string[] | undefined)?.[0], '2026-07-28');
});

test('GET and DELETE do not exist in this revision, and a batch is refused', async () => {
  const { client } = open(new FakeServer('a'));
  for (const method of ['GET', 'DELETE']) {
    const headers = { 'mcp-protocol-version': '2026-07-28', accept: 'text/event-stream' };
    assert.equal((await client.fetch('http://localhost/mcp', { method, headers })).status, 405);
  }
  const raw = new RawClient(open(new FakeServer('a')).endpoint);
  const response = await raw.post('[]', { 'mcp-protocol-version': '2026-07-28' });
  assert.equal(response.status, 400);
});

test('clients of both eras are served side by side', async () => {
  const server = new FakeServer('a', { answer: withTools('x') });
  const { client, endpoint } = open(server);
  const raw = new RawClient(endpoint);
  await raw.initialize();
  const older = await raw.call('tools/list');
  const newer = await client.call('tools/list', {}, { headers: { 'mcp-session-id': 'whatever' } });
  assert.deepEqual(Object.keys(older.result), ['tools']);
  assert.deepEqual(Object.keys(newer.result), ['resultType', 'ttlMs', 'cacheScope', 'tools']);
  assert.deepEqual(newer.result['tools'], older.result['tools']);
});

test('what the gateway is, is discovered', async () => {
  const { client } = open(new FakeServer('a', { instructions: 'Do.', capabilities: { tools: {}, logging: {} } }));
  const { result } = await client.call('server/discover');
  assert.deepEqual([result['resultType'], result['ttlMs'], result['cacheScope']], ['complete', 0, 'private']);
  assert.deepEqual(result['capabilities'], { tools: { listChanged: true }, logging: {} });
  assert.equal(result['instructions'], 'Do.');
});

test('what belongs to one request does not reach a server with a session, the rest of its _meta does', async () => {
  const server = new FakeServer('a', { answer: withTools('x') });
  const { client } = open(server);
  const { result } = await client.call('tools/call', { name: 'x', n: 1 }, { meta: { mine: 12.0 } });
  assert.equal(result['resultType'], 'complete');
  assert.deepEqual(server.of('tools/call').map(asked)[0], { name: 'x', n: 1, _meta: { mine: 12 } });
});

test('a question in the middle of a call is a result, and its answer goes on with the same call', async () => {
  const server = asking();
  const { client, endpoint } = open(server);
  const capabilities = { elicitation: {} };
  const asked = await client.call('tools/call', { name: 'ask' }, { capabilities });
  const [[id, question] = ['', undefined]] = Object.entries(asked.result.inputRequests ?? {});
  assert.equal(asked.result['resultType'], 'input_required');
  assert.deepEqual(question, { method: 'elicitation/create', params: { message: 'name?' } });
  assert.equal(endpoint.parkedCalls, 1);
  const { requestState } = asked.result;
  const answers = { [id]: { action: 'accept', content: { name: 'Ada' } } };
  const other = { name: 'ask', arguments: { more: 1 }, inputResponses: answers, requestState };
  assert.equal((await client.call('tools/call', other, { capabilities })).error?.code, -32602);
  const retry = client.call('tools/call', { name: 'ask', inputResponses: answers, requestState }, { capabilities });
  await eventually(() => server.received.some(({ kind }) => kind === 'result'), 'the answer at the server');
  const answer = server.received.find(({ kind }) => kind === 'result');
  assert.deepEqual([answer?.id, answer?.outcome], ['their-id', answers[id]]);
  const [call] = server.of('tools/call');
  assert.ok(call !== undefined);
  server.reply(call, { content: [{ type: 'text', text: 'Hello, Ada' }] });
  assert.equal((await retry).result.content?.[0]?.text, 'Hello, Ada');
  assert.equal(server.of('tools/call').length, 1);
  assert.equal(endpoint.parkedCalls, 0);
});

test('a question that was not answered is asked again', async () => {
  const { client } = open(asking());
  const capabilities = { elicitation: {} };
  const first = await client.call('tools/call', { name: 'ask' }, { capabilities });
  const { requestState } = first.result;
  const again = await client.call('tools/call', { name: 'ask', inputResponses: {}, requestState }, { capabilities });
  assert.deepEqual(again.result.inputRequests, first.result.inputRequests);
  assert.notEqual(again.result.requestState, requestState);
});

test('an answer that came while the client was away is there when it comes back', async () => {
  const server = asking();
  const { client } = open(server);
  const capabilities = { elicitation: {} };
  const { result } = await client.call('tools/call', { name: 'ask' }, { capabilities });
  const [call] = server.of('tools/call');
  assert.ok(call !== undefined);
  server.reply(call, { content: [{ type: 'text', text: 'gave up' }] });
  const { requestState } = result;
  const late = await client.call('tools/call', { name: 'ask', inputResponses: {}, requestState }, { capabilities });
  assert.equal(late.result.content?.[0]?.text, 'gave up');
});

test('a client is not asked for what it cannot do', async () => {
  const server = asking();
  const { client } = open(server);
  const waiting = client.call('tools/call', { name: 'ask' });
  await eventually(() => server.of('initialize').length === 1, 'the handshake');
  assert.deepEqual(server.of('initialize')[0]?.params?.['capabilities'], {});
  await eventually(() => server.of('tools/call').length === 1, 'the call');
  const [call] = server.of('tools/call');
  assert.ok(call !== undefined);
  server.reply(call, { content: [] });
  await waiting;
});

test('a call that is no longer there is repeated only where that is harmless', async () => {
  for (const [annotations, repeated] of [
    [{}, false],
    [{ readOnlyHint: true }, true],
    [{ idempotentHint: true }, true],
  ] as const) {
    const server = asking(annotations);
    const { client } = open(server);
    const capabilities = { elicitation: {} };
    const { result } = await client.call('tools/call', { name: 'ask' }, { capabilities });
    const { requestState } = result;
    // Another gateway of the same fleet, which does not hold the call.
    const other = asking(annotations);
    const fleet = open(other);
    const answer = await fleet.client.call(
      'tools/call',
      { name: 'ask', inputResponses: {}, requestState },
      { capabilities },
    );
    assert.equal(other.of('tools/call').length, repeated ? 1 : 0);
    assert.equal(answer.result['resultType'], repeated ? 'input_required' : 'complete');
    assert.equal(answer.result.isError === true, !repeated);
  }
});

test('what came too late is treated as a call that is no longer there', async () => {
  const own = { run: 'test', worker: 1, generation: 1 };
  for (const [annotations, repeated, holder] of [
    [{}, false, own],
    [{ readOnlyHint: true }, true, own],
    [{ readOnlyHint: true }, true, { run: 'test', worker: 0, generation: 4 }],
  ] as const) {
    const ports = workerOne(4);
    const server = asking(annotations);
    const endpoint = makeEndpoint({ targets: [server.target], sessionPorts: ports });
    const digest = requestDigest(
      new Message('request', 1, '1', 'tools/call', { name: 'ask' }, undefined, ''),
      JSON.stringify(['', '']),
    );
    const requestState = new RequestStates(ports.keys, 'test').seal({ holder, handle: 'h', digest, expires: 1 });
    const client = new ModernClient(endpoint, { relay: (_, request) => request.fail(new Error('relayed')) });
    const retry = { name: 'ask', inputResponses: {}, requestState };
    const { result } = await client.call('tools/call', retry, { capabilities: { elicitation: {} } });
    assert.equal(result['resultType'], repeated ? 'input_required' : 'complete');
    assert.equal(result.isError === true, !repeated);
  }
});

test('a URL that an older server wants visited first is no question for a client that cannot be sent there', async () => {
  const urls = { elicitations: [{ mode: 'url', elicitationId: 'e', url: 'https://x.test/', message: 'go' }] };
  const { client } = open(
    new FakeServer('a', {
      answer: (message, self) =>
        message.method === 'tools/call' ? new RpcFailure(-32042, 'visit first', urls) : withTools('x')(message, self),
    }),
  );
  for (const capabilities of [{}, { elicitation: {} }, { elicitation: { form: {} } }]) {
    const { status, error } = await client.call('tools/call', { name: 'x' }, { capabilities });
    assert.deepEqual([status, error?.code], [400, -32021]);
    assert.deepEqual(error?.data, { requiredCapabilities: { elicitation: { url: {} } } });
  }
});

test('a state that we did not make is refused', async () => {
  const { client } = open(asking());
  for (const requestState of ['x', 'wg1.AAAA', `wg1.${'A'.repeat(80)}`]) {
    const answer = await client.call('tools/call', { name: 'ask', requestState });
    assert.equal(answer.error?.code, -32602);
  }
});

test('answers for a call of another worker are relayed there, once', async () => {
  const relayed: number[] = [];
  const hooks = {
    relay(worker: number, request: HarnessRequest): void {
      relayed.push(worker);
      request.fail(new Error('relayed'));
    },
  };
  const ports = workerOne(4);
  const endpoint = makeEndpoint({ targets: [asking().target], prefixMode: 'onClash', sessionPorts: ports });
  const states = new RequestStates(ports.keys, 'test');
  const holder = { run: 'test', worker: 0, generation: 4 };
  const requestState = states.seal({ holder, handle: 'h', digest: 'd', expires: Date.now() + 60_000 });
  await new ModernClient(endpoint, hooks).send('tools/call', { name: 'ask', requestState });
  assert.deepEqual(relayed, [0]);
  const peer = new ModernClient(endpoint, { ...hooks, fromPeer: true });
  assert.equal((await peer.call('tools/call', { name: 'ask', requestState })).error?.code, -32602);
  assert.deepEqual(relayed, [0]);
});

test('calls that a server may answer with questions each have a session of their own with it', async () => {
  const server = new FakeServer('a', {
    blind: true,
    answer: (message, self) => (message.method === 'tools/call' ? undefined : withTools('x')(message, self)),
  });
  const { client } = open(server);
  const capabilities = { sampling: {} };
  const begin = async (request: { capabilities?: object }, count: number): Promise<void> => {
    void client.send('tools/call', { name: 'x' }, request);
    await eventually(() => server.of('tools/call').length === count, `call ${count}`);
  };
  for (const count of [1, 2, 3]) await begin({ capabilities }, count);
  assert.equal(server.connections, 3);
  for (const count of [4, 5, 6]) await begin({}, count);
  assert.equal(server.connections, 4);
});

test('the end of a response is the end of its call', async () => {
  const server = new FakeServer('a', {
    answer: (message, self) => (message.method === 'tools/call' ? undefined : withTools('x')(message, self)),
  });
  const { client } = open(server);
  const abort = new AbortController();
  const call = client.send('tools/call', { name: 'x' }, { signal: abort.signal });
  await eventually(() => server.of('tools/call').length === 1, 'the call');
  abort.abort();
  await assert.rejects(call);
  await eventually(() => server.of('notifications/cancelled').length === 1, 'the cancellation');
});

test('progress and log messages come ahead of the answer, as far as the request wants them', async () => {
  const server = new FakeServer('a', {
    capabilities: { tools: {}, logging: {} },
    answer(message, self) {
      if (message.method !== 'tools/call')
        return message.method === 'logging/setLevel' ? {} : withTools('x')(message, self);
      const id = Number(message.id);
      self.notify('notifications/progress', { progressToken: id, progress: 1 }, id);
      self.notify('notifications/message', { level: 'info', data: 'info' }, id);
      self.notify('notifications/message', { level: 'error', data: 'error' }, id);
      return { content: [] };
    },
  });
  const { client } = open(server);
  const quiet = await client.call('tools/call', { name: 'x' });
  assert.deepEqual(quiet.result.content, []);
  const meta = { progressToken: 'mine', 'io.modelcontextprotocol/logLevel': 'warning' };
  const events = new EventReader(await client.send('tools/call', { name: 'x' }, { meta }));
  assert.deepEqual((await events.next())?.message.params, { progressToken: 'mine', progress: 1 });
  assert.deepEqual((await events.next())?.message.params, { level: 'error', data: 'error' });
  assert.ok((await events.next())?.message['result'] !== undefined);
  assert.equal(await events.next(), null);
  assert.deepEqual(server.of('logging/setLevel')[0]?.params, { level: 'warning' });
});

test('a listener hears what it asked for, tagged, and servers are told of the first and the last one', async () => {
  const server = new FakeServer('a', {
    capabilities: { tools: { listChanged: true }, resources: { subscribe: true } },
    answer: () => ({}),
  });
  const { client } = open(server);
  const filter = { notifications: { toolsListChanged: true, resourceSubscriptions: ['f:///1'] } };
  const abort = new AbortController();
  const first = new EventReader(await client.send('subscriptions/listen', filter, { signal: abort.signal }));
  const second = new EventReader(
    await client.send('subscriptions/listen', { notifications: { promptsListChanged: true } }),
  );
  const tag = 'io.modelcontextprotocol/subscriptionId';
  const ack = await first.next();
  assert.equal(ack?.message['method'], 'notifications/subscriptions/acknowledged');
  assert.deepEqual(ack?.message.params, { _meta: { [tag]: 1 }, notifications: filter.notifications });
  assert.deepEqual((await second.next())?.message.params?.['notifications'], {});
  assert.equal(server.of('resources/subscribe').length, 1);
  server.notify('notifications/resources/updated', { uri: 'f:///2' });
  server.notify('notifications/resources/updated', { uri: 'f:///1' });
  server.notify('notifications/tools/list_changed', {});
  assert.deepEqual((await first.next())?.message.params, { _meta: { [tag]: 1 }, uri: 'f:///1' });
  assert.deepEqual((await first.next())?.message, {
    jsonrpc: '2.0',
    method: 'notifications/tools/list_changed',
    params: { _meta: { [tag]: 1 } },
  });
  await first.cancel();
  await eventually(() => server.of('resources/unsubscribe').length === 1, 'the end of the subscription');
});

test('errors of older servers become those of this revision', async () => {
  const urls = { elicitations: [{ mode: 'url', elicitationId: 'e', url: 'https://x.test/', message: 'go' }] };
  const server = new FakeServer('a', {
    capabilities: { tools: {}, resources: {} },
    answer(message, self) {
      if (message.method === 'resources/read') return new RpcFailure(-32002, 'no such resource');
      if (message.method === 'tools/call') return new RpcFailure(-32042, 'visit first', urls);
      return withTools('x')(message, self);
    },
  });
  const { client } = open(server);
  assert.deepEqual((await client.call('resources/read', { uri: 'f:///1' })).error, {
    code: -32602,
    message: 'no such resource',
  });
  const { result } = await client.call('tools/call', { name: 'x' }, { capabilities: { elicitation: { url: {} } } });
  assert.deepEqual(Object.values(result.inputRequests ?? {}), [
    { method: 'elicitation/create', params: urls.elicitations[0] },
  ]);
  const retry = { name: 'x', inputResponses: { url0: { action: 'accept' } }, requestState: result.requestState };
  await client.call('tools/call', retry, { capabilities: { elicitation: { url: {} } } });
  assert.deepEqual(Object.keys(server.of('tools/call')[1]?.params ?? {}), ['name', '_meta']);
});
