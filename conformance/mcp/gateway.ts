/** The gateway that the suites are run against: the program itself, with two workers. */
import { join } from 'node:path';
import { startMcpGateway } from '../../e2e/mcp/mcp-gateway.ts';
import type { Cleanup } from '../../e2e/process/waygate-process.ts';
import { mcpTools } from '../../testkit/mcp/tools.ts';

/** Behind the gateway is the reference alone, or with two servers from npm and PyPI. */
export type Topology = 'single' | 'federated';

/** Both. */
export const topologies: readonly Topology[] = ['single', 'federated'];

const memory = join(import.meta.dirname, '../../node_modules/.bin/mcp-server-memory');

/** Starts it in front of the server at `upstream`; its URL. It ends with the test. */
export async function startGateway(t: Cleanup, upstream: string, topology: Topology): Promise<string> {
  const others =
    topology === 'single'
      ? ''
      : `
- name: memory
  stdio: { cmd: ${memory} }
- name: time
  stdio: { cmd: ${mcpTools.serverTime} }`;
  const section = `dnsRebindingProtection: true
  # Some scenarios give up after five seconds, and the processes of stdio servers start with each session.
  limits: { slowTarget: 3s }`;
  const targets = `- name: reference\n  mcp: { host: "${upstream}" }${others}`;
  const gateway = await startMcpGateway(t, targets, {}, { workers: 2, section });
  return gateway.url.href;
}
