import { createHash } from 'node:crypto';

/** What a server answers to the `sec-websocket-key` of a handshake (RFC 6455 §4.2.2). */
export function websocketAccept(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
