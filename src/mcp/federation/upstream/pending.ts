import { after, cancelTimer, type Timer } from '../../../base/clock.ts';
import { TargetError } from '../../transports/transport.ts';
import type { Message } from '../../wire/jsonrpc.ts';
import type { Caller } from '../caller.ts';

/** A request to a target. */
export interface Asked {
  /** '' : part of the greeting, which is not repeated. */
  readonly method: string;
  readonly params: string;
  /** Header fields that only this request has, as a flat list. */
  readonly fields: readonly string[];
  readonly caller: Caller | null;
}

/** The same while it has no answer. */
export interface Pending extends Asked {
  /** The answer, error or not; rejects with TargetError. */
  readonly answer: Promise<Message>;
  readonly resolve: (message: Message) => void;
  readonly reject: (error: TargetError) => void;
  /** Null while somebody else says how long is waited. */
  timer: Timer | null;
  resent: boolean;
}

/** Calls `onLate` if there is no answer after `timeoutMs`; the request is still pending then. */
export function limitWait(pending: Pending, timeoutMs: number, onLate: (error: TargetError) => void): void {
  pending.timer = after(timeoutMs, () => {
    onLate(new TargetError(`did not answer within ${Math.round(timeoutMs / 1000)} s`));
  });
}

/** The requests in flight on one connection, by id. An idle session holds no empty table. */
export class PendingRequests {
  #byId: Map<number, Pending> | null = null;

  /** How many there are. */
  get size(): number {
    return this.#byId === null ? 0 : this.#byId.size;
  }

  /** Begins to wait for an answer. */
  begin(id: number, asked: Asked): Pending {
    const { promise: answer, resolve, reject } = Promise.withResolvers<Message>();
    const { method, params, fields, caller } = asked;
    const pending: Pending = { method, params, fields, caller, answer, resolve, reject, timer: null, resent: false };
    (this.#byId ??= new Map()).set(id, pending);
    return pending;
  }

  get(id: number): Pending | undefined {
    return this.#byId?.get(id);
  }

  /** Forgets and returns it. */
  take(id: number): Pending | null {
    const pending = this.#byId?.get(id);
    if (pending === undefined) return null;
    this.#byId?.delete(id);
    if (this.#byId?.size === 0) this.#byId = null;
    cancelTimer(pending.timer);
    return pending;
  }

  failAll(error: TargetError): void {
    for (const id of this.#byId?.keys() ?? []) this.take(id)?.reject(error);
  }

  /**
   * The client request that a message of the server belongs to: its progress token, its stream, or the only one there
   * is.
   */
  callerOf(message: Message, relatedTo: number | null): Caller | null {
    const pending = this.#byId;
    if (pending === null) return null;
    if (message.method === 'notifications/progress') {
      const token = message.params?.['progressToken'];
      return typeof token === 'number' ? (pending.get(token)?.caller ?? null) : null;
    }
    if (relatedTo !== null) return pending.get(relatedTo)?.caller ?? null;
    let only: Caller | null = null;
    for (const { caller } of pending.values()) {
      if (caller === null) continue;
      if (only !== null) return null;
      only = caller;
    }
    return only;
  }
}
