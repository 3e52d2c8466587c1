import net from 'node:net';
import type { Ports } from '../scenarios/scenario.ts';
import { collectGarbage } from './collect-garbage.ts';
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
  /**
   * Of the first ones of a process that has just begun. Some 20 MB of it are no stream's: working memory of V8's
   * compilers, which the C library keeps when they are done, and the parts of the program that they are.
   */
  readonly cold: number;
  /** Of as many more beside them. */
  readonly more: number;
}

/** Opens `count` streams, and `count` more beside them. */
export async function measureIdleStreams(servers: Servers, kind: IdleStreams, count: number): Promise<IdleCost> {
  await holdStreams(servers.ports, kind, Math.min(50, count), () => Promise.resolve());
  let cost: IdleCost = { cold: 0, more: 0 };
  const before = await settledRss(servers);
  await holdStreams(servers.ports, kind, count, async () => {
    const first = await settledRss(servers);
    await holdStreams(servers.ports, kind, count, async () => {
      const both = await settledRss(servers);
      cost = { cold: ((first - before) * 1024) / count, more: ((both - first) * 1024) / count };
    });
  });
  return cost;
}

/**
 * What `count` streams cost a process that has served twice as many before, one after another: above its memory without
 * what these left as garbage, so that new streams cannot hide in the room of old ones. KiB each.
 */
export async function measureWarmStreams(servers: Servers, kind: IdleStreams, count: number): Promise<number> {
  for (let i = 0; i < 2 * count; i++) await holdStreams(servers.ports, kind, 1, () => Promise.resolve());
  await settle();
  await collectGarbage(servers.inspector);
  const before = await settledRss(servers);
  let after = before;
  await holdStreams(servers.ports, kind, count, async () => {
    after = await settledRss(servers);
  });
  return ((after - before) * 1024) / count;
}

async function settledRss(servers: Servers): Promise<number> {
  await settle();
  return servers.gateway.rssMiB();
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
