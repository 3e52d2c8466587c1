/** What sessions leave behind in the gateway's heap. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { heapBytes } from '../../bench/lib/heap-size.ts';
import { eventually } from '../../testkit/client.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { startCountingServers } from './counting-servers.ts';
import { startMcpGateway } from './mcp-gateway.ts';
import { openRawSession, type RawSession } from './raw-session.ts';

const atOnce = 16;
const mebibyte = 1_048_576;

/** Does the same with each, not with all at once. */
async function each<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  const rest = all.values();
  const worker = async (): Promise<void> => {
    for (const one of rest) done.push(await work(one));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return done;
}

test('1,000 sessions that are open at once take memory, and leave none of it', { timeout: 240_000 }, async (t) => {
  const servers = ['s0', 's1', 's2', 's3', 's4'];
  const upstream = await startCountingServers(t);
  const targets = servers.map(
    (name) => `- { name: ${name}, mcp: { host: "http://127.0.0.1:${upstream.port}/${name}" } }`,
  );
  const [inspector = 0] = await freePorts(1);
  const gateway = await startMcpGateway(t, targets.join('\n'), {}, { workers: 1, inspector });

  const open = (count: number): Promise<RawSession[]> =>
    each(Array.from({ length: count }), async () => {
      const session = await openRawSession(gateway.url);
      for (const name of servers) assert.equal((await session.call(`${name}_x`)).text, 'called');
      return session;
    });
  const close = async (sessions: readonly RawSession[]): Promise<void> => {
    await each(sessions, async (session) => assert.equal(await session.delete(), 204));
    await eventually(() => upstream.sessions.size === 0, 'the end of the sessions at the servers', 60_000);
    await eventually(async () => (await gateway.metric('mcp_sessions')) === 0, 'the end of the sessions', 60_000);
  };

  await close(await open(500));
  const before = await heapBytes(inspector);
  const sessions = await open(1000);
  assert.equal(await gateway.metric('mcp_sessions'), 1000);
  const meanwhile = await heapBytes(inspector);
  await close(sessions);
  const after = await heapBytes(inspector);
  const text = [before, meanwhile, after].map((bytes) => (bytes / mebibyte).toFixed(1)).join(' → ');
  t.diagnostic(`MiB: ${text}`);
  assert.ok(meanwhile - before > 4 * mebibyte, `${text} MiB: it is not the heap of the sessions`);
  assert.ok(after - before < 2 * mebibyte, `${text} MiB`);
});

test('50 sessions with five programs each take memory, and leave none of it', { timeout: 240_000 }, async (t) => {
  const script = join(import.meta.dirname, 'testdata/older-stdio.sh');
  const programs = ['t0', 't1', 't2', 't3', 't4'];
  const targets = programs.map((name) => `- name: ${name}\n  stdio: { cmd: sh, args: ["${script}"] }\n`);
  const [inspector = 0] = await freePorts(1);
  const section = 'limits: { maxProcesses: 250 }';
  const gateway = await startMcpGateway(t, targets.join(''), {}, { workers: 1, section, inspector });

  // Whoever can be asked shares no process.
  const open = (count: number): Promise<RawSession[]> =>
    each(Array.from({ length: count }), async () => {
      const session = await openRawSession(gateway.url, { sampling: {} });
      for (const name of programs) assert.match((await session.call(`${name}_pid`)).text, /^\d+$/);
      return session;
    });
  const close = async (sessions: readonly RawSession[]): Promise<void> => {
    await each(sessions, async (session) => assert.equal(await session.delete(), 204));
    await eventually(async () => (await gateway.metric('mcp_processes')) === 0, 'the end of the processes', 60_000);
  };

  await close(await open(50));
  const before = await heapBytes(inspector);
  const sessions = await open(50);
  assert.equal(await gateway.metric('mcp_processes'), 250);
  const meanwhile = await heapBytes(inspector);
  await close(sessions);
  await close(await open(50));
  const after = await heapBytes(inspector);
  const text = [before, meanwhile, after].map((bytes) => (bytes / mebibyte).toFixed(1)).join(' → ');
  t.diagnostic(`MiB: ${text}`);
  assert.ok(meanwhile - before > mebibyte, `${text} MiB: it is not the heap of the sessions`);
  assert.ok(after - before < mebibyte, `${text} MiB`);
});
