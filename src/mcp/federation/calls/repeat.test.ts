import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer } from '../../testdata/fake-target.ts';
import { makeEndpoint } from '../../testdata/fetch-harness.ts';
import { RawClient } from '../../testdata/raw-client.ts';
import { TargetError } from '../../transports/transport.ts';

type Loss = TargetError['lost'];

interface CallResult {
  readonly isError?: boolean;
  readonly content: readonly { readonly text: string }[];
}

/** A server whose first call, or other request, ends so. */
function losing(lost: Loss, annotations: object = {}): FakeServer {
  let left = 1;
  return new FakeServer('a', {
    capabilities: { tools: {}, prompts: {} },
    answer(message, self) {
      if (message.method === 'tools/list') return { tools: [{ name: 't', inputSchema: {}, annotations }] };
      if (message.method === 'prompts/list') return { prompts: [{ name: 'p' }] };
      if (left-- > 0) {
        self.events?.failed(Number(message.id), new TargetError('hung up', { lost }));
        return undefined;
      }
      return { content: [{ type: 'text', text: 'done' }], messages: [] };
    },
  });
}

async function open(server: FakeServer): Promise<RawClient> {
  const client = new RawClient(makeEndpoint({ targets: [server.target] }));
  await client.initialize();
  await client.call('tools/list');
  return client;
}

async function callTool(server: FakeServer): Promise<{ readonly calls: number; readonly text: string }> {
  const client = await open(server);
  const { result } = await client.call<CallResult>('tools/call', { name: 't' });
  return {
    calls: server.of('tools/call').length,
    text: `${result.isError === true ? 'error: ' : ''}${result.content[0]?.text}`,
  };
}

test('a call that never reached its server is made again', async () => {
  assert.deepEqual(await callTool(losing('unsent')), { calls: 2, text: 'done' });
});

test('a call that its server may have begun with is not made again, and the model learns that', async () => {
  const { calls, text } = await callTool(losing('maybeProcessed'));
  assert.equal(calls, 1);
  assert.equal(text, 'error: MCP server "a" hung up; it may have acted on the request, which was not repeated');
});

test('it is where its tool says that a second call changes nothing', async () => {
  for (const annotations of [{ readOnlyHint: true }, { idempotentHint: true }]) {
    assert.deepEqual(await callTool(losing('maybeProcessed', annotations)), { calls: 2, text: 'done' });
  }
  assert.equal((await callTool(losing('maybeProcessed', { readOnlyHint: false, idempotentHint: 'yes' }))).calls, 1);
});

test('prompts are asked for again', async () => {
  const server = losing('maybeProcessed');
  const client = await open(server);
  assert.equal((await client.call('prompts/get', { name: 'p' })).error, undefined);
  assert.equal(server.of('prompts/get').length, 2);
});

test('a refusal is an answer, and is not asked for again', async () => {
  assert.deepEqual(await callTool(losing('no')), { calls: 1, text: 'error: MCP server "a" hung up' });
});

test('a request is made again once, and not for a client that has cancelled it', async () => {
  let failing: FakeServer['events'] = null;
  const server = new FakeServer('a', {
    answer(message, self) {
      if (message.method !== 'tools/call') return { tools: [{ name: 't', inputSchema: {} }] };
      failing = self.events;
      self.events?.failed(Number(message.id), new TargetError('hung up', { lost: 'unsent' }));
      return undefined;
    },
  });
  const client = await open(server);
  const { result } = await client.call<CallResult>('tools/call', { name: 't' });
  assert.ok(result.isError === true && failing !== null);
  assert.equal(server.of('tools/call').length, 2);
  const call = client.send('tools/call', { name: 't' }, 'mine');
  while (server.of('tools/call').length < 3) await new Promise((resolve) => setImmediate(resolve));
  await client.notify('notifications/cancelled', { requestId: 'mine' });
  await call;
  const { result: later } = await client.call<CallResult>('tools/call', { name: 't' });
  assert.ok(later.isError === true);
  // Two of the last call, one of the cancelled.
  assert.equal(server.of('tools/call').length, 5);
});
