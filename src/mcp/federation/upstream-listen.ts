import { after, cancelTimer, type Timer } from '../../base/clock.ts';
import { mcpLimits } from '../limits.ts';
import type { ServerHello } from '../wire/2025-11-25/handshake.ts';
import { filterValue, type SubscriptionFilter } from '../wire/2026-07-28/subscriptions.ts';

/** What the listener needs of the session that it belongs to. */
export interface ListenPort {
  /** Sends `subscriptions/listen`; `onEnd` is called when its answer or failure comes. The request's id. */
  begin(params: string, onEnd: (refused: boolean) => void): number;
  /** Closes the stream of a listen request. */
  end(id: number): void;
}

/**
 * Hears a server of 2026-07-28 outside of requests: one stream with everything that is wanted, replaced by another when
 * that changes and opened again when it breaks.
 */
export class UpstreamListen {
  readonly #port: ListenPort;
  readonly #hello: ServerHello;
  readonly #uris = new Set<string>();
  #lists = false;
  /** The stream that was asked for last. */
  #current = 0;
  /** Streams that go when that one is acknowledged. */
  #former: number[] = [];
  #acknowledged = false;
  #refused = false;
  #scheduled = false;
  #closed = false;
  #retryMs: number = mcpLimits.firstRetryMs;
  #timer: Timer | null = null;

  constructor(port: ListenPort, hello: ServerHello) {
    this.#port = port;
    this.#hello = hello;
  }

  /** True while changes of lists are told. */
  get hears(): boolean {
    return this.#lists && this.#acknowledged;
  }

  /** True when the server does not take such streams. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Whether changes of lists are wanted. */
  hearLists(on: boolean): void {
    if (this.#lists === on) return;
    this.#lists = on;
    this.#schedule();
  }

  /** Whether updates of a resource are wanted. */
  hearResource(uri: string, on: boolean): void {
    if (this.#uris.has(uri) === on) return;
    if (on) this.#uris.add(uri);
    else this.#uris.delete(uri);
    this.#schedule();
  }

  /** The server began to send on the stream of this id. */
  acknowledge(id: number): void {
    if (id !== this.#current) return;
    this.#acknowledged = true;
    this.#retryMs = mcpLimits.firstRetryMs;
    for (const former of this.#former) this.#port.end(former);
    this.#former = [];
  }

  /** Ends all streams. */
  close(): void {
    this.#closed = true;
    cancelTimer(this.#timer);
    for (const id of [...this.#former, this.#current]) if (id !== 0) this.#port.end(id);
    this.#former = [];
    this.#current = 0;
  }

  /** What is changed in one go makes one request. */
  #schedule(): void {
    if (this.#scheduled || this.#closed || this.#refused) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#open();
    });
  }

  #open(): void {
    if (this.#closed) return;
    cancelTimer(this.#timer);
    this.#timer = null;
    if (this.#current !== 0) this.#former.push(this.#current);
    this.#current = 0;
    this.#acknowledged = false;
    const { tools, prompts, resources } = this.#hello;
    const filter: SubscriptionFilter = {
      tools: this.#lists && tools,
      prompts: this.#lists && prompts,
      resources: this.#lists && resources,
      uris: this.#uris,
    };
    const notifications = filterValue(filter);
    if (Object.keys(notifications).length === 0) {
      for (const former of this.#former) this.#port.end(former);
      this.#former = [];
      return;
    }
    const id = this.#port.begin(JSON.stringify({ notifications }), (refused) => this.#ended(id, refused));
    this.#current = id;
  }

  #ended(id: number, refused: boolean): void {
    this.#former = this.#former.filter((one) => one !== id);
    if (id !== this.#current || this.#closed) return;
    this.#current = 0;
    this.#acknowledged = false;
    if (refused) {
      this.#refused = true;
      return;
    }
    this.#timer = after(this.#retryMs, () => this.#open());
    this.#retryMs = Math.min(this.#retryMs * 2, mcpLimits.lastRetryMs);
  }
}
