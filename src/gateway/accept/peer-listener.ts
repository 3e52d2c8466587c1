import { rmSync } from 'node:fs';
import net from 'node:net';
import type { Inbound } from '../../net/http/inbound.ts';
import { serverContext, type ConnectionSettings } from '../../net/http1/connection-settings.ts';
import { ServerConnection } from '../../net/http1/server-connection.ts';
import type { Sweeper } from '../../net/sweeper.ts';

/** Limits between workers: the outer connection's have been applied, so these only stop nonsense. */
const settings: ConnectionSettings = {
  maxHeadSize: 1024 * 1024,
  maxHeaders: 10_000,
  maxTargetLength: 1024 * 1024,
  headTimeoutMs: 0,
  bodyTimeoutMs: 0,
  bodyMinRate: 0,
  sendTimeoutMs: 0,
  idleTimeoutMs: 0,
  maxConnectionMs: 0,
  headerCase: 'lowercase',
  tlsHandshakeTimeoutMs: 0,
};

/** A worker's private socket, on which other workers pass on what this one owns. */
export interface PeerListener {
  close(): void;
}

/** Listens on the Unix socket `path`. The directory is private to the process: who connects is one of its workers. */
export function openPeerListener(
  path: string,
  sweeper: Sweeper,
  handler: (inbound: Inbound) => void,
): Promise<PeerListener> {
  // A worker that died left its socket file behind.
  rmSync(path, { force: true });
  const connections = new Set<ServerConnection>();
  const context = serverContext({
    sweeper,
    settings: () => settings,
    handler: () => handler,
    onBadRequest: () => undefined,
  });
  const info = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 };
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(new ServerConnection(socket, info, context, (connection) => connections.delete(connection)));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      resolve({
        close() {
          server.close();
          for (const connection of connections) connection.cut(false);
        },
      });
    });
  });
}
