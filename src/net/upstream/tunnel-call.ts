import type { GatewayError } from '../../base/errors.ts';
import { HeaderList } from '../http/headers.ts';
import { ResponseHead } from '../http/message.ts';
import type { OutboundCall, OutboundHandler } from '../http/outbound.ts';
import type { Dialer } from './dialer.ts';

/**
 * CONNECT that ends at an upstream: a connection of its own, on which nothing is said, and a 200 of ours. Its bytes begin
 * when the handler has taken the stream.
 */
export class TunnelCall implements OutboundCall {
  #over = false;
  readonly #cancel: () => void;

  constructor(dialer: Dialer, handler: OutboundHandler) {
    this.#cancel = dialer.dial(
      (socket, address) => {
        this.#over = true;
        handler.onConnected(address, false);
        handler.onUpgrade(new ResponseHead(200, new HeaderList(), 0), socket);
      },
      (error: GatewayError) => {
        this.#over = true;
        handler.onError(error);
      },
    );
  }

  /** A CONNECT request has no body (RFC 9110 §9.3.6). */
  write(): boolean {
    return true;
  }

  end(): void {}

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancel();
  }

  pause(): void {}
  resume(): void {}
}
