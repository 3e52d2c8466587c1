import type { Socket } from 'node:net';
import tls from 'node:tls';
import { pairOf, sessionScope, settingsOf, type TlsContextSpec } from './contexts.ts';
import { LeafCertificates } from './leaf-certificates.ts';

/** Who hears of the handshakes of a {@link HostServer}; one of `onSecure` and `onFailure` follows each. */
export interface HostServerEvents {
  /** Protocols that are spoken inside, the preferred first (RFC 7301); null: what clients offer is not looked at. */
  readonly alpn: (() => readonly string[]) | null;
  readonly onSecure: (socket: tls.TLSSocket, host: HostServer) => void;
  /** @param socket The one that was accepted. */
  readonly onFailure: (reason: string, socket: Socket) => void;
}

/**
 * The handshakes of one host, or of all hosts of a pattern. Each has a server of its own, because node fixes versions and
 * what is asked of clients before it looks at the server name.
 */
export class HostServer {
  readonly spec: TlsContextSpec;
  readonly #server: tls.Server;
  #ticketKey: Buffer | null = null;

  /** Throws OpenSSL's error for what it cannot use. */
  constructor(spec: TlsContextSpec, events: HostServerEvents) {
    this.spec = spec;
    const { alpn, onSecure, onFailure } = events;
    const { clientRoots, clientCertificate, mode } = spec.tls;
    // It never listens: sockets come through `accept`.
    const options: tls.TlsOptions = {
      ...settingsOf(spec.tls),
      ...(mode === 'dynamicCa' ? { SNICallback: minting(new LeafCertificates(spec.tls)) } : pairOf(spec.tls)),
      sessionIdContext: sessionScope(spec),
      requestCert: clientRoots !== undefined,
      rejectUnauthorized: clientRoots !== undefined && clientCertificate !== 'optional',
      // Called for clients that offer protocols; without a common one their handshake fails (RFC 7301 §3.2).
      ...(alpn === null ? {} : { ALPNCallback: ({ protocols }) => alpn().find((one) => protocols.includes(one)) }),
    };
    this.#server = tls.createServer(options);
    this.#server.on('secureConnection', (socket) => {
      const fault = clientFault(socket, spec);
      if (fault === null) {
        onSecure(socket, this);
        return;
      }
      onFailure(fault, rawSocket(socket));
      socket.destroy();
    });
    this.#server.on('tlsClientError', (error, socket) => {
      onFailure(reasonOf(error, socket), rawSocket(socket));
      socket.destroy();
    });
  }

  /** Begins a handshake. @param ticketKey Of session tickets; null: this server's own. */
  accept(socket: Socket, ticketKey: Buffer | null): void {
    if (ticketKey !== this.#ticketKey && ticketKey !== null) {
      this.#ticketKey = ticketKey;
      this.#server.setTicketKeys(ticketKey);
    }
    this.#server.emit('connection', socket);
  }
}

/** The TCP socket under a TLS socket; node keeps it there, undocumented. */
export function rawSocket(socket: tls.TLSSocket): Socket {
  return (socket as unknown as { readonly _parent: Socket })._parent;
}

function minting(leaves: LeafCertificates): NonNullable<tls.TlsOptions['SNICallback']> {
  return (name, done) => void mint(leaves, name.toLowerCase(), done);
}

async function mint(
  leaves: LeafCertificates,
  name: string,
  done: (error: Error | null, context?: tls.SecureContext) => void,
): Promise<void> {
  const minted = await leaves.context(name).catch(toError);
  if (minted instanceof Error) done(minted);
  else done(null, minted);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** What a host asks of its clients and node does not enforce in every case; null: all is well. */
function clientFault(
  socket: tls.TLSSocket,
  { tls: { clientRoots, clientCertificate } }: TlsContextSpec,
): string | null {
  if (clientRoots === undefined) return null;
  // `authorized` alone is also true for a resumed session that never had a certificate.
  if (socket.getPeerX509Certificate() === undefined) {
    return clientCertificate === 'optional' ? null : noCertificate;
  }
  return socket.authorized ? null : untrusted(socket);
}

const noCertificate = 'no client certificate';

function untrusted(socket: tls.TLSSocket): string {
  return `the client certificate is not trusted: ${String(socket.authorizationError)}`;
}

/** Why a handshake failed, without OpenSSL's codes and places. */
function reasonOf(error: NodeJS.ErrnoException, socket: tls.TLSSocket): string {
  if (error.code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') return noCertificate;
  // A certificate that node rejects ends as a lost connection.
  const verified: unknown = socket.authorizationError;
  if (typeof verified === 'string') return untrusted(socket);
  if ('reason' in error && typeof error.reason === 'string') return error.reason;
  return error.code === 'ECONNRESET' ? 'the client left during the handshake' : error.message;
}
