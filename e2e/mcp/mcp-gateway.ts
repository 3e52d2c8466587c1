import type { TestContext } from 'node:test';
import { freePorts } from '../../testkit/free-ports.ts';
import { configFile, startWaygate, type Waygate } from '../process/waygate-process.ts';

/** A gateway with an `mcp` section. */
export interface McpGateway {
  readonly waygate: Waygate;
  /** The process that children descend from. */
  readonly pid: number;
  readonly url: URL;
  /** Connections that clients have made so far, by the gateway's own count. */
  connections(): Promise<number>;
}

/** Starts a gateway of four workers with these YAML lines under `mcp.targets`. */
export async function startMcpGateway(
  t: TestContext,
  targets: string,
  env: Readonly<Record<string, string>> = {},
): Promise<McpGateway> {
  const [data = 0, admin = 0, stats = 0, readiness = 0] = await freePorts(4);
  const file = configFile(
    t,
    `config:
  workerThreads: 4
  adminAddr: localhost:${admin}
  statsAddr: 127.0.0.1:${stats}
  readinessAddr: 127.0.0.1:${readiness}
gateways:
  default: { port: ${data}, address: ["127.0.0.1"] }
mcp:
  prefixMode: onClash
  targets:
  ${targets.trim().replaceAll('\n', '\n  ')}
`,
  );
  const waygate = startWaygate(t, { args: ['-f', file], env });
  await waygate.says('ready');
  return {
    waygate,
    pid: waygate.child.pid ?? 0,
    url: new URL(`http://127.0.0.1:${data}/mcp`),
    async connections() {
      const page = await (await fetch(`http://127.0.0.1:${stats}/metrics`)).text();
      const counts = page.matchAll(/^agentgateway_downstream_connections_total\{[^}]*\} (\d+)$/gm);
      return counts.reduce((sum, [, count]) => sum + Number(count), 0);
    },
  };
}

/** A `fetch` that opens a new connection for each request, and counts them. */
export function connectionPerRequest(): { readonly fetch: typeof fetch; readonly count: () => number } {
  let count = 0;
  return {
    fetch(input, init) {
      count++;
      const headers = new Headers(init?.headers);
      headers.set('connection', 'close');
      return fetch(input, { ...init, headers });
    },
    count: () => count,
  };
}
