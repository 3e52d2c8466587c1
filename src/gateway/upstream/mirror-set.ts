import { after, cancelTimer, type Timer } from '../../base/clock.ts';
import type { RequestHead } from '../../net/http/message.ts';
import type { OutboundCall, OutboundHandler } from '../../net/http/outbound.ts';
import type { Exchange } from '../exchange.ts';
import type { Caller } from './caller.ts';
import { outboundHead } from './outbound-head.ts';
import type { RequestSigner, Upstream } from './upstream.ts';

/** Bytes of a copy that may wait for a slow mirror before it is given up: a mirror never slows the real request. */
const maximumWaiting = 1024 * 1024;

/** Copies that may be under way to one mirror; those above are not sent. */
const maximumOpen = 256;

/** Milliseconds that a mirror has for its answer once it has the whole copy. */
const answerMs = 30_000;

/** An upstream that gets copies, with the number of those under way. */
export class Mirror {
  readonly upstream: Upstream;
  open: number;

  constructor(upstream: Upstream) {
    this.upstream = upstream;
    this.open = 0;
  }
}

/** Sends copies of a request, body included, and drops the answers. */
export class MirrorSet {
  readonly #copies: Copy[];

  /** @param bodyLength Bytes of the body that follows; -1: not known. */
  constructor(x: Exchange, mirrors: readonly Mirror[], bodyLength: number) {
    this.#copies = mirrors
      .filter(({ open }) => open < maximumOpen)
      .map((mirror) => new Copy(mirror, outboundHead(x, mirror.upstream), bodyLength, x));
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
  readonly #mirror: Mirror;
  readonly #head: RequestHead;
  readonly #caller: Caller;
  /** The body so far, where the mirror's signature has to cover all of it; else null. */
  readonly #held: Buffer[] | null;
  #call: OutboundCall | null;
  #waiting: number;
  #over: boolean;
  #timer: Timer | null;

  constructor(mirror: Mirror, head: RequestHead, bodyLength: number, caller: Caller) {
    this.#mirror = mirror;
    this.#head = head;
    this.#caller = caller;
    this.#held = mirror.upstream.signer === null ? null : [];
    this.#call = null;
    this.#waiting = 0;
    this.#over = false;
    this.#timer = null;
    mirror.open++;
    if (this.#held === null) this.#call = this.#dispatch(bodyLength);
  }

  data(chunk: Buffer): void {
    if (this.#over) return;
    const copy = Buffer.from(chunk);
    this.#held?.push(copy);
    if (this.#call?.write(copy) === true) return;
    this.#waiting += chunk.byteLength;
    if (this.#waiting > maximumWaiting) this.abort();
  }

  end(): void {
    if (this.#over) return;
    this.#timer = after(answerMs, () => this.abort());
    const { signer } = this.#mirror.upstream;
    if (signer === null) this.#call?.end(null);
    else this.#sendSigned(signer, Buffer.concat(this.#held ?? []));
  }

  abort(): void {
    if (this.#over) return;
    this.#close();
    this.#call?.abort();
  }

  #sendSigned(signer: RequestSigner, body: Buffer): void {
    const send = (): void => {
      if (this.#over) return;
      this.#call = this.#dispatch(body.byteLength);
      if (this.#over) return;
      if (body.byteLength > 0) this.#call.write(body);
      this.#call.end(null);
    };
    const failed = (): void => this.#close(); // the answer would be dropped, and so is this
    try {
      const waits = signer.sign(this.#head, body, this.#caller);
      if (waits === undefined) send();
      else waits.then(send).catch(failed);
    } catch {
      failed();
    }
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#mirror.open--;
    cancelTimer(this.#timer);
  }

  #dispatch(bodyLength: number): OutboundCall {
    const head = this.#head;
    return this.#mirror.upstream.endpoint.dispatch(
      {
        method: head.method,
        target: head.path + head.query,
        authority: head.authority,
        headers: head.headers,
        bodyLength,
        bodyMode: 'payload',
        upgrade: '',
      },
      this.#discard(),
    );
  }

  #discard(): OutboundHandler {
    const over = (): void => this.#close();
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
