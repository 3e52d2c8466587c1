import { Socket } from 'node:net';
import { PassThrough, type Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

type SocketOver = new (stream: Duplex) => Socket;

let socketOver: SocketOver | null = null;

/** `stream` as a socket, half-open allowed: what TLS and HTTP connections are made of. A socket stays itself. */
export function asSocket(stream: Duplex): Socket {
  let socket: Socket;
  if (stream instanceof Socket) socket = stream;
  else {
    socketOver ??= findSocketOver();
    socket = new socketOver(stream);
  }
  socket.allowHalfOpen = true;
  return socket;
}

/** Node has such a class, for TLS over any stream, and shows it nowhere else. */
function findSocketOver(): SocketOver {
  const probe = new TLSSocket(new PassThrough() as unknown as Socket);
  const { _handle: handle } = probe as unknown as { readonly _handle: { readonly _parentWrap: Socket } };
  probe.destroy();
  return handle._parentWrap.constructor as SocketOver;
}
