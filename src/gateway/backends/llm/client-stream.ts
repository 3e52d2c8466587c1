import { after, cancelTimer, every, type Timer } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { StreamLimits } from '../../../model/llm-routing.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import { UNKNOWN_LENGTH, type ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { ResponseControl } from '../../upstream/response-sink.ts';

/** Bytes held before an answer has begun; a longer prelude is sent, and failover is over. */
const MAX_HELD = 256 * 1024;

/** What keeps a client's stream alive, and how long its upstream may be silent. */
export interface StreamTiming extends StreamLimits {
  /** Put between two events while nothing comes; '' for nothing. */
  readonly keepAlive: string;
}

/**
 * The client's side of a streamed answer. Head and prelude are held until the answer begins; until then it may still
 * become an error, or another provider's. Afterwards bytes go out as they come, and keep-alives while none do.
 */
export class ClientStream {
  readonly #x: Exchange;
  readonly #head: ResponseHead;
  readonly #timing: StreamTiming;
  readonly #control: ResponseControl;
  #held: Buffer[];
  #heldBytes: number;
  #keepAliveTimer: Timer | null;
  /** Half intervals since something was written. */
  #quiet: number;
  #idleTimer: Timer | null;
  #blocked: boolean;
  /** The head is sent. */
  begun: boolean;
  /** Nothing more can be sent. */
  ended: boolean;
  /** Something may be put after what was written. */
  between: boolean;

  constructor(x: Exchange, head: ResponseHead, timing: StreamTiming, control: ResponseControl) {
    this.#x = x;
    this.#head = head;
    this.#timing = timing;
    this.#control = control;
    this.#held = [];
    this.#heldBytes = 0;
    this.#keepAliveTimer = null;
    this.#quiet = 0;
    this.#idleTimer = null;
    this.#blocked = false;
    this.begun = false;
    this.ended = false;
    this.between = true;
    head.bodyLength = UNKNOWN_LENGTH;
  }

  /** Keeps a part of the prelude. False when it has become too long to be held. */
  hold(bytes: Buffer): boolean {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    return this.#heldBytes <= MAX_HELD;
  }

  /** Sends the head and what was held. False: the client reads slowly. */
  begin(): boolean {
    if (!this.#x.begin(this.#head)) return true;
    this.begun = true;
    this.#control.begun();
    const { record } = this.#x;
    if (record.llm !== null) record.llm.timeToFirstTokenMs = record.respondedMs - record.startedMs;
    this.#x.inbound.respond(this.#head, 'payload');
    const held = this.#held;
    this.#held = [];
    const { keepAlive, keepAliveMs, idleMs } = this.#timing;
    // Looked at twice in the interval, which costs a busy stream less than a timer that each write sets anew.
    if (keepAlive !== '' && keepAliveMs > 0) this.#keepAliveTimer = every(keepAliveMs / 2, () => this.#keepAlive());
    if (idleMs > 0) this.#idleTimer = after(idleMs, () => this.#idle());
    return this.write(held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held));
  }

  /** Sends bytes. False: the client reads slowly. */
  write(bytes: Buffer): boolean {
    this.#quiet = 0;
    if (bytes.length === 0) return true;
    const more = this.#x.inbound.write(bytes);
    if (!more) this.#blocked = true;
    return more;
  }

  /** The upstream has sent something, be it nothing for the client. */
  heard(): void {
    this.#idleTimer?.refresh();
  }

  /** The client has read on. */
  drained(): void {
    this.#blocked = false;
    this.#idleTimer?.refresh();
  }

  end(trailers: HeaderList | null): void {
    this.close();
    this.ended = true;
    this.#x.inbound.end(trailers);
  }

  close(): void {
    cancelTimer(this.#keepAliveTimer);
    cancelTimer(this.#idleTimer);
    this.#keepAliveTimer = null;
    this.#idleTimer = null;
    this.#held = [];
  }

  #keepAlive(): void {
    if (++this.#quiet < 2 || !this.between || this.#blocked) return;
    this.write(Buffer.from(this.#timing.keepAlive));
  }

  /** Silence counts only while the client takes what comes. */
  #idle(): void {
    if (this.#blocked) this.#idleTimer?.refresh();
    else this.#control.fail(new GatewayError('upstreamTimeout', 'the upstream fell silent within its answer'));
  }
}
