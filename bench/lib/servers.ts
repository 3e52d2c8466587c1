import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { certificates } from '../../testkit/certificates.ts';
import type { Ports } from '../scenarios/scenario.ts';
import { startNginx } from './nginx.ts';
import { policyBind } from './policy-routes.ts';
import { MeasuredProcess, untilAnswers } from './process.ts';

const { local: certificate } = certificates;
const root = fileURLToPath(new URL('../..', import.meta.url));
/** As the command starts (bin/waygate). */
const usualFlags = ['--max-semi-space-size=2', '--heap-growing-percent=200', '--v8-pool-size=0'];
const usualEnvironment = { MALLOC_ARENA_MAX: '2' };

/** The gateway and nginx on one core, the upstream on the other. */
export interface Servers {
  readonly ports: Ports;
  readonly gateway: MeasuredProcess;
  readonly nginx: MeasuredProcess;
  /** Port of the gateway's inspector, where it was started with one. */
  readonly inspector: number;
  stop(): Promise<void>;
}

/** Core of the servers under measurement, and of the load tool and the upstream. */
export const cores = { measured: 0, load: 1 } as const;

function configuration(ports: Ports, admin: number): string {
  // The last one is of 2026-07-28, and says how long its list is good.
  const targets = (indent: string, ttlMs: number): string =>
    [1, 2, 3, 4, 5]
      .map((i) => {
        const path = i === 5 ? `/mcp/s5/${ttlMs}` : `/mcp/s${i}`;
        return `${indent}- name: s${i}\n${indent}  mcp: { host: "http://127.0.0.1:${ports.upstream}${path}" }`;
      })
      .join('\n');
  return `
config:
  workerThreads: 1
  adminAddr: "127.0.0.1:${admin}"
  statsAddr: "127.0.0.1:${admin + 1}"
  readinessAddr: "127.0.0.1:${admin + 2}"
binds:
- port: ${ports.http}
  listeners:
  - routes:
    - backends:
      - host: "127.0.0.1:${ports.upstream}"
${policyBind(ports.policies, ports.upstream)}
- port: ${ports.https}
  listeners:
  - protocol: HTTPS
    tls: { cert: ${certificate.cert}, key: ${certificate.key} }
    routes:
    - backends:
      - host: "127.0.0.1:${ports.upstream}"
- port: ${ports.tcp}
  listeners:
  - protocol: TCP
    tcpRoutes:
    - backends:
      - host: "127.0.0.1:${ports.upstream}"
- port: ${ports.http2}
  listeners:
  - routes:
    - backends:
      - host: "127.0.0.1:${ports.http2Upstream}"
        policies: { http: { version: "2" } }
- port: ${ports.mcpCold}
  listeners:
  - routes:
    - backends:
      - mcp:
          targets:
${targets('          ', 0)}
llm:
  port: ${ports.llm}
  models:
  - name: bench
    provider: openAI
    params: { apiKey: bench, baseUrl: "http://127.0.0.1:${ports.upstream}/v1" }
  - name: claude
    provider: { custom: { formats: [{ type: messages }] } }
    params: { apiKey: bench, baseUrl: "http://127.0.0.1:${ports.upstream}/v1" }
mcp:
  port: ${ports.mcp}
  listTtl: 1h
  targets:
${targets('  ', 3_600_000)}
`;
}

/**
 * Starts everything from the bundle if it is built, else from source. `base` is the first of nineteen free ports.
 *
 * @param inspected The gateway runs with an inspector.
 */
export async function startServers(base: number, inspected = false): Promise<Servers> {
  const inspector = base + 8;
  const flags = inspected ? [`--inspect=127.0.0.1:${inspector}`] : [];
  const ports: Ports = {
    upstream: base,
    nginx: base + 1,
    http: base + 2,
    llm: base + 3,
    mcp: base + 4,
    mcpCold: base + 9,
    https: base + 10,
    nginxTls: base + 11,
    http2Upstream: base + 12,
    http2: base + 13,
    nginxHttp2: base + 14,
    nginxGrpc: base + 15,
    policies: base + 16,
    tcp: base + 17,
    nginxTcp: base + 18,
  };
  const directory = mkdtempSync(join(tmpdir(), 'waygate-bench-'));
  const config = join(directory, 'config.yaml');
  writeFileSync(config, configuration(ports, base + 5));
  const upstream = MeasuredProcess.start(
    process.execPath,
    [join(root, 'bench/lib/upstream.ts'), String(ports.upstream)],
    { core: cores.load, logFile: join(directory, 'upstream.log') },
  );
  const http2Upstream = MeasuredProcess.start(
    process.execPath,
    [join(root, 'bench/lib/http2-upstream.ts'), String(ports.http2Upstream)],
    { core: cores.load, logFile: join(directory, 'http2-upstream.log') },
  );
  const nginx = startNginx(join(directory, 'nginx'), ports, certificate, cores.measured);
  const bundle = join(root, 'dist/waygate.mjs');
  const entry = existsSync(bundle) ? bundle : join(root, 'src/cli/main.ts');
  const gateway = MeasuredProcess.start(process.execPath, [...usualFlags, ...flags, entry, '-f', config], {
    core: cores.measured,
    logFile: join(directory, 'gateway.log'),
    env: { ...process.env, ...usualEnvironment },
  });
  const stop = async (): Promise<void> => {
    await Promise.all([gateway.stop(), nginx.stop(), upstream.stop(), http2Upstream.stop()]);
  };
  try {
    await untilAnswers(`http://127.0.0.1:${ports.upstream}/1k`);
    await untilAnswers(`http://127.0.0.1:${ports.nginx}/1k`);
    await untilAnswers(`http://127.0.0.1:${ports.http}/1k`);
  } catch (error) {
    await stop();
    throw new Error(`a server did not start; see ${directory}`, { cause: error });
  }
  return { ports, gateway, nginx, inspector, stop };
}
