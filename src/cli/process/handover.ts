import type { ListeningSocket } from '../../net/inherited-sockets.ts';

/** Set for a process that takes over from the one that started it. */
export const takeoverVariable = 'WAYGATE_TAKEOVER';
/** The first descriptor that a process is given beyond its standard streams. */
export const firstDescriptor = 3;

/** From a process to the one that is to succeed it. */
export interface HandoverMessage {
  readonly kind: 'handover';
  readonly sockets: readonly ListeningSocket[];
  /** From which the keys of TLS session tickets follow, in hexadecimal. */
  readonly ticketSecret: string;
}

/** From the successor: it serves. */
export interface ReadyMessage {
  readonly kind: 'ready';
}
