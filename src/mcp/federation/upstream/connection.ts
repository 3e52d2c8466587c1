import type { TargetError, Transport, TransportEvents } from '../../transports/transport.ts';
import type { Message } from '../../wire/jsonrpc.ts';

/** Who hears what a transport reports, and from which one. */
export interface ConnectionOwner {
  receive(message: Message, relatedTo: number | null): void;
  failed(transport: Transport | null, id: number, error: TargetError): void;
  expired(transport: Transport | null, id: number | null): void;
  lost(transport: Transport | null, error: TargetError): void;
}

/** What one transport reports goes to the upstream session that it was made for. */
export class Connection implements TransportEvents {
  readonly #owner: ConnectionOwner;
  transport: Transport | null = null;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
  }

  message(message: Message, relatedTo: number | null): void {
    this.#owner.receive(message, relatedTo);
  }

  failed(requestId: number, error: TargetError): void {
    this.#owner.failed(this.transport, requestId, error);
  }

  expired(requestId: number | null): void {
    this.#owner.expired(this.transport, requestId);
  }

  lost(error: TargetError): void {
    this.#owner.lost(this.transport, error);
  }
}
