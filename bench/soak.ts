/**
 * A bounded soak: mixed requests through a gateway process, and what it holds after a tenth of them (at least 100,000 in
 * a full run) and at the end. `node bench/soak.ts [--requests N] [--clients N] [--workers N]`. Exit code 1: it grew.
 */
import { parseArgs } from 'node:util';
import { freePorts } from '../testkit/free-ports.ts';
import { SoakGateway, type Sample, type SoakPorts } from './soak/gateway.ts';
import { SoakClient } from './soak/mix.ts';
import { startSoakUpstream } from './soak/upstream.ts';

/** What resident memory may be at the end, against that after the first part. */
const largestGrowth = 1.1;
/** For connections that idle and children that end to be gone before memory is read. */
const settleMs = 4000;
/** After that, for the 15 s tick of sessions that are gone to end too. Memory is not read so late: V8 gives it back when idle. */
const tickMs = 13_000;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' },
    clients: { type: 'string', default: '32' },
    workers: { type: 'string', default: '1' },
  },
});
const total = Number(values.requests);
const first = Math.max(Math.round(total / 10), Math.min(100_000, Math.round(total / 2)));

const [http = 0, llm = 0, mcp = 0, admin = 0, stats = 0, readiness = 0, closed = 0] = await freePorts(7);
const ports: SoakPorts = { http, llm, mcp, admin, stats, readiness, closed, upstream: await startSoakUpstream() };
const gateway = await SoakGateway.start(ports, Number(values.workers));
let failures: string[] = [];
try {
  print('at the start', await gateway.sample());
  await run(Math.min(first, total));
  const before = await settled();
  print(`after ${first}`, before);
  await run(total - first);
  const after = await settled();
  print(`after ${total}`, after);
  failures = compare(before, after);
} finally {
  await gateway.stop();
}
for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Sends `count` requests with all clients; the first that does not go as it should ends the run. */
async function run(count: number): Promise<void> {
  let left = count;
  const one = async (): Promise<void> => {
    const client = new SoakClient(ports);
    while (left-- > 0) await client.step();
    await client.close();
  };
  await Promise.all(Array.from({ length: Number(values.clients) }, one));
}

/** A sample when all is quiet. Timers come and go even then: the fewest of a few looks count. */
async function settled(): Promise<Sample> {
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const sample = await gateway.sample();
  await new Promise((resolve) => setTimeout(resolve, tickMs));
  let { timers } = await gateway.sample();
  for (let i = 0; i < 9; i++) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    timers = Math.min(timers, (await gateway.sample()).timers);
  }
  return { ...sample, timers };
}

function compare(before: Sample, after: Sample): string[] {
  const problems: string[] = [];
  if (after.rssMiB > before.rssMiB * largestGrowth) {
    problems.push(`resident memory grew from ${before.rssMiB.toFixed(1)} to ${after.rssMiB.toFixed(1)} MiB`);
  }
  for (const name of ['descriptors', 'threads', 'timers', 'children'] as const) {
    if (after[name] !== before[name]) problems.push(`${name}: ${before[name]} before, ${after[name]} at the end`);
  }
  return problems;
}

function print(when: string, sample: Sample): void {
  const { rssMiB, heapMiB, descriptors, threads, timers, children } = sample;
  console.log(
    `${when.padEnd(16)} RSS ${rssMiB.toFixed(1)} MiB, heap ${heapMiB.toFixed(1)} MiB, ${descriptors} descriptors, ` +
      `${threads} threads, ${timers} timers, ${children} children`,
  );
}
