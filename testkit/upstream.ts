import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { TLSSocket } from 'node:tls';
import { RawClient } from '../src/net/testing/raw-client.ts';
import { eventually } from './client.ts';
import { freePorts } from './free-ports.ts';

/** A request as an upstream received it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  /** Complete once the request is in {@link Upstream.requests}. */
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string | undefined>>;
  /** Number of the connection it came on, from 0. */
  readonly connection: number;
  /** Subject CN of the client's certificate, over TLS. */
  readonly client: string | undefined;
  /** SNI, over TLS. */
  readonly serverName: string | undefined;
}

/** How an upstream answers; the body of the request has been read. */
export type Answer = (request: SeenRequest, response: http.ServerResponse) => void;

/** An HTTP server on a loopback port. */
export interface Upstream extends AsyncDisposable {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Whole requests in the order in which they ended. */
  readonly requests: readonly SeenRequest[];
  /** Connections that are open. */
  readonly connections: number;
  /** Waits until there are `count` requests; returns the last of them. */
  request(count: number): Promise<SeenRequest>;
  /** Answers requests from now on. */
  answer(next: Answer): void;
  close(): Promise<void>;
}

/** Where an upstream listens and whether it speaks TLS. */
export interface UpstreamOptions {
  readonly tls?: https.ServerOptions;
  readonly path?: string;
  readonly port?: number;
}

/** Starts an upstream; without `answer` it says 200 `ok`. */
export async function startUpstream(answer: Answer = sayOk, options: UpstreamOptions = {}): Promise<Upstream> {
  const requests: SeenRequest[] = [];
  const sockets = new Map<net.Socket, number>();
  let accepted = 0;
  let current = answer;
  const listener: http.RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const tls = options.tls === undefined ? undefined : (request.socket as TLSSocket);
      const seen: SeenRequest = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        body: Buffer.concat(chunks),
        trailers: request.trailers,
        connection: sockets.get(request.socket) ?? -1,
        client: tls?.getPeerX509Certificate()?.subject,
        serverName: typeof tls?.servername === 'string' ? tls.servername : undefined,
      };
      requests.push(seen);
      current(seen, response);
    });
  };
  const server = options.tls === undefined ? http.createServer(listener) : https.createServer(options.tls, listener);
  server.keepAliveTimeout = 60_000;
  server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: net.Socket) => {
    sockets.set(socket, accepted++);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await listen(server, options);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const port = portOf(server);
  return {
    port,
    host: options.path === undefined ? `127.0.0.1:${port}` : `unix:${options.path}`,
    requests,
    get connections() {
      return sockets.size;
    },
    async request(count) {
      await eventually(() => requests.length >= count, `request ${count} at the upstream`);
      return requests[count - 1] as SeenRequest;
    },
    answer(next) {
      current = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function sayOk(_request: SeenRequest, response: http.ServerResponse): void {
  response.end('ok');
}

/** A TCP server whose connections a test drives by hand. */
export interface RawUpstream extends AsyncDisposable {
  readonly port: number;
  readonly host: string;
  readonly connections: readonly RawClient[];
  /** Waits for the connection of that number, from 0. */
  connection(index: number): Promise<RawClient>;
  close(): Promise<void>;
}

/** Starts a raw upstream; `onConnection` may answer at once. */
export async function startRawUpstream(
  onConnection: (connection: RawClient, index: number) => void = () => undefined,
  options: { readonly port?: number } = {},
): Promise<RawUpstream> {
  const connections: RawClient[] = [];
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = new RawClient(socket);
    connections.push(connection);
    onConnection(connection, connections.length - 1);
  });
  await listen(server, options);
  const close = async (): Promise<void> => {
    for (const { socket } of connections) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  const port = portOf(server);
  return {
    port,
    host: `127.0.0.1:${port}`,
    connections,
    async connection(index) {
      await eventually(() => connections[index] !== undefined, `connection ${index} at the upstream`);
      return connections[index] as RawClient;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Answers each request head on `connection` with the next of `answers`; the last one again and again. */
export function inTurn(connection: RawClient, answers: readonly string[]): void {
  let seen = 0;
  let next = 0;
  connection.socket.on('data', () => {
    for (;;) {
      const end = connection.received.indexOf('\r\n\r\n', seen);
      if (end < 0) return;
      seen = end + 4;
      connection.write(answers[Math.min(next++, answers.length - 1)] ?? '');
    }
  });
}

/** `127.0.0.1:port` where nothing listens. */
export async function closedHost(): Promise<string> {
  const [port] = await freePorts(1);
  return `127.0.0.1:${port}`;
}

function listen(server: net.Server, { path, port = 0 }: UpstreamOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    if (path === undefined) server.listen(port, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
}

function portOf(server: net.Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
