/** WebSockets of raw bytes, over HTTP/1.1 and HTTP/2. */
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Case } from './case.ts';
import { agreementOf, Decompressor, type Offer } from './compression.ts';
import { opcodes, readFrames, shown, type Frame } from './frames.ts';

/** A connection whose handshake is done. */
interface Opened {
  readonly stream: Duplex;
  /** What the server agreed to; '' for nothing. */
  readonly extensions: string;
}

/** Shakes hands. Rejects when the server does not agree. */
export type Open = (offer: Offer | undefined) => Promise<Opened>;

/** What a server said until it ended the connection. */
export interface Conversation {
  readonly extensions: string;
  readonly bytes: Buffer;
  /** Its frames, those of compressed messages decompressed. */
  readonly lines: readonly string[];
}

/** Says what a case says, and listens to the end. Rejects when the connection breaks. */
export async function converse(open: Open, { sent, offer }: Case): Promise<Conversation> {
  const { stream, extensions } = await open(offer);
  const chunks: Buffer[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', resolve);
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('closed without an end')));
  });
  await Promise.all([ended, say(stream, sent)]);
  stream.end();
  const bytes = Buffer.concat(chunks);
  return { extensions, bytes, lines: decompressed(readFrames(bytes), extensions).map(shown) };
}

/** Each piece is read by whoever is next before the following is written; none is, once the server has ended. */
async function say(stream: Duplex, sent: readonly Buffer[]): Promise<void> {
  for (const piece of sent) {
    if (stream.readableEnded || stream.destroyed) return;
    await new Promise<void>((resolve) => stream.write(piece, () => resolve()));
    await turn();
  }
}

function decompressed(frames: readonly Frame[], extensions: string): readonly Frame[] {
  const agreement = agreementOf(extensions);
  if (agreement === null) return frames;
  const decompressor = new Decompressor(agreement);
  return frames.map((frame) => {
    const message = frame.opcode === opcodes.text || frame.opcode === opcodes.binary;
    // A message that compression does not shorten may be sent as it is.
    if (!message || frame.reserved !== 4) return frame;
    return { ...frame, reserved: 0, payload: decompressor.message(frame.payload) };
  });
}

/** Over HTTP/1.1, a connection each. @param ca Present: over TLS, with certificates of this authority. */
export function overHttp1(port: () => number, ca?: Buffer): Open {
  return (offer) =>
    new Promise((resolve, reject) => {
      const headers = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...(offer === undefined ? {} : { 'sec-websocket-extensions': offer }),
      };
      const options = { host: '127.0.0.1', port: port(), headers, agent: false as const };
      const request = ca === undefined ? http.request(options) : https.request({ ...options, ca });
      request.on('upgrade', ({ headers: agreed }, stream, head) => {
        if (head.length > 0) stream.unshift(head);
        resolve({ stream, extensions: agreed['sec-websocket-extensions'] ?? '' });
      });
      request.on('response', ({ statusCode }) => reject(new Error(`refused with ${statusCode}`)));
      request.on('error', reject);
      request.end();
    });
}

/** Over HTTP/2 (RFC 8441), a stream each of one connection, which is opened again when it has been idle for too long. */
export function overHttp2(port: () => number): Open {
  let session: http2.ClientHttp2Session | null = null;
  return async (offer) => {
    if (session === null || session.closed || session.destroyed) session = await connected(port());
    const opened = session;
    return new Promise((resolve, reject) => {
      const stream = opened.request({
        ':method': 'CONNECT',
        ':protocol': 'websocket',
        ':scheme': 'http',
        ':authority': 'a.test',
        ':path': '/',
        'sec-websocket-version': '13',
        ...(offer === undefined ? {} : { 'sec-websocket-extensions': offer }),
      });
      stream.once('error', reject);
      stream.once('response', (agreed) => {
        if (agreed[':status'] === 200) resolve({ stream, extensions: agreed['sec-websocket-extensions'] ?? '' });
        else reject(new Error(`refused with ${agreed[':status']}`));
      });
    });
  };
}

/** A connection that ends with the process, or when the other side ends it. */
async function connected(port: number): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  session.unref();
  await new Promise((resolve) => session.once('remoteSettings', resolve));
  return session;
}
