import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ConnectionInfo, TlsInfo } from './http/message.ts';

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

/** What the handshake of `socket` said. `verified`: the client's certificate was checked against the listener's roots. */
export function tlsInfo(socket: TLSSocket, verified: boolean): TlsInfo {
  const serverName = typeof socket.servername === 'string' ? socket.servername.toLowerCase() : '';
  const certificate = verified ? socket.getPeerX509Certificate() : undefined;
  return {
    serverName,
    protocol: socket.getProtocol() ?? '',
    alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : '',
    ...(certificate === undefined
      ? {}
      : {
          client: {
            subject: distinguishedName(certificate.subject),
            issuer: distinguishedName(certificate.issuer),
            subjectAltNames: (certificate.subjectAltName ?? '').split(', ').filter((name) => name !== ''),
            pem: certificate.toString(),
          },
        }),
  };
}

/** `C=DE\nO=Acme\nCN=x` as node gives it → `C=DE,O=Acme,CN=x`. */
function distinguishedName(lines: string): string {
  return lines.split('\n').join(',');
}

function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
