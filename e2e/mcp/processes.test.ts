/** How many processes there are: who shares one, what bounds them, and that none is left. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../testkit/client.ts';
import { descendants, isRunning } from '../process/process-tree.ts';
import { startMcpGateway, type McpGateway } from './mcp-gateway.ts';
import { openRawSession, type RawSession } from './raw-session.ts';

const limit = { timeout: 120_000 };
const older = join(import.meta.dirname, 'testdata/older-stdio.sh');
const modern = join(import.meta.dirname, 'testdata/modern-stdio.ts');
const asked = { sampling: {} };

function real(name: string): string {
  const entry = fileURLToPath(import.meta.resolve(`@modelcontextprotocol/server-${name}/dist/index.js`));
  return `- name: ${name}\n  stdio: { cmd: "${process.execPath}", args: ["${entry}"] }\n`;
}

function script(name: string, more = ''): string {
  return `- name: ${name}\n  stdio: { cmd: sh, args: ["${older}"]${more} }\n`;
}

/** Server processes whose command line has this text. */
function servers({ pid }: McpGateway, text: string): number[] {
  const found = descendants(pid).filter(({ commandLine }) => commandLine.at(-1)?.includes(text) === true);
  return found.map((child) => child.pid);
}

function openAll(count: number, { url }: McpGateway, capabilities?: object): Promise<RawSession[]> {
  return Promise.all(Array.from({ length: count }, () => openRawSession(url, capabilities)));
}

test('clients that cannot be asked share the processes of real servers, others have their own', limit, async (t) => {
  const gateway = await startMcpGateway(t, real('everything') + real('memory'), {}, { workers: 1 });
  const sharing = await openAll(20, gateway);
  const replies = await Promise.all(sharing.map((session) => session.call('read_graph')));
  assert.ok(replies.every(({ status }) => status === 200));
  const count = (): number[] => ['server-everything', 'server-memory'].map((name) => servers(gateway, name).length);
  assert.deepEqual(count(), [1, 1]);

  const own = await openAll(3, gateway, asked);
  await Promise.all(own.map((session) => session.call('read_graph')));
  assert.deepEqual(count(), [4, 4]);
  await Promise.all([...own, ...sharing.slice(1)].map((session) => session.delete()));
  await eventually(() => count().join() === '1,1', 'the end of their processes');
  assert.equal((await sharing[0]?.call('read_graph'))?.status, 200);
  assert.equal(await gateway.metric('mcp_processes'), 2);
});

test('all clients share the process of a server without sessions', limit, async (t) => {
  const target = `- name: modern\n  stdio: { cmd: "${process.execPath}", args: ["${modern}"] }`;
  const gateway = await startMcpGateway(t, target, {}, { workers: 1 });
  const sessions = await openAll(5, gateway, asked);
  await Promise.all(sessions.map((session) => session.call('grow')));
  assert.equal(servers(gateway, 'modern-stdio').length, 1);
});

test('a question of a shared process reaches its caller, and nobody when there are two', limit, async (t) => {
  const gateway = await startMcpGateway(t, script('older', ', sharing: shared'), {}, { workers: 1 });
  const [one, two] = await openAll(2, gateway, asked);
  assert.ok(one !== undefined && two !== undefined);
  assert.deepEqual(await one.call('pid'), await two.call('pid'));
  const hanging = one.call('hang').catch(() => undefined);
  await eventually(async () => (await two.call('ask')).text === 'refused', 'the refusal of the question');
  await one.delete();
  await hanging;
  assert.equal((await two.call('pid')).status, 200);
});

test('a server that is killed in mid-session is started again', limit, async (t) => {
  const gateway = await startMcpGateway(t, script('older'), {}, { workers: 1 });
  const sessions = [...(await openAll(2, gateway)), ...(await openAll(1, gateway, asked))];
  for (let kill = 0; kill < 2; kill++) {
    const before = await Promise.all(sessions.map(async (session) => Number((await session.call('pid')).text)));
    assert.equal(new Set(before).size, 2);
    for (const pid of new Set(before)) process.kill(pid, 'SIGKILL');
    await eventually(() => !before.some(isRunning), 'their end');
    await eventually(async () => {
      const after = await Promise.all(sessions.map((session) => session.call('pid')));
      return after.every(({ status, text }) => status === 200 && isRunning(Number(text)));
    }, 'an answer of new processes');
  }
});

