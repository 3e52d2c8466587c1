import net from 'node:net';
import type { Servers } from './servers.ts';

/** Memory that each of `count` open, silent event streams costs the gateway, in KiB. */
export async function measureIdleStreams(servers: Servers, count: number): Promise<number> {
  // Warm: pools, code and buffers that stay are not the streams'.
  await holdStreams(servers.ports.http, Math.min(50, count), () => Promise.resolve());
  await settle();
  const before = servers.gateway.rssMiB();
  let after = before;
  await holdStreams(servers.ports.http, count, async () => {
    await settle();
    after = servers.gateway.rssMiB();
  });
  return ((after - before) * 1024) / count;
}

async function holdStreams(port: number, count: number, whileOpen: () => Promise<void>): Promise<void> {
  const sockets: net.Socket[] = [];
  for (let i = 0; i < count; i++) {
    const socket = net.connect(port, '127.0.0.1');
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('data', () => resolve());
      socket.write('GET /idle HTTP/1.1\r\nhost: bench\r\n\r\n');
    });
  }
  try {
    await whileOpen();
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2000));
}
