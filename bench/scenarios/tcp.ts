import type { Scenario } from './scenario.ts';

/** wrk speaks HTTP through a TCP route; the relay, like nginx's stream module, knows of bytes only. */
function relayed(name: string, title: string, path: string, connections: number): Scenario {
  return {
    name,
    title,
    connections,
    port: (ports) => ports.tcp,
    nginxPort: (ports) => ports.nginxTcp,
    request: () => ({ path }),
    yardstick: { path },
    budget: '≤ 2 × nginx',
  };
}

export const tcpScenarios: readonly Scenario[] = [
  relayed('tcp-relay', 'TCP relay, 1 KiB GET', '/1k', 32),
  relayed('tcp-1m', 'TCP relay, 1 MiB download', '/1m', 8),
];
