import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';

/** A tunnel that was asked for. */
export interface SeenTunnel {
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** An HTTP CONNECT proxy on a loopback port. */
export interface ConnectProxy extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly tunnels: readonly SeenTunnel[];
}

/** What a proxy does besides passing bytes on. */
export interface ConnectProxyOptions {
  readonly tls?: https.ServerOptions;
  /** Proxy-Authorization that it wants; else 407. */
  readonly authorization?: string;
  /** Where a target really is, by its `host:port`. */
  readonly places?: Readonly<Record<string, string>>;
  /** Written to the client instead of an answer. */
  readonly answer?: string;
}

/** Starts a proxy that connects to whatever it is asked for. */
export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const tunnels: SeenTunnel[] = [];
  const sockets = new Set<Duplex>();
  const server = options.tls === undefined ? http.createServer() : https.createServer(options.tls);
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.on('connect', (request: http.IncomingMessage, client: Duplex, head: Buffer) => {
    const target = request.url ?? '';
    client.on('error', () => undefined);
    tunnels.push({ target, headers: request.headers });
    if (options.answer !== undefined) {
      client.end(options.answer);
      return;
    }
    if (options.authorization !== undefined && request.headers['proxy-authorization'] !== options.authorization) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n');
      return;
    }
    const { hostname, port } = new URL(`tcp://${options.places?.[target] ?? target}`);
    const upstream = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () => {
      // Together with what the upstream says at once, where it does.
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      client.pipe(upstream);
      upstream.pipe(client);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    tunnels,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
