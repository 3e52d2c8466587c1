import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { policyScenarios, withoutPolicy } from '../scenarios/policies.ts';
import { median, type Measurement, type Sample } from './measure.ts';

/** The whole page: where and when, the table, the memory figures. */
export function page(measurements: readonly Measurement[], memory: readonly string[], idleRss: number): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  return [
    '# Benchmark results',
    '',
    `${new Date().toISOString().slice(0, 10)}, commit ${commit}, Node ${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}.`,
    'One core for the measured server, one for load and upstream; medians of interleaved runs. The machine is shared:',
    'trust the ratios.',
    '',
    table(measurements),
    '',
    ...notes(measurements),
    `Resident memory of the gateway: ${idleRss.toFixed(0)} MiB idle.`,
    ...memory,
    '',
  ].join('\n');
}

/** What the table has no column for. */
export function notes(measurements: readonly Measurement[]): string[] {
  const atHalf = measurements.flatMap(({ scenario, atHalf: half }) =>
    half === null
      ? []
      : [
          `${scenario.title}: at ${half.perSecond.toFixed(0)} requests a second, half of saturation, the gateway adds ` +
            `${(half.p99Ms - half.upstreamP99Ms).toFixed(2)} ms to the p99 (${half.p99Ms.toFixed(2)} ms; budget ≤ 2 ms), and nginx ${(half.nginxP99Ms - half.upstreamP99Ms).toFixed(2)} ms.`,
        ],
  );
  const policies = policyNotes(measurements);
  const plain = measurements.find(({ scenario }) => scenario.name === 'post-2k');
  if (plain === undefined) return [...atHalf, ...policies];
  const five = 5 * median(plain.gateway.map(({ cpuMicros }) => cpuMicros));
  return [
    ...atHalf,
    ...policies,
    `Five plain proxied requests (post-2k) take ${five.toFixed(1)} µs, as many as a list that fans out.`,
  ];
}

/** What each policy costs: nginx, measured in turn with each, takes the machine's moods out. */
function policyNotes(measurements: readonly Measurement[]): string[] {
  const beside = ({ gateway, nginx }: Measurement): number =>
    median(gateway.map(({ cpuMicros }) => cpuMicros)) / median(nginx.map(({ cpuMicros }) => cpuMicros));
  const without = measurements.find(({ scenario }) => scenario.name === withoutPolicy);
  if (without === undefined) return [];
  return policyScenarios.flatMap(({ name, title }) => {
    const measured = measurements.find(({ scenario }) => scenario.name === name);
    if (measured === undefined || measured === without) return [];
    return [`${title}: ${(beside(measured) / beside(without)).toFixed(2)} × the proxy without it.`];
  });
}

/** A Markdown table, one row per scenario. */
export function table(measurements: readonly Measurement[]): string {
  const rows = [
    ['scenario', 'CPU µs', 'nginx', 'ratio', 'req/s', 'p50 ms', 'p99 ms', 'RSS MiB', 'errors', 'budget'],
    Array.from({ length: 10 }, (_, i) => (i === 0 || i === 9 ? '---' : '---:')),
    ...measurements.map(({ scenario, gateway, nginx }) => {
      const of = (samples: readonly Sample[], field: keyof Sample): number => median(samples.map((s) => s[field]));
      const cpu = of(gateway, 'cpuMicros');
      const yardstick = of(nginx, 'cpuMicros');
      return [
        scenario.title,
        cpu.toFixed(1),
        yardstick.toFixed(1),
        (cpu / yardstick).toFixed(2),
        of(gateway, 'perSecond').toFixed(0),
        of(gateway, 'p50Ms').toFixed(2),
        of(gateway, 'p99Ms').toFixed(2),
        of(gateway, 'rssMiB').toFixed(0),
        String(gateway.reduce((sum, s) => sum + s.errors, 0)),
        scenario.budget,
      ];
    }),
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
