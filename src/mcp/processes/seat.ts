import { TargetError, type Transport, type TransportEvents, type TransportUser } from '../transports/transport.ts';
import { isObject, Message } from '../wire/jsonrpc.ts';
import { inputCapabilities } from '../wire/2026-07-28/input.ts';
import { modernRevision } from '../wire/versions.ts';
import type { Hub } from './hub.ts';

/** Where seats find their process. */
export interface SeatPool {
  /** The process that a seat is to use; rejects with TargetError. */
  place(seat: Seat): Promise<Hub>;
  /** An id that no other seat of the target uses. */
  mintId(): number;
}

/** One user's place at a process, which it may share with others without noticing. */
export class Seat implements Transport {
  readonly ownStreams = false;
  readonly deaf = false;
  readonly user: TransportUser;
  readonly #pool: SeatPool;
  readonly #events: TransportEvents;
  readonly #declared: ReadonlySet<string>;
  #hub: Hub | null = null;
  #closed = false;

  constructor(pool: SeatPool, events: TransportEvents, user: TransportUser) {
    this.user = user;
    this.#pool = pool;
    this.#events = events;
    const declared: unknown = JSON.parse(user.capabilities);
    const asked = [...inputCapabilities.values()];
    this.#declared = new Set(isObject(declared) ? asked.filter((name) => name in declared) : []);
  }

  get hears(): boolean {
    return this.#hub !== null;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether servers may ask it anything. */
  get askable(): boolean {
    return this.#declared.size > 0;
  }

  /** Whether a server may send it a request of this method. */
  answers(method: string): boolean {
    const needed = inputCapabilities.get(method);
    return needed === undefined || this.#declared.has(needed);
  }

  mintId(): number {
    return this.#pool.mintId();
  }

  async open(): Promise<void> {
    this.#hub = await this.#pool.place(this);
  }

  request(id: number, text: string): void {
    if (this.#hub === null) this.fail(id, new TargetError('is not running'));
    else this.#hub.request(this, id, text);
  }

  async post(text: string): Promise<void> {
    if (this.#hub === null) throw new TargetError('is not running');
    this.#hub.post(this, text);
  }

  established(revision: string): void {
    this.#hub?.agree(this, revision === modernRevision ? 'modern' : 'session');
  }

  abandon(id: number): void {
    this.#hub?.forget(this, id);
  }

  listen(): void {}

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const hub = this.#hub;
    this.#hub = null;
    hub?.leave(this);
  }

  /** From the process, as all of the following. */
  deliver(message: Message): void {
    if (!this.#closed) this.#events.message(message, null);
  }

  /** An answer that did not need the process. `body`: text of the result or error. */
  answer(id: number, kind: 'result' | 'error', body: string): void {
    queueMicrotask(() => this.deliver(new Message(kind, id, String(id), '', null, JSON.parse(body), body)));
  }

  /** A request will get no answer. */
  fail(id: number, error: TargetError): void {
    queueMicrotask(() => {
      if (!this.#closed) this.#events.failed(id, error);
    });
  }

  /** The process is gone. */
  lost(error: TargetError): void {
    this.#hub = null;
    if (!this.#closed) this.#events.lost(error);
  }
}
