import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer, RpcFailure, withTools } from '../../testdata/fake-target.ts';
import { makeEndpoint } from '../../testdata/fetch-harness.ts';
import { ModernClient } from '../../testdata/modern-client.ts';
import { EventReader, RawClient } from '../../testdata/raw-client.ts';

async function open(servers: FakeServer[], capabilities: object, protocolVersion = '2025-11-25'): Promise<RawClient> {
  const client = new RawClient(makeEndpoint({ targets: servers.map((server) => server.target) }));
  await client.initialize({ capabilities, protocolVersion });
  return client;
}

function refusals(server: FakeServer): unknown[] {
  return server.received.flatMap(({ kind, id, outcome }) =>
    kind === 'error' ? [[id, (outcome as { code: number }).code]] : [],
  );
}

test('a server that asks for what the client does not have is told so at once', async () => {
  const server = new FakeServer('a');
  const client = await open([server], { sampling: {}, elicitation: { form: {} } });
  const url = { mode: 'url', url: 'https://x.test/', elicitationId: 'e', message: 'm' };
  server.ask(1, 'roots/list', {});
  server.ask(2, 'elicitation/create', url);
  server.ask(3, 'sampling/createMessage', { messages: [], tools: [] });
  server.ask(4, 'sampling/createMessage', { messages: [], toolChoice: { mode: 'none' } });
  assert.deepEqual(refusals(server), [
    [1, -32601],
    [2, -32602],
    [3, -32602],
    [4, -32602],
  ]);
  server.ask(5, 'sampling/createMessage', { messages: [], maxTokens: 1 });
  const events = new EventReader(await client.get());
  assert.equal((await events.next())?.message['method'], 'sampling/createMessage');
  const tools = new FakeServer('a');
  await open([tools], { sampling: { tools: {} } });
  tools.ask(1, 'sampling/createMessage', { messages: [], tools: [] });
  assert.deepEqual(refusals(tools), []);
});

test('a form is for clients that take forms: those that declare them, or no mode at all', async () => {
  for (const [capability, takes] of [
    [{ url: {} }, false],
    [{ url: {}, form: {} }, true],
    [{ form: {} }, true],
    [{}, true],
  ] as const) {
    const server = new FakeServer('a');
    await open([server], { elicitation: capability });
    server.ask(1, 'elicitation/create', { message: 'm', requestedSchema: { type: 'object' } });
    server.ask(2, 'elicitation/create', { mode: 'form', message: '"url"', requestedSchema: { type: 'object' } });
    assert.deepEqual(refusals(server), takes ? [] : [1, 2].map((id) => [id, -32602]), JSON.stringify(capability));
  }
});

test('that a page was visited is told to the client that was sent there', async () => {
  const server = new FakeServer('a', {
    answer: (message, self) =>
      message.method === 'tools/call'
        ? new RpcFailure(-32042, 'visit', { elicitations: [{ mode: 'url', elicitationId: 'e2', message: 'm' }] })
        : withTools('x')(message, self),
  });
  const other = new FakeServer('b');
  const client = await open([server, other], { elicitation: { url: {} } });
  const events = new EventReader(await client.get());
  server.ask(1, 'elicitation/create', { mode: 'url', url: 'https://x.test/', elicitationId: 'e1', message: 'm' });
  assert.equal((await events.next())?.message.params?.['message'], '[a] m');
  const refused = (await client.call('tools/call', { name: 'a_x' })) as { error?: { data?: object } };
  assert.deepEqual(refused.error?.data, { elicitations: [{ mode: 'url', elicitationId: 'e2', message: '[a] m' }] });
  for (const elicitationId of ['e0', 'e1', 'e2']) {
    server.notify('notifications/elicitation/complete', { elicitationId });
  }
  assert.equal((await events.next())?.message.params?.['elicitationId'], 'e1');
  assert.equal((await events.next())?.message.params?.['elicitationId'], 'e2');
});

test('a client of 2025-06-18 gets forms as its revision writes them', async () => {
  const server = new FakeServer('a');
  const client = await open([server], { elicitation: {} }, '2025-06-18');
  server.ask(1, 'elicitation/create', { mode: 'form', message: 'm', requestedSchema: {} });
  const events = new EventReader(await client.get());
  assert.deepEqual((await events.next())?.message.params, { message: 'm', requestedSchema: {} });
});

test('questions in results of servers without sessions say who asks, and nothing else changes', async () => {
  const inputRequests = {
    who: { method: 'elicitation/create', params: { message: 'name?' } },
    what: { method: 'sampling/createMessage', params: { messages: [] } },
    where: { method: 'roots/list' },
  };
  const asking = new FakeServer('a', {
    modern: true,
    answer: (message, self) =>
      message.method === 'tools/call'
        ? { resultType: 'input_required', inputRequests, requestState: 's' }
        : withTools('x')(message, self),
  });
  const capabilities = { elicitation: {}, sampling: {}, roots: {} };
  const client = new ModernClient(makeEndpoint({ targets: [asking.target, new FakeServer('b').target] }));
  const { result } = await client.call('tools/call', { name: 'a_x' }, { capabilities });
  assert.deepEqual(result, {
    resultType: 'input_required',
    inputRequests: {
      who: { method: 'elicitation/create', params: { message: '[a] name?' } },
      what: { method: 'sampling/createMessage', params: { _meta: { 'waygate/server': 'a' }, messages: [] } },
      where: { method: 'roots/list' },
    },
    requestState: 's',
  });
});
