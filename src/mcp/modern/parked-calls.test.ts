import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../testkit/client.ts';
import type { McpLimits } from '../../model/mcp.ts';
import type { McpAccess } from '../access.ts';
import type { McpEndpoint } from '../endpoint.ts';
import { mcpLimits, usualLimits } from '../limits.ts';
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
  await eventually(() => server.received.some(({ kind }) => kind === 'result'), 'the answer at the server');
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

/** An endpoint with other limits than usual, and what its requests hit and its gauge shows. */
function limited(
  server: FakeServer,
  limits: Partial<McpLimits>,
): { readonly endpoint: McpEndpoint; readonly client: ModernClient; readonly hit: string[]; readonly gauge: number[] } {
  const hit: string[] = [];
  const gauge = [0];
  const endpoint = makeEndpoint({
    targets: [server.target],
    limits: { ...usualLimits, ...limits },
    gauges: { sessions: { add: () => undefined }, parked: { add: (by) => gauge.push((gauge.at(-1) ?? 0) + by) } },
  });
  const record = ({ limit }: McpRecord): void => {
    if (limit !== undefined) hit.push(limit);
  };
  return { endpoint, client: new ModernClient(endpoint, { record }), hit, gauge };
}

test('where too many calls wait, a question is refused, and the server goes on without', async () => {
  const server = asking();
  const { client, hit, gauge } = limited(server, { parkedCalls: 1 });
  await begin(client);
  const refused = begin(client);
  await eventually(() => server.received.some(({ kind }) => kind === 'error'), 'the refusal at the server');
  const [, second] = server.of('tools/call');
  assert.ok(second !== undefined);
  server.reply(second, { content: [{ type: 'text', text: 'without' }] });
  assert.equal((await refused).result.content?.[0]?.text, 'without');
  assert.deepEqual(hit, ['parked_calls']);
  assert.deepEqual(gauge, [0, 1]);
});

test('one client cannot let so many calls wait that none is left for others', async () => {
  const server = asking();
  const { client, endpoint, hit } = limited(server, { parkedCalls: 3, callsPerSession: 2 });
  const first = await begin(client);
  await begin(client);
  void begin(client);
  await eventually(() => server.received.some(({ kind }) => kind === 'error'), 'the refusal at the server');
  assert.equal((await begin(new ModernClient(endpoint, { principal: 'bob' }))).result['resultType'], 'input_required');
  const back = comeBack(client, first);
  await finish(server);
  await back;
  assert.deepEqual(hit, ['parked_calls']);
});

test('a call whose client does not come back in ten minutes is cancelled, and makes room', async (t) => {
  const server = asking();
  const { client, endpoint, gauge } = limited(server, { parkedCalls: 1 });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const park = async (): Promise<ModernAnswer> => {
    const asked = begin(client);
    while (endpoint.parkedCalls === 0) {
      t.mock.timers.tick(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return asked;
  };
  const asked = await park();
  t.mock.timers.tick(mcpLimits.parkedMs - 1);
  assert.equal(server.of('notifications/cancelled').length, 0);
  t.mock.timers.tick(1);
  assert.equal(server.of('notifications/cancelled')[0]?.params?.['requestId'], server.of('tools/call')[0]?.id);
  assert.equal(endpoint.parkedCalls, 0);
  const late = await comeBack(client, asked);
  assert.match(late.result.content?.[0]?.text ?? '', /no longer has the call/);
  await park();
  assert.deepEqual(gauge, [0, 1, 0, 1]);
});

test('a call that waits has no place at its target, and comes back when there is one', async () => {
  const server = asking();
  const { client, hit } = limited(server, { callsPerTarget: 1 });
  const first = await begin(client);
  const second = await begin(client);
  const goesOn = comeBack(client, first);
  await eventually(() => server.received.some(({ kind }) => kind === 'result'), 'the answer at the server');
  const full = await comeBack(client, second);
  assert.deepEqual([full.status, full.error?.code], [200, -32603]);
  assert.equal(full.error?.message, 'MCP server "a" has too many requests in flight');
  assert.deepEqual(hit, ['calls_per_target']);
  for (const call of server.of('tools/call')) server.reply(call, { content: [{ type: 'text', text: 'done' }] });
  assert.equal((await goesOn).result.content?.[0]?.text, 'done');
  assert.equal((await comeBack(client, second)).result.content?.[0]?.text, 'done');
  void begin(client);
  await eventually(() => server.of('tools/call').length === 3, 'a place for the next call');
});
