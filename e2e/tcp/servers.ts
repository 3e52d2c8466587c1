/** Raw servers and clients that the tests of this folder talk to. */
import net from 'node:net';
import tls from 'node:tls';
import { RawClient } from '../../testkit/client.ts';

/** A server of raw connections on a loopback port. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Those that are open. */
  readonly sockets: ReadonlySet<net.Socket>;
  /** Connections so far. */
  readonly accepted: number;
}

/** Starts one. @param secure Present: with TLS. */
export async function rawServer(onSocket: (socket: net.Socket) => void, secure?: tls.TlsOptions): Promise<RawServer> {
  const sockets = new Set<net.Socket>();
  let accepted = 0;
  const take = (socket: net.Socket): void => {
    accepted++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    onSocket(socket);
  };
  // With TLS the option concerns the sockets inside as well.
  const server =
    secure === undefined
      ? net.createServer({ allowHalfOpen: true }, take)
      : tls.createServer({ ...secure, allowHalfOpen: true } as tls.TlsOptions, take);
  // Also those whose handshake never ends.
  const raws = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    raws.add(socket);
    socket.once('close', () => raws.delete(socket));
  });
  server.on('tlsClientError', (_error: Error, socket: net.Socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    host: `127.0.0.1:${port}`,
    sockets,
    get accepted() {
      return accepted;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of [...sockets, ...raws]) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Says everything back, and its end. */
export function echo(socket: net.Socket): void {
  socket.pipe(socket);
}

/** Says `name` at once and then everything back. */
export function named(name: string): (socket: net.Socket) => void {
  return (socket) => {
    socket.write(`${name}:`);
    socket.pipe(socket);
  };
}

/** A client over TLS; half-open allowed. */
export function secureClient(port: number, options: tls.ConnectionOptions): RawClient {
  return new RawClient(
    tls.connect({ port, host: '127.0.0.1', allowHalfOpen: true, ...options } as tls.ConnectionOptions),
  );
}
