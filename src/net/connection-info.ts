import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ConnectionInfo, TlsInfo } from './http/message.ts';
import { clientCertificate } from './tls/client-certificate.ts';

/** Who is on the other end of `socket`; IPv4 addresses mapped into IPv6 are given as IPv4. */
export function connectionInfo(socket: Socket, tls?: TlsInfo): ConnectionInfo {
  return {
    remoteAddress: plainAddress(socket.remoteAddress),
    remotePort: socket.remotePort ?? 0,
    localAddress: plainAddress(socket.localAddress),
    localPort: socket.localPort ?? 0,
    ...(tls === undefined ? {} : { tls }),
  };
}

/** What the handshake of `socket` said. `mutual`: a client's certificate was checked against the listener's roots. */
export function tlsInfo(socket: TLSSocket, mutual: boolean): TlsInfo {
  const certificate = mutual ? socket.getPeerX509Certificate() : undefined;
  return {
    serverName: typeof socket.servername === 'string' ? socket.servername.toLowerCase() : '',
    protocol: socket.getProtocol() ?? '',
    alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : '',
    ...(mutual ? { mutual } : {}),
    ...(certificate === undefined ? {} : { client: clientCertificate(certificate) }),
  };
}

/** An address as it is known everywhere: IPv4 as such, also where IPv6 carries it; '' where there is none. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
