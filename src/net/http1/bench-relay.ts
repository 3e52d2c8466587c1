import type { Duplex } from 'node:stream';
import type { GatewayError } from '../../base/errors.ts';
import { HeaderList } from '../http/headers.ts';
import type { Inbound, InboundHandler, InboundObserver, RequestBodySink } from '../http/inbound.ts';
import { ResponseHead, UNKNOWN_LENGTH } from '../http/message.ts';
import type { DeliveryMode, Endpoint, OutboundCall, OutboundHandler } from '../http/outbound.ts';
import { joinStreams } from '../relay.ts';

/** The least that joins an inbound exchange to an outbound call; for the benchmark and the tests of both sides. */
export function relayHandler(endpoint: Endpoint): InboundHandler {
  return (inbound) => {
    const relay = new Relay(inbound);
    inbound.observer = relay;
    const { head } = inbound;
    relay.call = endpoint.dispatch(
      {
        method: head.method,
        target: head.path + head.query,
        authority: head.authority,
        headers: head.headers,
        bodyLength: head.bodyLength,
        bodyMode: head.bodyLength === UNKNOWN_LENGTH ? 'framed' : 'payload',
        upgrade: head.upgrade,
      },
      relay,
    );
    if (head.bodyLength !== 0) inbound.receive(relay, head.bodyLength === UNKNOWN_LENGTH ? 'framed' : 'payload');
  };
}

class Relay implements OutboundHandler, InboundObserver, RequestBodySink {
  readonly #inbound: Inbound;
  call: OutboundCall | null = null;
  #over = false;
  #began = false;

  constructor(inbound: Inbound) {
    this.#inbound = inbound;
  }

  onConnected(): void {}
  onInformational(head: ResponseHead): void {
    this.#inbound.inform(head);
  }
  onHead(head: ResponseHead, chunked: boolean): DeliveryMode {
    this.#began = true;
    const mode = chunked && this.#inbound.takesFramed ? 'framed' : 'payload';
    this.#inbound.respond(head, mode);
    return mode;
  }
  onData(chunk: Buffer): boolean {
    return this.#inbound.write(chunk);
  }
  onPayload(): void {}
  onEnd(trailers: HeaderList | null): void {
    this.#over = true;
    this.#inbound.end(trailers);
  }
  onUpgrade(head: ResponseHead, stream: Duplex): void {
    this.#over = true;
    this.#inbound.respond(head, 'none');
    joinStreams(this.#inbound.hijack(), stream);
  }
  onError(error: GatewayError): void {
    this.#over = true;
    if (this.#began) {
      this.#inbound.abort();
      return;
    }
    const headers = new HeaderList(['x-error', error.reason, 'x-retry', error.retry]);
    this.#inbound.respond(new ResponseHead(error.status, headers, 0), 'none');
    this.#inbound.end(null);
  }

  data(chunk: Buffer): boolean {
    return this.call?.write(chunk) ?? true;
  }
  end(trailers: HeaderList | null): void {
    this.call?.end(trailers);
  }
  fail(): void {
    this.call?.abort();
  }

  // Both sides say `onDrain`, and resuming the wrong one does no harm.
  onDrain(): void {
    this.call?.resume();
    this.#inbound.resumeBody();
  }
  onClosed(complete: boolean): void {
    if (!complete && !this.#over) this.call?.abort();
  }
}
