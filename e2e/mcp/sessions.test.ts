/** MCP sessions and the ends of what serves them: a restart, a replica, a lost worker. */
import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../testkit/client.ts';
import {
  configFile,
  processPorts,
  processSection,
  startWaygate,
  temporaryFolder,
  type Waygate,
} from '../process/waygate-process.ts';
import { officialClients } from './clients.ts';
import { connectionPerRequest } from './mcp-gateway.ts';
import { openRawSession } from './raw-session.ts';
import { startRemoteServer, type RemoteServer } from './remote-server.ts';

const limit = { timeout: 90_000 };

/** A gateway that can be started several times, and how to start it. */
interface Startable {
  readonly url: URL;
  readonly state: string;
  start(): Promise<Waygate>;
  /** Writes further lines of the server's entry in the configuration. */
  rewrite(lines: string): void;
}

/** A configuration of three workers in front of `target`; `config` are further lines of its `config` section. */
async function gateway(t: TestContext, target: string, config = '', state = ''): Promise<Startable> {
  const ports = await processPorts();
  const text = (further: string): string => `${processSection(ports, 3)}
  ${config}
gateways:
  default: { port: ${ports.data}, address: ["127.0.0.1"] }
mcp:
  targets:
  - name: target
    ${target}
    ${further}
`;
  const file = configFile(t, text(''));
  const folder = state === '' ? join(temporaryFolder(t), 'state') : state;
  return {
    url: new URL(`http://127.0.0.1:${ports.data}/mcp`),
    state: folder,
    async start() {
      const env = { WAYGATE_STATE_DIR: folder, WAYGATE_TEST_FAULTS: '1' };
      const waygate = startWaygate(t, { args: ['-f', file], env });
      await waygate.says('ready');
      return waygate;
    },
    rewrite: (lines) => writeFileSync(file, text(lines)),
  };
}

function http({ url }: RemoteServer): string {
  return `mcp: { host: "${url}" }`;
}

async function stop(waygate: Waygate): Promise<void> {
  waygate.child.kill('SIGTERM');
  await waygate.ended;
}

for (const [name, open] of Object.entries(officialClients)) {
  test(`${name}: a restart of the gateway in mid-session goes unnoticed`, limit, async (t) => {
    const remote = await startRemoteServer(t);
    const { url, state, start } = await gateway(t, http(remote));
    let waygate = await start();
    const session = await open(url, connectionPerRequest().fetch);
    const shout = async (text: string): Promise<void> => {
      for (let i = 0; i < 6; i++) assert.equal(await session.call('shout', { text }), text.toUpperCase());
    };
    await shout('before');
    for (const round of ['first', 'second']) {
      await stop(waygate);
      waygate = await start();
      await shout(round);
      assert.ok((await session.client.listTools()).tools.some((tool) => tool.name === 'shout'));
    }
    assert.equal(statSync(join(state, 'session-keys.json')).mode & 0o777, 0o600);
    await session.terminate();
    await assert.rejects(session.call('shout', { text: 'after' }));
    await session.client.close();
  });

  test(`${name}: the loss of a worker leaves every session usable`, limit, async (t) => {
    const remote = await startRemoteServer(t);
    const { url, start } = await gateway(t, http(remote));
    const waygate = await start();
    const fetcher = connectionPerRequest().fetch;
    // So many that the worker that is lost has some of them.
    const count = 30;
    const sessions = await Promise.all(Array.from({ length: count }, () => open(url, fetcher)));
    const shoutAll = (text: string): Promise<string[]> =>
      Promise.all(sessions.map((session) => session.call('shout', { text })));
    await shoutAll('before');
    waygate.child.kill('SIGUSR2');
    await waygate.says('a worker was replaced');
    assert.deepEqual(new Set(await shoutAll('after')), new Set(['AFTER']));
    assert.ok(remote.sessions.size > count, 'no session was one of the lost worker');
    for (const session of sessions) await session.client.close();
  });
}

test('a server on stdio is started again with its gateway, and goes on with the client', limit, async (t) => {
  const program = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
  const { url, start } = await gateway(t, `stdio: { cmd: "${process.execPath}", args: ["${program}"] }`);
  let waygate = await start();
  const open = officialClients['SDK 1.x'] ?? assert.fail('no such client');
  const session = await open(url, connectionPerRequest().fetch);
  assert.equal(await session.call('echo', { message: 'before' }), 'Echo: before');
  await stop(waygate);
  waygate = await start();
  assert.equal(await session.call('echo', { message: 'after' }), 'Echo: after');
  // It was told again what the client can do.
  assert.match(await session.call('trigger-sampling-request', { prompt: 'p', maxTokens: 9 }), /sampled words/);
  await session.client.close();
});

