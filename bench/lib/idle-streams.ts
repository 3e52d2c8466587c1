import net from 'node:net';
import type { Ports } from '../scenarios/scenario.ts';
import type { Servers } from './servers.ts';

/** A kind of stream that begins and then says nothing more. */
export interface IdleStreams {
  readonly title: string;
  readonly port: (ports: Ports) => number;
  /** The whole request. */
  readonly request: string;
}

function ask(model: string): string {
  const messages = [{ role: 'user', content: 'x'.repeat(1900) }];
  const body = JSON.stringify({ model, user: 'idle', stream: true, messages });
  const head = ['POST /v1/chat/completions HTTP/1.1', 'host: bench', 'content-type: application/json'];
  return [...head, `content-length: ${body.length}`, '', body].join('\r\n');
}

export const idleStreams: readonly IdleStreams[] = [
  { title: 'event streams', port: (ports) => ports.http, request: 'GET /idle HTTP/1.1\r\nhost: bench\r\n\r\n' },
  { title: 'chat streams', port: (ports) => ports.llm, request: ask('bench') },
  { title: 'chat streams from Messages', port: (ports) => ports.llm, request: ask('claude') },
];

/** Memory that each of `count` open, silent streams costs the gateway, in KiB. */
export async function measureIdleStreams(servers: Servers, kind: IdleStreams, count: number): Promise<number> {
  // Warm: pools, code and buffers that stay are not the streams'.
  await holdStreams(servers.ports, kind, Math.min(50, count), () => Promise.resolve());
  await settle();
  const before = servers.gateway.rssMiB();
  let after = before;
  await holdStreams(servers.ports, kind, count, async () => {
    await settle();
    after = servers.gateway.rssMiB();
  });
  return ((after - before) * 1024) / count;
}

async function holdStreams(
  ports: Ports,
  { port, request }: IdleStreams,
  count: number,
  whileOpen: () => Promise<void>,
): Promise<void> {
  const sockets: net.Socket[] = [];
  for (let i = 0; i < count; i++) {
    const socket = net.connect(port(ports), '127.0.0.1');
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('data', () => resolve());
      socket.write(request);
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
