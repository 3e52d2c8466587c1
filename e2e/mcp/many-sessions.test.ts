import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCountingServers } from './counting-servers.ts';
import { startMcpGateway } from './mcp-gateway.ts';
import { openRawSession } from './raw-session.ts';

const servers = 5;
const atOnce = 16;
/** Sockets that are being closed, and those that wait for the next request. */
const spareDescriptors = 24;

async function until(met: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  for (const end = Date.now() + 60_000; !(await met()); await sleep(50)) assert.ok(Date.now() < end, what());
}

test('1,000 sessions with five servers leave nothing behind', { timeout: 240_000 }, async (t) => {
  const upstream = await startCountingServers(t);
  const targets = Array.from({ length: servers }, (_, i) => {
    return `- { name: s${i}, mcp: { host: "http://127.0.0.1:${upstream.port}/s${i}" } }`;
  });
  const gateway = await startMcpGateway(t, targets.join('\n'), {}, { workers: 2 });
  const descriptors = (): number => readdirSync(`/proc/${gateway.pid}/fd`).length;

  const useAndEnd = async (): Promise<void> => {
    const session = await openRawSession(gateway.url);
    for (let i = 0; i < servers; i++) assert.equal((await session.call(`s${i}_x`)).text, 'called');
    assert.equal(await session.delete(), 204);
  };
  const run = async (count: number): Promise<void> => {
    let left = count;
    const work = async (): Promise<void> => {
      while (left-- > 0) await useAndEnd();
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    await until(
      () => upstream.sessions.size === 0,
      () => `${upstream.sessions.size} sessions are left at the servers`,
    );
    await until(
      async () => (await gateway.metric('mcp_sessions')) === 0,
      () => 'sessions are left in the gateway',
    );
  };

  await run(50);
  const before = descriptors();
  await run(1000);
  assert.equal(upstream.begun(), 1050 * servers);
  await until(
    () => descriptors() <= before + spareDescriptors,
    () => `${before} descriptors have become ${descriptors()}`,
  );
});
