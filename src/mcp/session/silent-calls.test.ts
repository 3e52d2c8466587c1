/** Calls that say nothing for long: what is on the way must not close them, and their answer must not be lost. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../../testkit/client.ts';
import { mcpLimits } from '../limits.ts';
import type { McpEndpointOptions } from '../endpoint.ts';
import { FakeServer } from '../testdata/fake-target.ts';
import { makeEndpoint } from '../testdata/fetch-harness.ts';
import { ModernClient } from '../testdata/modern-client.ts';
import { EventReader, RawClient } from '../testdata/raw-client.ts';
import type { McpEndpoint } from '../endpoint.ts';

const COMMENT = ': keep-alive\n\n';

/** A server that answers calls when the test does. */
function begin(
  t: TestContext,
  options: Partial<McpEndpointOptions> = {},
): { server: FakeServer; endpoint: McpEndpoint; sweep: () => void; called: (calls?: number) => Promise<void> } {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const server = new FakeServer('a', { answer: ({ method }) => (method === 'tools/call' ? undefined : {}) });
  const endpoint = makeEndpoint({ targets: [server.target], ...options });
  t.after(() => endpoint.close());
  const sweep = (): void => t.mock.timers.tick(mcpLimits.keepAliveMs);
  const called = (calls = 1): Promise<void> =>
    eventually(() => server.of('tools/call').length === calls, 'the call at the server');
  return { server, endpoint, sweep, called };
}

const answer = (server: FakeServer, at = 0): void => server.reply(server.of('tools/call')[at] as never, { ok: true });

test('a call that is answered within a sweep is plain JSON', async (t) => {
  const { server, endpoint, sweep, called } = begin(t);
  const client = new RawClient(endpoint);
  await client.initialize();
  const sent = client.send('tools/call', { name: 'x' });
  await called();
  sweep();
  answer(server);
  const response = await sent;
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.match(await response.text(), /"ok":true/);
});

test('a silent call has a stream with comments, which can be resumed when it broke', async (t) => {
  const { server, endpoint, sweep, called } = begin(t);
  const client = new RawClient(endpoint);
  await client.initialize();
  const sent = client.send('tools/call', { name: 'x' }, 'silent');
  await called();
  sweep();
  sweep();
  const response = await sent;
  assert.equal(response.headers.get('x-accel-buffering'), 'no');
  const reader = (response.body ?? assert.fail('no body')).getReader();
  const read = async (): Promise<string> => Buffer.from((await reader.read()).value ?? []).toString();
  const [priming, comment] = [await read(), await read()];
  const id = /^id: (\d+-0)\ndata: \n\n$/.exec(priming)?.[1] ?? assert.fail(priming);
  assert.equal(comment, COMMENT);
  sweep();
  assert.equal(await read(), COMMENT);
  await reader.cancel();
  sweep();
  answer(server);
  const resumed = new EventReader(await client.get({ 'last-event-id': id }));
  assert.deepEqual((await resumed.next())?.message, { jsonrpc: '2.0', id: 'silent', result: { ok: true } });
  assert.equal(await resumed.next(), null);
});

test('a client of a revision without priming events gets comments only', async (t) => {
  const { server, endpoint, sweep, called } = begin(t);
  const client = new RawClient(endpoint);
  await client.initialize({ protocolVersion: '2025-06-18' });
  const sent = client.send('tools/call', { name: 'x' }, 1);
  await called();
  sweep();
  sweep();
  answer(server);
  assert.match(await (await sent).text(), /^: keep-alive\n\nevent: message\nid: 1-1\ndata: \{.*"ok":true\}\}\n\n$/);
});

test('nothing is kept for a client that went away before it could know of a stream', async (t) => {
  const { server, endpoint, sweep, called } = begin(t);
  const client = new RawClient(endpoint);
  await client.initialize();
  const abort = new AbortController();
  const gone = client.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x' } }, {}, abort.signal);
  await called();
  abort.abort();
  await assert.rejects(gone);
  sweep();
  sweep();
  server.notify('notifications/message', { data: 1 }, Number(server.of('tools/call')[0]?.id));
  answer(server);
  assert.equal((await client.get({ 'last-event-id': '1-0' })).status, 400);
});

for (const [name, options] of [
  ['2026-07-28', {}],
  ['an older revision, without sessions', { stateful: false }],
] as const) {
  test(`a silent call of ${name} has a stream with comments, which cannot be resumed`, async (t) => {
    const { server, endpoint, sweep, called } = begin(t, options);
    const client = name === '2026-07-28' ? new ModernClient(endpoint) : new RawClient(endpoint);
    const plain = client.send('tools/call', { name: 'x' });
    await called();
    sweep();
    answer(server);
    assert.equal((await plain).headers.get('content-type'), 'application/json');
    const silent = client.send('tools/call', { name: 'x' });
    await called(2);
    sweep();
    sweep();
    const response = await silent;
    sweep();
    answer(server, 1);
    assert.match(await response.text(), /^(?:: keep-alive\n\n){2}event: message\ndata: \{.*"ok":true.*\}\n\n$/);
  });
}
