import http from 'node:http';
import http2 from 'node:http2';
import type net from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type ServerOptions } from 'ws';

/** A WebSocket server that sends back what it gets. */
export interface EchoServer extends AsyncDisposable {
  readonly host: string;
  readonly server: WebSocketServer;
  /** How each connection was closed by its client. */
  readonly closes: readonly { readonly code: number; readonly reason: string }[];
  readonly errors: readonly string[];
}

/** A WebSocket server that sends back what it gets, with an HTTP/1.1 or HTTP/2 connection under it. */
export async function startEcho(options: ServerOptions = {}): Promise<EchoServer> {
  const web = http.createServer();
  const server = new WebSocketServer({ server: web, maxPayload: 32 * 1024 * 1024, ...options });
  const closes: { code: number; reason: string }[] = [];
  const errors: string[] = [];
  server.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    socket.on('close', (code, reason) => closes.push({ code, reason: reason.toString() }));
    socket.on('error', (error) => errors.push(error.message));
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', () => resolve()));
  return {
    host: `127.0.0.1:${(web.address() as net.AddressInfo).port}`,
    server,
    closes,
    errors,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      web.closeAllConnections();
      await new Promise((resolve) => web.close(resolve));
    },
  };
}

/** An HTTP/2 upstream that takes WebSockets (RFC 8441), with `ws` on its streams. */
export async function startEchoOver2(): Promise<AsyncDisposable & { readonly host: string }> {
  const server = http2.createServer({ settings: { enableConnectProtocol: true } });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    if (headers[':protocol'] !== 'websocket') {
      stream.respond({ ':status': 404 }, { endStream: true });
      return;
    }
    stream.respond({ ':status': 200, 'sec-websocket-protocol': 'chat' });
    const socket = speak(stream, true);
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    // The client is told by a close.
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    host: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** `ws` on a stream whose handshake is done. */
function speak(stream: Duplex, server: boolean): WebSocket {
  const Speaker = WebSocket as unknown as new (
    address: null,
    protocols: undefined,
    options: object,
  ) => WebSocket & {
    setSocket(stream: Duplex, head: Buffer, options: object): void;
    _isServer: boolean;
    _closeTimeout: number;
  };
  const socket = new Speaker(null, undefined, { autoPong: true });
  socket._isServer = server;
  socket._closeTimeout = 10_000;
  const like = Object.assign(stream, { setTimeout: () => stream, setNoDelay: () => stream });
  socket.setSocket(like, Buffer.alloc(0), {
    allowSynchronousEvents: true,
    maxPayload: 32 * 1024 * 1024,
    skipUTF8Validation: false,
  });
  return socket;
}

/** A WebSocket over HTTP/1.1. */
export async function open(url: string, protocols: string[] = [], options = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols, { maxPayload: 32 * 1024 * 1024, ...options });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}

/** A WebSocket over HTTP/2 to the gateway (RFC 8441). */
export async function openOver2(
  port: number,
): Promise<{ socket: WebSocket; headers: http2.IncomingHttpHeaders; close(): void }> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  await new Promise((resolve) => session.once('remoteSettings', resolve));
  const stream = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'http',
    ':authority': 'a.test',
    ':path': '/chat',
    'sec-websocket-version': '13',
    'sec-websocket-protocol': 'chat',
  });
  const headers = await new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
    stream.once('response', resolve);
    stream.once('error', reject);
  });
  return { socket: speak(stream, false), headers, close: () => session.destroy() };
}

/** Sends a message, and waits for the next. */
export function echoed(
  socket: WebSocket,
  data: string | Buffer,
  options = {},
): Promise<{ data: Buffer; binary: boolean }> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('message', (back, binary) => {
      socket.off('error', reject);
      resolve({ data: back as Buffer, binary });
    });
    socket.send(data, options);
  });
}

/** How it is closed; errors before that are not told. */
export function closed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
}
