// npm run bench [-- SCENARIO… --runs N --seconds N --smoke]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { idleConnections, measureIdleConnections } from './lib/idle-connections.ts';
import { idleStreams, measureIdleStreams, measureWarmStreams } from './lib/idle-streams.ts';
import { measureIdleSessions } from './lib/idle-sessions.ts';
import { measure, type Measurement } from './lib/measure.ts';
import { notes, page, table } from './lib/report.ts';
import { startServers, type Servers } from './lib/servers.ts';
import { httpScenarios } from './scenarios/http.ts';
import { http2Scenarios } from './scenarios/http2.ts';
import { llmScenarios } from './scenarios/llm.ts';
import { mcpScenarios } from './scenarios/mcp.ts';
import { policyScenarios } from './scenarios/policies.ts';
import { tcpScenarios } from './scenarios/tcp.ts';
import { tlsScenarios } from './scenarios/tls.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    smoke: { type: 'boolean', default: false },
    port: { type: 'string', default: '21000' },
  },
});
const all = [
  ...httpScenarios,
  ...policyScenarios,
  ...http2Scenarios,
  ...tlsScenarios,
  ...tcpScenarios,
  ...llmScenarios,
  ...mcpScenarios,
];
const memoryScenarios = ['idle-streams', 'idle-sessions', 'idle-connections'];
const unknown = positionals.filter(
  (name) => !memoryScenarios.includes(name) && !all.some((scenario) => scenario.name === name),
);
if (unknown.length > 0) {
  const names = [...all.map((scenario) => scenario.name), ...memoryScenarios];
  console.error(`unknown scenario ${unknown.join(', ')}; there are ${names.join(', ')}`);
  process.exit(2);
}
const wanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name);
const options = values.smoke ? { runs: 1, seconds: 1 } : { runs: Number(values.runs), seconds: Number(values.seconds) };

/** Starts the servers anew for `work`, so that what one measurement leaves in memory is not another's. */
async function withServers<T>(work: (servers: Servers) => Promise<T>, inspected = false): Promise<T> {
  const servers = await startServers(Number(values.port), inspected);
  try {
    return await work(servers);
  } finally {
    await servers.stop();
  }
}

const memory: string[] = [];
if (wanted('idle-streams')) {
  const count = values.smoke ? 100 : 1000;
  for (const kind of idleStreams) {
    const { cold, more } = await withServers((servers) => measureIdleStreams(servers, kind, count));
    const warm = await withServers((servers) => measureWarmStreams(servers, kind, count), true);
    memory.push(
      `${count} open, idle ${kind.title}: ${warm.toFixed(1)} KiB each in a process that served ${2 * count} before (budget ` +
        `≤ 30 KB); in one that has just begun ${cold.toFixed(1)}, compilers' memory included, and ${more.toFixed(1)} each for ` +
        `${count} more.`,
    );
  }
}
if (wanted('idle-sessions')) {
  const count = values.smoke ? 100 : 1000;
  const { live, resident } = await withServers((servers) => measureIdleSessions(servers, count), true);
  memory.push(
    `${count} idle MCP sessions that used five servers: ${live.toFixed(1)} KiB of heap and buffers each (budget ≤ 10 KB); ` +
      `resident memory grew by ${resident.toFixed(1)} KiB each.`,
  );
}
if (wanted('idle-connections')) {
  const count = values.smoke ? 500 : 10_000;
  for (const kind of idleConnections) {
    const each = await withServers((servers) => measureIdleConnections(servers, kind, count), true);
    const budget = kind.tls ? '' : ' (budget ≤ 12 KB)';
    memory.push(`${count} idle ${kind.title}: ${each.toFixed(1)} KiB each${budget}.`);
  }
}
const measurements: Measurement[] = [];
const idleRss = await withServers(async (servers) => {
  const idle = servers.gateway.rssMiB();
  for (const scenario of all.filter(({ name }) => wanted(name))) {
    console.error(`measuring ${scenario.title}`);
    measurements.push(await measure(servers, scenario, options));
  }
  return idle;
});
console.log([table(measurements), ...notes(measurements)].join('\n'));
console.log([`RSS idle: ${idleRss.toFixed(0)} MiB`, ...memory].join('\n'));
if (positionals.length === 0 && !values.smoke) {
  writeFileSync(new URL('RESULTS.md', import.meta.url), page(measurements, memory, idleRss));
}
