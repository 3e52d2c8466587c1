import net from 'node:net';
import tls from 'node:tls';
import type { Ports } from '../scenarios/scenario.ts';
import { collectGarbage } from './collect-garbage.ts';
import type { Servers } from './servers.ts';

/** A kind of connection that is kept after a request. */
export interface IdleConnections {
  readonly title: string;
  readonly port: (ports: Ports) => number;
  readonly tls: boolean;
}

export const idleConnections: readonly IdleConnections[] = [
  { title: 'kept connections', port: (ports) => ports.http, tls: false },
  { title: 'kept connections with TLS', port: (ports) => ports.https, tls: true },
];

const request = 'GET /1k HTTP/1.1\r\nhost: bench\r\n\r\n';
/** Opened at the same time: more would wait in the listener's queue. */
const together = 50;
/** So that the code is compiled; too few to leave room that others would fill. */
const WARM_UP = 200;

/**
 * Memory that `count` connections cost which had one request each and are kept: above that of a process that has had a few
 * before, both without garbage. KiB each, in the whole process.
 */
export async function measureIdleConnections(servers: Servers, kind: IdleConnections, count: number): Promise<number> {
  await hold(servers.ports, kind, WARM_UP, () => Promise.resolve());
  const before = await settledRss(servers);
  let after = before;
  await hold(servers.ports, kind, count, async () => {
    after = await settledRss(servers);
  });
  return ((after - before) * 1024) / count;
}

async function settledRss(servers: Servers): Promise<number> {
  await settle();
  await collectGarbage(servers.inspector);
  await settle();
  return servers.gateway.rssMiB();
}

async function hold(ports: Ports, kind: IdleConnections, count: number, whileOpen: () => Promise<void>): Promise<void> {
  const sockets: net.Socket[] = [];
  try {
    for (let opened = 0; opened < count; opened += together) {
      const group = Array.from({ length: Math.min(together, count - opened) }, () => open(ports, kind, sockets));
      await Promise.all(group);
    }
    await whileOpen();
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

/** Resolves when the answer to its one request is there. */
function open(ports: Ports, kind: IdleConnections, sockets: net.Socket[]): Promise<void> {
  const port = kind.port(ports);
  const host = '127.0.0.1';
  const socket = kind.tls ? tls.connect({ port, host, rejectUnauthorized: false }) : net.connect(port, host);
  sockets.push(socket);
  return new Promise((resolve, reject) => {
    let received = 0;
    socket.on('error', reject);
    socket.on('data', (part) => {
      received += part.length;
      if (received > 1024) resolve();
    });
    socket.write(request);
  });
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2000));
}
