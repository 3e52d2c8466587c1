/** A process that has no descriptors left. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, RawClient } from '../../testkit/client.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { config, get, processPorts, program, startWaygate } from '../process/waygate-process.ts';

/** Clock ticks of processor time so far; a hundred are a second. */
function ticks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

test('without descriptors connections close, requests to upstreams are 503 for a moment, and nothing spins or ends', async (t) => {
  await using upstream = await startUpstream();
  const ports = await processPorts();
  const route = `backends:
- host: ${upstream.host}
  policies: { health: { eviction: { consecutiveFailures: 1, duration: 1h } } }`;
  const command = ['sh', '-c', 'ulimit -n 80; exec "$0" "$@"', process.execPath, program] as const;
  const waygate = startWaygate(t, { command, args: ['-c', config(ports, 1, route)] });
  await waygate.says('ready');
  const pid = waygate.child.pid ?? 0;
  const descriptors = (): number => readdirSync(`/proc/${pid}/fd`).length;
  const before = descriptors();
  const clients = Array.from({ length: 80 }, () => RawClient.connect(ports.data));
  t.after(() => {
    for (const client of clients) client.destroy();
  });
  const open = (): RawClient[] => clients.filter((client) => !client.closed && !client.ended);
  // Those that found no place are closed; the others are served.
  await eventually(() => descriptors() >= 79 && open().length < 80 - before / 2);
  const [first] = open();
  assert.ok(first !== undefined);
  first.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await first.has('"reason":"overloaded"');
  assert.match(first.received, /^HTTP\/1\.1 503 [^]*\r\nretry-after: 1\r\n/);
  const used = ticks(pid);
  await sleep(500);
  assert.ok(ticks(pid) - used < 25, 'it waits for connections, and does not ask again and again');
  for (const client of clients) client.destroy();
  await eventually(() => descriptors() <= before + 1);
  // The endpoint was not blamed.
  await eventually(async () => (await get(ports.data)) === 'ok');
  assert.equal(await get(ports.readiness, '/healthz/ready'), 'ready\n');
});
