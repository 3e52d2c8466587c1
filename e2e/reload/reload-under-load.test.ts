import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, send } from '../../testkit/client.ts';
import { startUpstream, type Upstream } from '../../testkit/upstream.ts';
import { type Ports, processPorts, processSection, startWaygate, temporaryFolder } from '../process/waygate-process.ts';

const requests = 10_000;
const reloads = 5;
const keptClients = 12;
const freshClients = 4;
/** For a machine that is busy. */
const patienceMs = 60_000;

/** A request that got no whole 200. */
interface Failure {
  readonly what: string;
  readonly startedMs: number;
  readonly endedMs: number;
  /** Which client, and whether it keeps its connection. */
  readonly client: string;
}

function configuration(ports: Ports, workers: number, upstreams: readonly Upstream[], version: number): string {
  // Every version has other policies and another share of the backends, so that nothing compiled stays.
  return `${processSection(ports, workers)}
gateways:
  default: { port: ${ports.data}, address: ["127.0.0.1"] }
routes:
- name: version-${version}
  policies:
    timeout: { requestTimeout: ${30 + version}s }
    responseHeaderModifier: { set: { x-version: "${version}" } }
  backends:
${upstreams.map(({ host }, i) => `  - { host: "${host}", weight: ${version + i} }`).join('\n')}
`;
}

/** What all clients did. */
interface Load {
  sent: number;
  readonly failures: Failure[];
  /** A kept connection was answered by an older version after a newer one. */
  wentBack: number;
}

/** Sends requests one after the other until all clients together have sent enough. */
async function runClient(port: number, client: string, kept: boolean, load: Load): Promise<void> {
  const agent = new http.Agent({ keepAlive: kept, maxSockets: 1 });
  let seen = 0;
  while (load.sent < requests) {
    load.sent++;
    const startedMs = performance.now();
    const fail = (what: string): void => {
      load.failures.push({ what, startedMs, endedMs: performance.now(), client });
      seen = 0;
    };
    const body = `${client} ${load.sent} ${'x'.repeat(500)}`;
    try {
      const reply = await send(port, { method: 'POST', agent, body });
      if (reply.status !== 200) fail(`${reply.status} ${reply.text}`);
      else if (reply.text !== body) fail(`another body: ${reply.text.slice(0, 40)}`);
      const version = Number(reply.headers['x-version']);
      if (kept && version < seen) load.wentBack++;
      seen = version;
    } catch (error) {
      fail(String((error as NodeJS.ErrnoException).code));
    }
  }
  agent.destroy();
}

for (const fault of [false, true]) {
  const title = fault
    ? 'reloads and the loss of a worker: only requests on it, or queued for it, fail'
    : 'reloads alone: no request fails';
  test(title, { timeout: 120_000 }, async (t) => {
    await using one = await startUpstream((request, response) => response.end(request.body));
    await using two = await startUpstream((request, response) => response.end(request.body));
    const ports = await processPorts();
    const { data, stats } = ports;
    const file = join(temporaryFolder(t), 'config.yaml');
    let version = 1;
    const write = (): void => {
      writeFileSync(`${file}.new`, configuration(ports, 3, [one, two], version));
      renameSync(`${file}.new`, file);
    };
    write();
    const waygate = startWaygate(t, { args: ['-f', file], env: fault ? { WAYGATE_TEST_FAULTS: '1' } : {} });
    await waygate.says('ready');

    const load: Load = { sent: 0, failures: [], wentBack: 0 };
    const clients = [
      ...Array.from({ length: keptClients }, (_, i) => runClient(data, `kept ${i}`, true, load)),
      ...Array.from({ length: freshClients }, (_, i) => runClient(data, `fresh ${i}`, false, load)),
    ];
    let faultMs = Infinity;
    let replacedMs = Infinity;
    const inForce = (): number => waygate.stderr().split('the new configuration is in force').length - 1;
    for (let i = 1; i <= reloads; i++) {
      await eventually(() => load.sent >= (i * requests) / (reloads + 2), `the load before reload ${i}`, patienceMs);
      version++;
      write();
      await eventually(() => inForce() === i, `reload ${i}`, patienceMs);
      if (!fault || i !== 3) continue;
      faultMs = performance.now();
      waygate.child.kill('SIGUSR2');
      await waygate.says('a worker was replaced');
      replacedMs = performance.now();
    }
    await Promise.all(clients);

    assert.ok(load.sent >= requests);
    const unexpected = load.failures.filter(
      ({ what, startedMs, endedMs }) =>
        endedMs < faultMs || startedMs > replacedMs || !['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(what),
    );
    assert.deepEqual(unexpected, []);
    if (fault) {
      // A connection is lost once; those of the other workers are not lost at all.
      const lost = load.failures.filter(({ client }) => client.startsWith('kept')).map(({ client }) => client);
      assert.equal(new Set(lost).size, lost.length, lost.join());
      assert.ok(lost.length < keptClients, `${lost.length} of ${keptClients} kept connections were lost`);
      // At most what each client had on that worker, or queued for it, at that moment.
      assert.ok(load.failures.length <= keptClients + freshClients, `${load.failures.length} requests failed`);
    } else {
      assert.equal(load.failures.length, 0);
    }
    assert.equal(load.wentBack, 0);
    const last = await send(data);
    assert.equal(last.headers['x-version'], String(1 + reloads));
    const { text } = await send(stats, { path: '/metrics' });
    assert.match(text, new RegExp(`^agentgateway_workers_restarted_total ${fault ? 1 : 0}$`, 'm'));
    const arrived = one.requests.length + two.requests.length;
    assert.ok(arrived >= load.sent - load.failures.length, `${arrived} requests arrived`);
  });
}
