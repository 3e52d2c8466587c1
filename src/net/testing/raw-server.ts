import net from 'node:net';
import type { TestContext } from 'node:test';
import { eventually, RawClient } from './raw-client.ts';

/** An upstream whose connections a test drives by hand. */
export interface RawServer {
  readonly port: number;
  /** Connections in the order of their arrival; `received` is what was sent to them. */
  readonly connections: readonly RawClient[];
  /** Waits for the connection of that number, from 0. */
  connection(index: number): Promise<RawClient>;
}

/** A TCP server on a free loopback port; `onConnection` may answer at once. Closed with the test. */
export async function rawServer(
  t: TestContext,
  onConnection: (connection: RawClient) => void = () => undefined,
  host = '127.0.0.1',
  port = 0,
): Promise<RawServer> {
  const connections: RawClient[] = [];
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = new RawClient(socket);
    connections.push(connection);
    onConnection(connection);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  t.after(() => {
    for (const { socket } of connections) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    connections,
    connection: async (index) => {
      await eventually(() => connections[index] !== undefined, `connection ${index}`);
      return connections[index] as RawClient;
    },
  };
}

/** An upstream that answers every request it has read to the end of its head with `answer`. */
export function answering(answer: string): (connection: RawClient) => void {
  return (connection) => {
    let seen = 0;
    connection.socket.on('data', () => {
      for (;;) {
        const end = connection.received.indexOf('\r\n\r\n', seen);
        if (end < 0) return;
        seen = end + 4;
        connection.write(answer);
      }
    });
  };
}