test('there are as many processes as may be over all workers, and beyond that a readable error', limit, async (t) => {
  const section = 'limits: { maxProcesses: 3 }';
  const gateway = await startMcpGateway(t, script('older', ', sharing: session'), {}, { section });
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => openRawSession(gateway.url)));
  const opened = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  assert.equal(opened.length, 3);
  const [refused] = tries.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  assert.match(refused ?? '', /cannot be started: 3 processes run already \(mcp\.limits\.maxProcesses\)/);
  await eventually(async () => (await gateway.metric('mcp_processes')) === 3, 'the number of processes');
  assert.equal(await gateway.metric('mcp_limit_rejections_total', 'limit="processes"'), 5);
  await opened[0]?.delete();
  await eventually(async () => {
    const again = await openRawSession(gateway.url).catch(() => null);
    return again !== null;
  }, 'a place for another');
});

test('a target that starts eagerly runs before its first client, and again when it is killed', limit, async (t) => {
  const gateway = await startMcpGateway(t, script('older', ', start: eager'), {}, { workers: 1 });
  await eventually(() => servers(gateway, 'older-stdio').length === 1, 'the process');
  const [pid = 0] = servers(gateway, 'older-stdio');
  const [session] = await openAll(1, gateway);
  assert.equal((await session?.call('pid'))?.text, String(pid));
  process.kill(pid, 'SIGKILL');
  await eventually(() => servers(gateway, 'older-stdio').some((one) => one !== pid), 'another process');
});

test(
  'the process of a target that starts eagerly is that of the first principal, others have theirs',
  limit,
  async (t) => {
    const keys = ['one', 'two'].map((name) => `{ key: key-${name}, metadata: { name: ${name} } }`);
    const section = `policies: { apiKey: { keys: [${keys.join()}] } }`;
    const gateway = await startMcpGateway(t, script('older', ', start: eager'), {}, { workers: 1, section });
    await eventually(() => servers(gateway, 'older-stdio').length === 1, 'the process');
    const pids = servers(gateway, 'older-stdio').map(String);
    const pidFor = async (key: string): Promise<string> => {
      const session = await openRawSession(gateway.url, {}, { authorization: `Bearer key-${key}` });
      return (await session.call('pid')).text;
    };
    assert.deepEqual([await pidFor('one'), await pidFor('one')], [pids[0], pids[0]]);
    assert.notEqual(await pidFor('two'), pids[0]);
    assert.equal(servers(gateway, 'older-stdio').length, 2);
  },
);

test('of names that are too long, eager targets make the log warn before the first client comes', limit, async (t) => {
  const section = 'maxNameLength: 16\n  prefixMode: always';
  const targets = script('a-long-name-of-a-target', ', start: eager');
  const { waygate } = await startMcpGateway(t, targets, {}, { workers: 1, section, prefixMode: null });
  await waygate.says('names of tools are too long and shown shortened');
});

test('50 sessions with 5 servers each leave no process and no descriptor', limit, async (t) => {
  const targets = Array.from({ length: 5 }, (_, i) => script(`t${i}`)).join('');
  const section = 'limits: { maxProcesses: 250 }';
  const gateway = await startMcpGateway(t, targets, {}, { workers: 2, section });
  const descriptors = (): number => readdirSync(`/proc/${gateway.pid}/fd`).length;
  const use = async (): Promise<void> => {
    const sessions = await openAll(10, gateway, asked);
    const pids = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const replies = await Promise.all(sessions.map((session) => session.call(`t${i}_pid`)));
      for (const { text } of replies) pids.add(text);
    }
    assert.equal(pids.size, 50);
    await Promise.all(sessions.map((session) => session.delete()));
    await eventually(() => servers(gateway, 'older-stdio').length === 0, 'the end of the processes', 60_000);
  };
  await use();
  // Connections between workers stay.
  const before = descriptors();
  for (let round = 0; round < 4; round++) await use();
  await eventually(async () => (await gateway.metric('mcp_processes')) === 0, 'the count of none', 60_000);
  await eventually(() => descriptors() <= before + 10, 'the end of their descriptors', 60_000);
});
