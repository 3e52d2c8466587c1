import { heapBytes } from './heap-size.ts';
import { callTool, openSession } from './mcp-session.ts';
import type { Servers } from './servers.ts';

/** Sessions that are opened at the same time. */
const atOnce = 16;

/** What an idle MCP session costs the gateway, in KiB. */
export interface SessionCost {
  /** Objects and their buffers, without garbage. Memory outside of V8, of connections to servers for instance, is not in it. */
  readonly live: number;
  /** What the whole process grew by, with all that V8 and the C library keep for later: mostly no session's. */
  readonly resident: number;
}

/** What `count` sessions cost that called every server once and have no stream open. */
export async function measureIdleSessions(servers: Servers, count: number): Promise<SessionCost> {
  const { ports, inspector, gateway } = servers;
  await openMany(ports.mcp, 100);
  const before = await heapBytes(inspector);
  const rssBefore = gateway.rssMiB();
  await openMany(ports.mcp, count);
  const live = ((await heapBytes(inspector)) - before) / 1024 / count;
  return { live, resident: ((gateway.rssMiB() - rssBefore) * 1024) / count };
}

async function openMany(port: number, count: number): Promise<void> {
  let left = count;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const fields = await openSession(port);
      for (let i = 1; i <= 5; i++) await callTool(port, fields, `s${i}_s${i}-tool1`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
