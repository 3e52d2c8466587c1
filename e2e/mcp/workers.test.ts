/** Sessions and clients of 2026-07-28 whose requests reach any of several workers. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { eventually } from '../../testkit/client.ts';
import { connectionPerRequest, startMcpGateway } from './mcp-gateway.ts';
import { startHttpServer } from './real/http-server.ts';
import { startRemoteServer } from './remote-server.ts';

const limit = { timeout: 90_000 };
const uris = ['demo://resource/dynamic/text/1', 'demo://resource/dynamic/text/2'];

interface Hearing {
  readonly client: Client;
  readonly heard: string[];
}

/** A client whose every request may reach another worker. */
async function connect(t: TestContext, url: URL, name: string): Promise<Hearing> {
  const client = new Client({ name, version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  const heard: string[] = [];
  client.fallbackNotificationHandler = async ({ method, params }) => {
    if (method === 'notifications/resources/updated') heard.push(String(params?.['uri']));
  };
  await client.connect(new StreamableHTTPClientTransport(url, { fetch: connectionPerRequest().fetch }));
  t.after(() => client.close());
  return { client, heard };
}

test(
  'updates that the server tells one session reach listeners at all workers, also after the loss of one',
  limit,
  async (t) => {
    const server = await startHttpServer(t, 'streamableHttp');
    const gateway = await startMcpGateway(
      t,
      `- name: everything\n  mcp: { host: "${server.url}" }`,
      { WAYGATE_TEST_FAULTS: '1' },
      { workers: 3 },
    );
    // That twelve connections all reach the worker of the call does not happen.
    const listeners = await Promise.all(Array.from({ length: 12 }, (_, i) => connect(t, gateway.url, `listener ${i}`)));
    for (const { client } of listeners) await client.listen({ resourceSubscriptions: uris });
    const caller = await connect(t, gateway.url, 'caller');
    const { content } = await caller.client.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
    assert.match(JSON.stringify(content), /Started/);
    const allHear = (hearing: readonly Hearing[]) => (): boolean =>
      hearing.every(({ heard }) => uris.every((uri) => heard.includes(uri)));
    await eventually(allHear(listeners), 'the updates at every listener');

    gateway.waygate.child.kill('SIGUSR2');
    await gateway.waygate.says('a worker was replaced');
    const later = await Promise.all(Array.from({ length: 12 }, (_, i) => connect(t, gateway.url, `later ${i}`)));
    for (const { client } of later) await client.listen({ resourceSubscriptions: uris });
    // Of the sessions that live on, the one that sends updates may be toggled to silence: again, and it sends.
    const again = async (): Promise<boolean> => {
      const reply = await caller.client.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
      return JSON.stringify(reply.content).includes('Started');
    };
    if (!(await again())) await eventually(again, 'a session that begins to send updates');
    await eventually(allHear(later), 'the updates at every later listener');
  },
);

test('calls with large arguments and results come back whole, whichever worker they reach', limit, async (t) => {
  const server = await startRemoteServer(t);
  const gateway = await startMcpGateway(t, `- { name: r, mcp: { host: "${server.url}" } }`);
  const client = new Client({ name: 'large', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(gateway.url, { fetch: connectionPerRequest().fetch }));
  t.after(() => client.close());
  // Another worker than the session's gets most of them.
  for (let i = 0; i < 12; i++) {
    const { content } = await client.callTool({ name: 'shout', arguments: { text: 'é'.repeat(200_000) } });
    assert.deepEqual(content, [{ type: 'text', text: 'É'.repeat(200_000) }]);
  }
});
