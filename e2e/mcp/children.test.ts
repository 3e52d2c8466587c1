/** Whatever ends, a session, a worker or the gateway, its children end with it, even those that do not want to. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { monotonicMs } from '../../src/base/clock.ts';
import { eventually } from '../../testkit/client.ts';
import { isRunning } from '../process/process-tree.ts';
import { startMcpGateway, type McpGateway } from './mcp-gateway.ts';
import { openRawSession, type RawSession } from './raw-session.ts';

const limit = { timeout: 60_000 };
const script = join(import.meta.dirname, 'testdata/stubborn-server.sh');

/** A gateway whose target ignores the end of its input, and TERM. */
function start(t: TestContext, env: Readonly<Record<string, string>> = {}): Promise<McpGateway> {
  return startMcpGateway(t, `- name: stubborn\n  stdio: { cmd: sh, args: ["${script}"], sharing: session }`, env);
}

interface SessionWithChild {
  readonly session: RawSession;
  /** Process id of the session's server. */
  readonly child: number;
}

async function open({ url }: McpGateway): Promise<SessionWithChild> {
  const session = await openRawSession(url);
  const { text } = await session.call('pid');
  assert.equal(isRunning(Number(text)), true, text);
  return { session, child: Number(text) };
}

const allEnded = (sessions: readonly SessionWithChild[]) => (): boolean =>
  !sessions.some(({ child }) => isRunning(child));

test('DELETE ends the children of that session only', limit, async (t) => {
  const gateway = await start(t);
  const [gone, stays] = [await open(gateway), await open(gateway)];
  assert.equal(await gone.session.delete(), 204);
  assert.equal((await gone.session.call('pid')).status, 404);
  await eventually(allEnded([gone]), 'the end of the child');
  assert.deepEqual(await stays.session.call('pid'), { status: 200, text: String(stays.child) });
});

test('children end when the gateway is killed', limit, async (t) => {
  const gateway = await start(t);
  const sessions = [await open(gateway), await open(gateway)];
  gateway.waygate.child.kill('SIGKILL');
  assert.deepEqual(await gateway.waygate.ended, { code: null, signal: 'SIGKILL' });
  await eventually(allEnded(sessions), 'the end of the children');
});

test('children have ended when the gateway has stopped, within 5 seconds', limit, async (t) => {
  const gateway = await start(t);
  const sessions = [await open(gateway), await open(gateway)];
  const begin = monotonicMs();
  gateway.waygate.child.kill('SIGTERM');
  assert.deepEqual(await gateway.waygate.ended, { code: 0, signal: null });
  assert.ok(monotonicMs() - begin < 5000, `it took ${monotonicMs() - begin} ms`);
  assert.deepEqual(
    sessions.map(({ child }) => isRunning(child)),
    [false, false],
  );
});

test(
  'a lost worker takes the children of its sessions along, and nothing else; the sessions go on',
  limit,
  async (t) => {
    const gateway = await start(t, { WAYGATE_TEST_FAULTS: '1' });
    // Connections are spread over four workers: that 40 leave one out, or all reach it, does not happen.
    const sessions = await Promise.all(Array.from({ length: 40 }, () => open(gateway)));
    gateway.waygate.child.kill('SIGUSR2');
    await gateway.waygate.says('fault injected by a test');
    // A connection that is made just when a socket joins or leaves those of a port may be reset, by the kernel.
    await gateway.waygate.says('a worker was replaced');
    await eventually(async () => {
      const replies = await Promise.allSettled(sessions.map(({ session }) => session.call('pid')));
      return replies.every(
        (reply) => reply.status === 'fulfilled' && reply.value.status === 200 && reply.value.text !== '',
      );
    }, 'an answer for every session');

    const lost: SessionWithChild[] = [];
    const others: SessionWithChild[] = [];
    for (const one of sessions) {
      const { status, text } = await one.session.call('pid');
      assert.equal(status, 200);
      (text === String(one.child) ? others : lost).push(one);
    }
    assert.ok(lost.length > 0 && others.length > lost.length, `${lost.length} lost, ${others.length} not`);
    await eventually(allEnded(lost), 'the end of the lost children');
    assert.ok(others.every(({ child }) => isRunning(child)));
    const anew = await Promise.all(Array.from({ length: 8 }, () => open(gateway)));
    assert.ok(anew.every(({ child }) => isRunning(child)));
  },
);
