/** How many requests are under way at once through four workers, of which one is lost. */
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../testkit/client.ts';
import { configFile, processPorts, processSection, startWaygate, type Waygate } from '../../process/waygate-process.ts';
import { run, served } from './load.ts';

const limit = { timeout: 120_000 };
const clients = 64;

/** Takes a while for each request, and counts those that it has at once; or holds them until it is told. */
class SlowUpstream {
  peak = 0;
  readonly held: { readonly path: string; readonly response: ServerResponse }[] = [];
  #current = 0;

  async listen(t: TestContext): Promise<string> {
    const server = createServer((request, response) => {
      this.peak = Math.max(this.peak, ++this.#current);
      response.on('close', () => this.#current--);
      const path = request.url ?? '';
      if (path.startsWith('/held')) this.held.push({ path, response });
      else setTimeout(() => response.end('ok'), 20);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.closeAllConnections());
    t.after(() => server.close());
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
}

async function start(t: TestContext, policy: string, upstream: string): Promise<{ url: string; waygate: Waygate }> {
  const ports = await processPorts();
  const file = configFile(
    t,
    `${processSection(ports, 4)}
gateways:
  default: { port: ${ports.data}, address: ["127.0.0.1"] }
routes:
- name: limited
  policies:
    concurrency: ${policy}
  backends: [{ host: "${upstream}" }]
`,
  );
  const waygate = startWaygate(t, { args: ['-f', file], env: { WAYGATE_TEST_FAULTS: '1' } });
  await waygate.says('ready');
  return { url: `http://127.0.0.1:${ports.data}`, waygate };
}

test('never more than allowed, always as many, and the places of a lost worker are free again', limit, async (t) => {
  const upstream = new SlowUpstream();
  const most = 8;
  const host = await upstream.listen(t);
  const { url, waygate } = await start(t, `{ max: ${most}, queue: { max: 100, timeout: 30s } }`, host);
  const load = run({ urls: [url], clients, durationMs: 5000 });
  await sleep(1500);
  const before = upstream.peak;
  waygate.child.kill('SIGUSR2');
  await waygate.says('a worker was replaced');
  // What the lost worker had asked for ends upstream when its connections are found closed.
  await sleep(500);
  upstream.peak = 0;
  const outcomes = await load;
  assert.equal(before, most);
  assert.equal(upstream.peak, most);
  assert.deepEqual(
    [...new Set(outcomes.map(({ status }) => status))].toSorted((a, b) => a - b),
    [0, 200],
  );
  // Each takes 20 ms and more: far fewer would mean that places stay empty.
  assert.ok(served(outcomes).length > 200, String(served(outcomes).length));
});

test('the line knows priorities over all workers, and who leaves it or is cut off gives way', limit, async (t) => {
  const upstream = new SlowUpstream();
  const policy = `{ max: 1, key: 'request.headers["x-user"]', queue: { max: 4, timeout: 30s, priority: 'int(request.headers["x-priority"])' } }`;
  const { url } = await start(t, policy, await upstream.listen(t));
  const ask = (path: string, priority: number, signal?: AbortSignal): Promise<number> =>
    fetch(`${url}/held/${path}`, {
      headers: { 'x-user': 'a', 'x-priority': String(priority), connection: 'close' },
      ...(signal === undefined ? {} : { signal }),
    }).then(
      async (response) => {
        await response.text();
        return response.status;
      },
      () => 0,
    );
  const reached = (count: number): Promise<void> =>
    eventually(async () => upstream.held.length === count, `${count} requests at the upstream`);
  const cut = new AbortController();
  const first = ask('first', 0, cut.signal);
  await reached(1);
  const leaver = new AbortController();
  const waiting = [ask('low', 1), ask('high', 9), ask('middle', 5)];
  const left = ask('left', 7, leaver.signal);
  // Whoever asks too early takes the place of one of these in the line.
  await sleep(1500);
  // One more than may wait is refused, which says that the others do.
  const refused = new Set<Promise<number>>();
  await eventually(async () => {
    const one = ask('late', 0, AbortSignal.timeout(200));
    refused.add(one);
    return (await one) === 503;
  }, 'a line that is full');
  leaver.abort();
  assert.equal(await left, 0);
  // Another key has its own places.
  const other = fetch(`${url}/held/other`, { headers: { 'x-user': 'b', 'x-priority': '0', connection: 'close' } });
  await reached(2);
  upstream.held[1]?.response.end('ok');
  assert.equal((await other).status, 200);
  // The client of the first goes away: its place is free.
  cut.abort();
  assert.equal(await first, 0);
  for (let i = 2; i < 5; i++) {
    await reached(i + 1);
    upstream.held[i]?.response.end('ok');
  }
  assert.deepEqual(
    upstream.held.map(({ path }) => path.replace('/held/', '')),
    ['first', 'other', 'high', 'middle', 'low'],
  );
  assert.deepEqual(await Promise.all(waiting), [200, 200, 200]);
});

test('who waits too long is refused, and so is everybody where nobody may wait', limit, async (t) => {
  const upstream = new SlowUpstream();
  const host = await upstream.listen(t);
  for (const policy of ['{ max: 1, queue: { max: 5, timeout: 100ms } }', '{ max: 1 }']) {
    const { url } = await start(t, policy, host);
    const count = upstream.held.length;
    const first = fetch(`${url}/held/first`, { headers: { connection: 'close' } });
    await eventually(async () => upstream.held.length === count + 1, 'the first at the upstream');
    const refused = await fetch(`${url}/x`, { headers: { connection: 'close' } });
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get('retry-after'), '1');
    assert.match(await refused.text(), /concurrencyLimitExceeded/);
    upstream.held.at(-1)?.response.end('ok');
    assert.equal((await first).status, 200);
    const free = async (): Promise<boolean> =>
      (await fetch(`${url}/x`, { headers: { connection: 'close' } })).status === 200;
    await eventually(free, 'a free place');
  }
});
