import type { Scenario } from './scenario.ts';

const json = { 'content-type': 'application/json' };
const body2k = JSON.stringify({ data: 'x'.repeat(2030) });

function proxy(
  name: string,
  title: string,
  request: Scenario['yardstick'],
  budget: string,
  connections = 32,
): Scenario {
  return { name, title, connections, port: (ports) => ports.http, request: () => request, yardstick: request, budget };
}

export const httpScenarios: readonly Scenario[] = [
  proxy('get-1k', '1 KiB GET', { path: '/1k' }, '≤ 2.5 × nginx'),
  proxy(
    'post-2k',
    '2 KiB POST → 2 KiB',
    { method: 'POST', path: '/2k', headers: json, bodies: [body2k] },
    '≤ 2.5 × nginx',
  ),
  proxy('sse-100', '100-chunk SSE', { path: '/sse' }, '≤ 200 µs'),
  proxy('download-1m', '1 MiB download', { path: '/1m' }, '–', 8),
];