test('a reload that changes the backend goes unnoticed, and streams come over to it', limit, async (t) => {
  const remote = await startRemoteServer(t);
  const { url, start, rewrite } = await gateway(t, http(remote));
  await start();
  const open = officialClients['client 2.x, legacy'] ?? assert.fail('no such client');
  const session = await open(url, connectionPerRequest().fetch);
  assert.equal(await session.call('shout', { text: 'before' }), 'BEFORE');
  rewrite('aliases: { shout: cry }');
  const names = async (): Promise<string[]> => (await session.client.listTools()).tools.map((tool) => tool.name);
  await eventually(async () => (await names()).includes('cry'), 'the reload');
  assert.equal(await session.call('cry', { text: 'after' }), 'AFTER');
  await eventually(() => remote.sessions.size === 1, 'the end of what was before the reload');
  const changes = (): number =>
    session.notifications.filter(({ method }) => method === 'notifications/tools/list_changed').length;
  let rounds = 0;
  await eventually(() => {
    // The stream comes over in a moment that nobody can see, so the tools change again and again.
    if (rounds++ % 40 === 0) {
      for (const server of remote.sessions.values()) server.registerTool(`late-${rounds}`, {}, () => ({ content: [] }));
    }
    return changes() > 0;
  }, 'a change of the tools on the stream');
  await session.client.close();
});

test('two gateways with one key serve a session in turn, and with keys of their own they do not', limit, async (t) => {
  const remote = await startRemoteServer(t);
  const key = `session: { key: "${'5a'.repeat(32)}" }`;
  const [one, two, stranger] = await Promise.all([
    gateway(t, http(remote), key),
    gateway(t, http(remote), key),
    gateway(t, http(remote)),
  ]);
  await Promise.all([one.start(), two.start(), stranger.start()]);
  let turn = 0;
  const alternating: typeof fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    url.port = [one, two][turn++ % 2]?.url.port ?? '';
    return fetch(url, init);
  };
  const open = officialClients['SDK 1.x'] ?? assert.fail('no such client');
  const session = await open(one.url, alternating);
  for (let i = 0; i < 8; i++) assert.equal(await session.call('shout', { text: `n${i}` }), `N${i}`);
  assert.ok(turn > 8);
  await session.client.close();

  const raw = await openRawSession(one.url);
  const headers = { 'mcp-session-id': raw.id, accept: 'application/json, text/event-stream' };
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  const asked = async (url: URL): Promise<number> => {
    const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
    return (await fetch(url, { ...init, body: JSON.stringify(ping) })).status;
  };
  assert.equal(await asked(two.url), 200);
  assert.equal(await asked(stranger.url), 404);
});

test('a session that was ended at one worker is over at all of them, also after their loss', limit, async (t) => {
  const remote = await startRemoteServer(t);
  const { url, start } = await gateway(t, http(remote));
  const waygate = await start();
  const sessions = await Promise.all(Array.from({ length: 6 }, () => openRawSession(url)));
  for (const session of sessions) assert.ok([200, 204].includes(await session.delete()));
  const statuses = async (): Promise<number[]> => {
    const calls = sessions.flatMap((session) => [1, 2, 3].map(() => session.call('wait')));
    return (await Promise.all(calls)).map(({ status }) => status);
  };
  assert.deepEqual(new Set(await statuses()), new Set([404]));
  waygate.child.kill('SIGUSR2');
  await waygate.says('a worker was replaced');
  assert.deepEqual(new Set(await statuses()), new Set([404]));
  assert.equal(remote.sessions.size, 0);
});

test('a former key in the configuration keeps sessions through a change of keys', limit, async (t) => {
  const remote = await startRemoteServer(t);
  const [former, next] = ['11'.repeat(32), '22'.repeat(32)];
  const before = await gateway(t, http(remote), `session: { key: "${former}" }`);
  const after = await gateway(t, http(remote), `session: { key: "${next}", previousKeys: ["${former}"] }`);
  await Promise.all([before.start(), after.start()]);
  const session = await openRawSession(before.url);
  const headers = {
    'mcp-session-id': session.id,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  assert.equal((await fetch(after.url, { method: 'POST', headers, body })).status, 200);
});
