import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { McpAccess } from '../access.ts';
import type { McpRecord } from '../record.ts';
import { FakeServer } from '../testdata/fake-target.ts';
import { endpointFetch, makeEndpoint, type HarnessHooks } from '../testdata/fetch-harness.ts';
import { ModernClient, type ModernAnswer } from '../testdata/modern-client.ts';
import { WorkerBus } from '../testdata/worker-bus.ts';

const capabilities = { elicitation: {} };

/** A server with sessions that asks in the middle of every call. */
function asking(): FakeServer {
  return new FakeServer('a', {
    answer(message, server) {
      if (message.method === 'tools/list') return { tools: [{ name: 'ask', inputSchema: { type: 'object' } }] };
      server.ask(`q${message.idText}`, 'elicitation/create', { message: 'name?' }, Number(message.id));
      return undefined;
    },
  });
}

function begin(client: ModernClient): Promise<ModernAnswer> {
  return client.call('tools/call', { name: 'ask' }, { capabilities });
}

/** Comes back for a call, with an answer to every question. */
function comeBack(client: ModernClient, { result }: ModernAnswer): Promise<ModernAnswer> {
  const { requestState, inputRequests = {} } = result;
  const inputResponses = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, { action: 'decline' }]));
  return client.call('tools/call', { name: 'ask', inputResponses, requestState }, { capabilities });
}

/** Answers all calls, once the server has the answers to its questions. */
async function finish(server: FakeServer): Promise<void> {
  while (!server.received.some(({ kind }) => kind === 'result')) await new Promise((resolve) => setImmediate(resolve));
  for (const call of server.of('tools/call')) server.reply(call, { content: [{ type: 'text', text: 'done' }] });
}

test('a call that waits is there for its own principal only', async () => {
  const server = asking();
  const endpoint = makeEndpoint({ targets: [server.target] });
  const alice = new ModernClient(endpoint, { principal: 'alice' });
  const asked = await begin(alice);
  for (const principal of ['bob', '']) {
    const stolen = await comeBack(new ModernClient(endpoint, { principal }), asked);
    assert.equal(stolen.error?.code, -32602, principal);
  }
  assert.equal(endpoint.parkedCalls, 1);
  const answer = comeBack(alice, asked);
  await finish(server);
  assert.equal((await answer).result.content?.[0]?.text, 'done');
});

test('so it is when another worker passes the request on', async () => {
  const server = asking();
  const bus = new WorkerBus(2);
  const [holder, other] = [0, 1].map((worker) =>
    makeEndpoint({ targets: [server.target], sessionPorts: bus.ports(worker) }),
  );
  assert.ok(holder !== undefined && other !== undefined);
  const via = (principal: string): ModernClient => {
    const relay: HarnessHooks['relay'] = (_, request) => {
      const passed = endpointFetch(holder, { fromPeer: true, principal: request.principal })(request.again());
      void passed.then((response) => request.pass(response));
    };
    return new ModernClient(other, { principal, relay });
  };
  const asked = await begin(new ModernClient(holder, { principal: 'alice' }));
  assert.equal((await comeBack(via('bob'), asked)).error?.code, -32602);
  const answer = comeBack(via('alice'), asked);
  await finish(server);
  assert.equal((await answer).result.content?.[0]?.text, 'done');
});

test('who comes back for a call must still be allowed to make it', async () => {
  const server = asking();
  const hooks: { access: McpAccess; record(record: McpRecord): void } = {
    access: { allows: () => true, shows: (_, items) => items.map(() => true) },
    record: ({ lackedScopes }) => lacked.push(lackedScopes),
  };
  const lacked: (readonly string[] | undefined)[] = [];
  const client = new ModernClient(makeEndpoint({ targets: [server.target] }), hooks);
  const asked = await begin(client);
  const seen: unknown[] = [];
  hooks.access = {
    ...hooks.access,
    allows: (...question) => {
      seen.push(question);
      return false;
    },
  };
  const forbidden = await comeBack(client, asked);
  assert.deepEqual([forbidden.status, forbidden.error?.message], [200, 'Unknown tool: ask']);
  assert.deepEqual(seen, [['tools/call', { kind: 'tool', target: 'a', name: 'ask' }, undefined]]);
  hooks.access = { allows: () => true, shows: (_, items) => items.map(() => true), lacks: () => ['more'] };
  const refused = await comeBack(client, asked);
  assert.deepEqual([refused.status, lacked.at(-1)], [403, ['more']]);
  hooks.access = { allows: () => true, shows: (_, items) => items.map(() => true) };
  const answer = comeBack(client, asked);
  await finish(server);
  assert.equal((await answer).result.content?.[0]?.text, 'done');
});
