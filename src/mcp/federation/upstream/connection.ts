import { TargetError, type Transport, type TransportEvents } from '../../transports/transport.ts';
import { isTextDeeperThan } from '../../wire/depth.ts';
import type { Message } from '../../wire/jsonrpc.ts';
import type { UpstreamContext } from './context.ts';

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
  readonly #bounds: Pick<UpstreamContext, 'maxDepth' | 'log'>;
  transport: Transport | null = null;

  constructor(owner: ConnectionOwner, bounds: Pick<UpstreamContext, 'maxDepth' | 'log'>) {
    this.#owner = owner;
    this.#bounds = bounds;
  }

  message(message: Message, relatedTo: number | null): void {
    if (isTextDeeperThan(message.bodyText, this.#bounds.maxDepth - 1)) this.#refuse(message);
    else this.#owner.receive(message, relatedTo);
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

  #refuse({ kind, id, method }: Message): void {
    const said = `sent a message that is deeper than ${this.#bounds.maxDepth} levels`;
    const answers = (kind === 'result' || kind === 'error') && typeof id === 'number';
    if (answers) this.failed(id, new TargetError(said, { limit: 'server_message_depth' }));
    else this.#bounds.log.warn(`mcp: a target ${said}`, { method });
  }
}
