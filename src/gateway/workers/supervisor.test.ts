import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Logger } from '../../base/logger.ts';
import { SharedNames } from '../../mcp/federation/names/shared-names.ts';
import type { Bind } from '../../model/bind.ts';
import type { Model } from '../../model/model.ts';
import { SharedCounters } from '../../telemetry/shared/counters.ts';
import { limitNames } from '../limits.ts';
import { LocalLink } from './local-link.ts';
import { probePorts } from './port-probe.ts';
import { SharedSessions } from './shared-sessions.ts';
import { Supervisor } from './supervisor.ts';
import { startThread } from './thread-link.ts';

const entry = new URL('./testdata/echo-worker.ts', import.meta.url);

function model(name: string, port = 0): Model {
  const frontend = { maxRequests: 5, maxConnections: 0 };
  const bind = {
    key: `127.0.0.1:${port}`,
    port,
    addresses: ['127.0.0.1'],
    mode: 'standard',
    frontend,
    listeners: [],
  } as unknown as Bind;
  return { binds: [bind], backends: new Map([[name, {}]]) } as unknown as Model;
}

/** A supervisor over real threads, and what it says. */
function threads(t: TestContext, workers: number) {
  const lines: string[] = [];
  const lost: number[] = [];
  const counters = new SharedCounters(workers);
  const watchers = new Set<() => void>();
  const say = (line: string): void => {
    lines.push(line);
    for (const look of watchers) look();
  };
  const supervisor = new Supervisor({
    workers,
    startWorker: (workerId) =>
      startThread(
        entry,
        {
          workerId,
          workerCount: workers,
          reusePort: workers > 1,
          inherited: null,
          peerDirectory: '/nonexistent',
          sessions: new SharedSessions(workers, [new Uint8Array(32)]).seed(workerId),
          ticketSecret: new Uint8Array(32),
          guardianFd: null,
          mcpNames: SharedNames.makeBuffer(),
          log: { level: 'info', format: 'text' },
          metrics: { remove: [], labels: [] },
        },
        {
          line: say,
          metric: (event) => say(`metric ${event.kind}`),
          sessionDeleted: (mark) => say(`deleted ${mark}`),
          traced: () => undefined,
          slots: (next) => new Map(limitNames(next).map((name) => [name, counters.slot(name)])),
        },
      ),
    probe: probePorts,
    workerLost: (id) => lost.push(id),
    log: new Logger(say),
  });
  t.after(() => supervisor.stop());
  const line = async (part: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (lines.some((each) => each.includes(part))) resolve();
    };
    watchers.add(look);
    look();
    await promise;
    watchers.delete(look);
  };
  return { supervisor, lines, lost, line };
}

function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    connect(port, '127.0.0.1')
      .setEncoding('latin1')
      .on('data', (part: string) => (text += part))
      .on('error', reject)
      .on('close', () => resolve(text));
  });
}

/** What the workers that answer `tries` connections say, each once. */
async function answers(port: number, tries: number): Promise<string[]> {
  const all = await Promise.all(Array.from({ length: tries }, () => ask(port)));
  return [...new Set(all)].toSorted();
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('every worker listens on the same port and serves the same model', { timeout: 20_000 }, async (t) => {
  const { supervisor, line } = threads(t, 2);
  const port = await freePort();
  await supervisor.start(model('a', port));
  await line('serves a');
  await line('metric slab');
  assert.deepEqual(await answers(port, 64), ['0:a', '1:a']);
  assert.deepEqual(supervisor.boundAddresses(), [{ bind: 'only', address: '127.0.0.1', port }]);
});

test('a reload switches every worker, and one that is refused switches none', { timeout: 20_000 }, async (t) => {
  const { supervisor } = threads(t, 2);
  const port = await freePort();
  await supervisor.start(model('a', port));
  await supervisor.apply(model('b', port));
  assert.deepEqual(await answers(port, 64), ['0:b', '1:b']);
  await assert.rejects(supervisor.apply(model('refused', port)), /cannot serve this/);
  assert.deepEqual(await answers(port, 64), ['0:b', '1:b']);
});

test('a worker that dies is replaced and serves the current model', { timeout: 20_000 }, async (t) => {
  const { supervisor, lost, line } = threads(t, 2);
  const port = await freePort();
  await supervisor.start(model('a', port));
  await supervisor.apply(model('b', port));
  supervisor.fault();
  await line('fault injected by a test');
  await line('a worker was replaced');
  assert.deepEqual(lost, [0]);
  assert.deepEqual(supervisor.status(), [
    { id: 0, running: true },
    { id: 1, running: true },
  ]);
  assert.deepEqual(await answers(port, 64), ['0:b', '1:b']);
});

test(
  'a model that kills every worker is rejected and the previous one served again',
  { timeout: 20_000 },
  async (t) => {
    const { supervisor, line } = threads(t, 1);
    const port = await freePort();
    await supervisor.start(model('a', port));
    await assert.rejects(supervisor.apply(model('deadly', port)), /every worker ended/);
    await line('dies of the model');
    await line('a worker was replaced');
    assert.deepEqual(await answers(port, 4), ['0:a']);
  },
);

test('a port that is taken fails the start in one line', { timeout: 20_000 }, async (t) => {
  const other = createServer().listen({ port: 0, host: '127.0.0.1', reusePort: true });
  await new Promise((resolve) => other.once('listening', resolve));
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const { supervisor } = threads(t, 2);
  await assert.rejects(supervisor.start(model('a', port)), {
    message: `127.0.0.1:${port} is already in use`,
  });
  assert.ok(supervisor.status().every(({ running }) => !running));
});

test('a port that a reload adds and that is taken leaves the old model', { timeout: 20_000 }, async (t) => {
  const other = createServer().listen({ port: 0, host: '127.0.0.1', reusePort: true });
  await new Promise((resolve) => other.once('listening', resolve));
  t.after(() => other.close());
  const { supervisor } = threads(t, 2);
  const port = await freePort();
  await supervisor.start(model('a', port));
  await assert.rejects(supervisor.apply(model('b', (other.address() as AddressInfo).port)), /already in use/);
  assert.deepEqual(await answers(port, 64), ['0:a', '1:a']);
});

test('after a drain nothing accepts and no worker comes back', { timeout: 20_000 }, async (t) => {
  const { supervisor, line } = threads(t, 2);
  const port = await freePort();
  await supervisor.start(model('a', port));
  await supervisor.drain(0, 1000);
  await assert.rejects(ask(port), /ECONNREFUSED/);
  supervisor.fault();
  await line('a worker died');
  await assert.rejects(supervisor.apply(model('b', port)), /stopping/);
  await supervisor.stop();
});

test('the only worker can run in the main thread', { timeout: 20_000 }, async () => {
  const served: string[] = [];
  const plane = {
    prepare: async (next: Model) => [...next.backends.keys()].join(),
    commit: (name: string) => void served.push(name),
    discard: (name: string) => void served.push(`not ${name}`),
    drain: async () => void served.push('drained'),
    close: () => void served.push('closed'),
    trace: () => undefined,
    sockets: () => [],
    boundAddresses: () => [{ bind: 'only', address: '127.0.0.1', port: 1 }],
  };
  const supervisor = new Supervisor({
    workers: 1,
    startWorker: async () => new LocalLink(plane, new Logger(() => undefined)),
    probe: async () => undefined,
    workerLost: () => undefined,
    log: new Logger(() => undefined),
  });
  await supervisor.start(model('a'));
  await supervisor.apply(model('b'));
  await supervisor.drain(0, 10);
  await supervisor.stop();
  assert.deepEqual(served, ['a', 'b', 'drained', 'closed']);
});
