import { runHandshakes } from '../lib/handshakes.ts';
import type { Scenario } from './scenario.ts';

const get = { path: '/1k', secure: true } as const;

function secure(name: string, title: string, budget: string, load?: NonNullable<Scenario['load']>): Scenario {
  return {
    name,
    title,
    connections: load === undefined ? 32 : 8,
    port: (ports) => ports.https,
    nginxPort: (ports) => ports.nginxTls,
    request: () => get,
    yardstick: get,
    budget,
    ...(load === undefined ? {} : { load }),
  };
}

/** TLS 1.3 with a P-256 certificate; a rate of 0.7 × nginx is 1.43 × its CPU. */
export const tlsScenarios: readonly Scenario[] = [
  secure('tls-get-1k', '1 KiB GET over TLS', '≤ 2.5 × nginx'),
  secure('tls-new', 'TLS handshake', '≤ 1.43 × nginx', (port, how) => runHandshakes(port, 'new', how)),
  secure('tls-resumed', 'TLS handshake, resumed', '–', (port, how) => runHandshakes(port, 'resumed', how)),
];
