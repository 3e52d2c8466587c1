import type { RequestHead } from '../../net/http/message.ts';
import type { OutboundCall, OutboundHandler } from '../../net/http/outbound.ts';
import type { Exchange } from '../exchange.ts';
import { outboundHead } from './outbound-head.ts';
import type { Upstream } from './upstream.ts';

/** Bytes of a copy that may wait for a slow mirror before it is given up: a mirror never slows the real request. */
const maximumWaiting = 1024 * 1024;

/** Sends copies of a request, body included, and drops the answers. */
export class MirrorSet {
  readonly #copies: Copy[];

  constructor(x: Exchange, upstreams: readonly Upstream[]) {
    this.#copies = upstreams.map((upstream) => new Copy(upstream, outboundHead(x, upstream)));
  }

  data(chunk: Buffer): void {
    for (const copy of this.#copies) copy.data(chunk);
  }

  end(): void {
    for (const copy of this.#copies) copy.end();
  }

  /** The real request's body broke off: so do the copies'. */
  abort(): void {
    for (const copy of this.#copies) copy.abort();
  }
}

class Copy {
  readonly #call: OutboundCall;
  #waiting: number;
  #dead: boolean;

  constructor(upstream: Upstream, head: RequestHead) {
    this.#waiting = 0;
    this.#dead = false;
    this.#call = upstream.endpoint.dispatch(
      {
        method: head.method,
        target: head.path + head.query,
        authority: head.authority,
        headers: head.headers,
        bodyLength: head.bodyLength,
        bodyMode: 'payload',
        upgrade: '',
      },
      this.#discard(),
    );
  }

  data(chunk: Buffer): void {
    if (this.#dead) return;
    if (this.#call.write(Buffer.from(chunk))) return;
    this.#waiting += chunk.byteLength;
    if (this.#waiting > maximumWaiting) this.abort();
  }

  end(): void {
    if (!this.#dead) this.#call.end(null);
  }

  abort(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#call.abort();
  }

  #discard(): OutboundHandler {
    const over = (): void => {
      this.#dead = true;
    };
    return {
      onConnected: () => undefined,
      onInformational: () => undefined,
      onHead: () => 'payload',
      onData: () => true,
      onPayload: () => undefined,
      onEnd: over,
      onDrain: () => {
        this.#waiting = 0;
      },
      onUpgrade: (_head, stream) => {
        over();
        stream.destroy();
      },
      onError: over,
    };
  }
}
