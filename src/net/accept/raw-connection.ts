import type { Socket } from 'node:net';
import type { ConnectionInfo } from '../http/message.ts';

/** A client's connection whose bytes are passed on as they are. */
export interface RawConnection {
  /** The client's bytes, without the TLS that ended here; paused, nothing of them read, and half-open allowed. */
  readonly socket: Socket;
  /** With `tls` where TLS ended here. */
  readonly connection: ConnectionInfo;
  /** What the client asked for by SNI, lower case; '' without TLS, or when it asked for nobody. */
  readonly serverName: string;
  readonly protocol: 'tcp' | 'tls';
}

/** Serves a raw connection until its socket closes. Never throws. The result hears when its listener is to end. */
export type RawHandler = (raw: RawConnection) => { drain(): void };
