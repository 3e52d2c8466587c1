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

/** Memory that open, silent streams cost the gateway, in KiB each. */
export interface IdleCost {
  /** Of the first ones: code that is compiled and pools that grow are counted with them. */
  readonly first: number;
  /** Of the first ones and as many more. */
  readonly all: number;
}

/** Opens `count` streams, and `count` more beside them. */
export async function measureIdleStreams(servers: Servers, kind: IdleStreams, count: number): Promise<IdleCost> {
  await holdStreams(servers.ports, kind, Math.min(50, count), () => Promise.resolve());
  await settle();
  const before = servers.gateway.rssMiB();
  const each = (streams: number): number => ((servers.gateway.rssMiB() - before) * 1024) / streams;
  let cost: IdleCost = { first: 0, all: 0 };
  await holdStreams(servers.ports, kind, count, async () => {
    await settle();
    const first = each(count);
    await holdStreams(servers.ports, kind, count, async () => {
      await settle();
      cost = { first, all: each(2 * count) };
    });
  });
  return cost;
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
