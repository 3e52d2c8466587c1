import type { Socket } from 'node:net';
import type tls from 'node:tls';
import { alerts, plainAlert, sealedAlert, type Alert } from './alerts.ts';

/** The line of a key log with what the server's application data is encrypted with. */
const secretLine = 'SERVER_TRAFFIC_SECRET_0 ';

/**
 * Tells clients that their certificate is refused, and why. Node checks certificates when the handshake is over, and then only
 * closes. At that moment nothing of the server's last flight was sent, so that an alert in its place is what the client waits
 * for: in TLS 1.2 it is not encrypted, in TLS 1.3 it is the first record under the secret that the key log names.
 */
export class ClientAlerts {
  readonly #secrets = new WeakMap<tls.TLSSocket, Buffer>();

  /** @param server Whoever serves its connections must look at `authorized` from now on. */
  constructor(server: tls.Server) {
    server.on('keylog', (line, socket) => this.#heard(line, socket));
  }

  /** The client's certificate is taken. */
  forget(socket: tls.TLSSocket): void {
    this.#secrets.delete(socket);
  }

  /** The client's certificate is refused, in the moment in which the handshake ends; the connection is to be closed. */
  tell(socket: tls.TLSSocket): void {
    const alert = this.#alert(socket);
    // Past TLS, which would send its own flight before.
    if (alert !== null) rawSocket(socket).write(alert);
  }

  #heard(line: Buffer, socket: tls.TLSSocket): void {
    // Node would close before anyone is asked. What is undocumented here can only become the silent end that it was.
    (socket as unknown as { _rejectUnauthorized: boolean })._rejectUnauthorized = false;
    const text = line.toString('latin1');
    if (!text.startsWith(secretLine)) return;
    this.#secrets.set(socket, Buffer.from(text.slice(text.lastIndexOf(' ') + 1).trim(), 'hex'));
  }

  #alert(socket: tls.TLSSocket): Buffer | null {
    // Where a session is resumed the server has spoken already.
    if (socket.getPeerX509Certificate() === undefined || socket.isSessionReused()) return null;
    const alert = alertFor(String(socket.authorizationError));
    if (socket.getProtocol() !== 'TLSv1.3') return plainAlert(alert);
    const secret = this.#secrets.get(socket);
    return secret === undefined ? null : sealedAlert(alert, secret, socket.getCipher().standardName);
  }
}

/** The TCP socket under a TLS socket; node keeps it there, undocumented. */
export function rawSocket(socket: tls.TLSSocket): Socket {
  return (socket as unknown as { readonly _parent: Socket })._parent;
}

/** The alert for a verdict of OpenSSL, by node's name for it; the same that OpenSSL sends where it decides. */
export function alertFor(verdict: string): Alert {
  return verdicts.get(verdict) ?? alerts.certificateUnknown;
}

const verdicts: ReadonlyMap<string, Alert> = new Map([
  ['UNABLE_TO_GET_ISSUER_CERT', alerts.unknownCa],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', alerts.unknownCa],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', alerts.unknownCa],
  ['SELF_SIGNED_CERT_IN_CHAIN', alerts.unknownCa],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', alerts.unknownCa],
  ['CERT_CHAIN_TOO_LONG', alerts.unknownCa],
  ['PATH_LENGTH_EXCEEDED', alerts.unknownCa],
  ['INVALID_CA', alerts.unknownCa],
  ['CERT_HAS_EXPIRED', alerts.certificateExpired],
  ['CERT_REVOKED', alerts.certificateRevoked],
  ['CERT_NOT_YET_VALID', alerts.badCertificate],
  ['CERT_UNTRUSTED', alerts.badCertificate],
  ['CERT_REJECTED', alerts.badCertificate],
  ['INVALID_PURPOSE', alerts.unsupportedCertificate],
  ['CERT_SIGNATURE_FAILURE', alerts.decryptError],
]);
