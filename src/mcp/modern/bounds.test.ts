/** What bounds all clients without sessions together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mcpLimits } from '../limits.ts';
import type { McpRecord } from '../record.ts';
import { FakeServer, withTools } from '../testdata/fake-target.ts';
import { makeEndpoint } from '../testdata/fetch-harness.ts';
import { ModernClient } from '../testdata/modern-client.ts';

interface Opened {
  readonly server: FakeServer;
  readonly hit: string[];
  /** A request of somebody. */
  send(principal: string, method: string, params?: Record<string, unknown>): Promise<Response>;
}

function open(): Opened {
  const server = new FakeServer('a', { capabilities: { tools: { listChanged: true } }, answer: withTools('x') });
  const hit: string[] = [];
  const record = ({ limit }: McpRecord): void => {
    if (limit !== undefined) hit.push(limit);
  };
  const endpoint = makeEndpoint({ targets: [server.target] });
  const send: Opened['send'] = (principal, method, params) =>
    new ModernClient(endpoint, { record, principal }).send(method, params);
  return { server, hit, send };
}

const listening = { notifications: { toolsListChanged: true } };

/** The code of the answer's error. */
async function codeOf(response: Response): Promise<number | undefined> {
  return ((await response.json()) as { error?: { code: number } }).error?.code;
}

test('the streams of all clients are bounded, and one that ends makes room', async () => {
  const { send, hit } = open();
  const most = mcpLimits.maxListeners;
  const streams = await Promise.all(
    Array.from({ length: most }, (_, n) => send(`p${n % (most / 8)}`, 'subscriptions/listen', listening)),
  );
  assert.ok(streams.every((stream) => stream.headers.get('content-type') === 'text/event-stream'));
  assert.equal(await codeOf(await send('q', 'subscriptions/listen', listening)), -32603);
  assert.deepEqual(hit, ['listeners']);
  await streams[0]?.body?.cancel();
  const again = await send('q', 'subscriptions/listen', listening);
  assert.equal(again.headers.get('content-type'), 'text/event-stream');
});

test('of clients that are told apart the one that was idle longest gives way, and the busy do not', async () => {
  const { server, send, hit } = open();
  const most = mcpLimits.maxProfiles;
  assert.equal(await codeOf(await send('idle', 'tools/list')), undefined);
  const streams = await Promise.all(
    Array.from({ length: most - 1 }, (_, n) => send(`p${n}`, 'subscriptions/listen', listening)),
  );
  assert.equal(server.closed, 0);
  const last = await send('last', 'subscriptions/listen', listening);
  assert.equal(last.headers.get('content-type'), 'text/event-stream');
  // The session with the server of the one that was idle.
  assert.equal(server.closed, 1);

  const refused = await send('one more', 'tools/list');
  assert.equal(refused.status, 503);
  assert.deepEqual(hit, ['clients']);
  await streams[0]?.body?.cancel();
  assert.equal(await codeOf(await send('one more', 'tools/list')), undefined);
});
