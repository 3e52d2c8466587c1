/** The gateway that the suites are run against: the program itself, with two workers. */
import { join } from 'node:path';
import { configFile, startWaygate, type Cleanup } from '../../e2e/process/waygate-process.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { mcpTools } from '../../testkit/mcp/tools.ts';

/** Behind the gateway is the reference alone, or with two servers from npm and PyPI. */
export type Topology = 'single' | 'federated';

/** Both. */
export const topologies: readonly Topology[] = ['single', 'federated'];

const memory = join(import.meta.dirname, '../../node_modules/.bin/mcp-server-memory');

/** Starts it in front of the server at `upstream`; its URL. It ends with the test. */
export async function startGateway(t: Cleanup, upstream: string, topology: Topology): Promise<string> {
  const [data = 0, admin = 0, stats = 0, readiness = 0] = await freePorts(4);
  const others =
    topology === 'single'
      ? ''
      : `  - name: memory
    stdio: { cmd: ${memory} }
  - name: time
    stdio: { cmd: ${mcpTools.serverTime} }
`;
  const file = configFile(
    t,
    `config:
  workerThreads: 2
  adminAddr: localhost:${admin}
  statsAddr: 127.0.0.1:${stats}
  readinessAddr: 127.0.0.1:${readiness}
gateways:
  default: { port: ${data}, address: ["127.0.0.1"] }
mcp:
  prefixMode: onClash
  dnsRebindingProtection: true
  # Some scenarios give up after five seconds, and the processes of stdio servers start with each session.
  limits: { slowTarget: 3s }
  targets:
  - name: reference
    mcp: { host: "${upstream}" }
${others}`,
  );
  const waygate = startWaygate(t, { args: ['-f', file] });
  await waygate.says('ready');
  return `http://127.0.0.1:${data}/mcp`;
}
