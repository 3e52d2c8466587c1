import http2 from 'node:http2';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

/** An open tunnel, or why there is none. */
export interface Tunnel {
  readonly status: number;
  readonly stream: Duplex;
  /** What came after the head. */
  text(): string;
  /** Resolves when the other side has ended. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Asks for a tunnel over HTTP/1.1. @param early Sent together with the request. */
export function connectOver1(
  port: number,
  target: string,
  options: { readonly fields?: string; readonly early?: string; readonly tls?: tls.ConnectionOptions } = {},
): Promise<Tunnel> {
  const { fields = '', early = '' } = options;
  const socket =
    options.tls === undefined
      ? net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      : tls.connect({ port, host: '127.0.0.1', ALPNProtocols: ['http/1.1'], ...options.tls });
  socket.on('error', () => undefined);
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${fields}\r\n${early}`);
  return new Promise((resolve, reject) => {
    let head = '';
    socket.once('close', () => reject(new Error(`closed before a head: ${head}`)));
    const onData = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onData);
      socket.pause();
      const rest = Buffer.from(head.slice(end + 4), 'latin1');
      if (rest.length > 0) socket.unshift(rest);
      resolve(tunnelOf(Number(head.slice(9, 12)), socket, () => socket.destroy()));
    };
    socket.on('data', onData);
  });
}

/** Asks for a tunnel over HTTP/2 (RFC 9113 §8.5). */
export function connectOver2(port: number, target: string, fields: Record<string, string> = {}): Promise<Tunnel> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const stream = session.request({ ':method': 'CONNECT', ':authority': target, ...fields });
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    stream.on('error', reject);
    stream.on('response', (headers) => {
      stream.pause();
      resolve(tunnelOf(headers[':status'] ?? 0, stream, () => session.destroy()));
    });
  });
}

/** Counts text only while nobody else reads the stream. */
function tunnelOf(status: number, stream: Duplex, close: () => void): Tunnel {
  let text = '';
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.once('end', resolve);
  stream.once('close', resolve);
  let reading = false;
  const read = (): void => {
    if (reading) return;
    reading = true;
    stream.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    stream.resume();
  };
  return {
    status,
    stream,
    text() {
      read();
      return text;
    },
    get ended() {
      read();
      return promise;
    },
    close,
  };
}

/** Speaks TLS inside of a tunnel. */
export function secure(tunnel: Tunnel, options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
  const socket = tls.connect({ socket: tunnel.stream, ...options });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('secureConnect', () => resolve(socket));
  });
}
