import { heapBytes } from './heap-size.ts';
import { callTool, openSession } from './mcp-session.ts';
import type { Servers } from './servers.ts';

/** Sessions that are opened at the same time. */
const atOnce = 16;

/** What `count` idle MCP sessions cost the gateway, in KiB each: they called every server once and have no stream open. */
export async function measureIdleSessions({ ports, inspector }: Servers, count: number): Promise<number> {
  await openMany(ports.mcp, 100);
  const before = await heapBytes(inspector);
  await openMany(ports.mcp, count);
  return ((await heapBytes(inspector)) - before) / 1024 / count;
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
