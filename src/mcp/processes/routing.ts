import { mcpLimits } from '../limits.ts';
import { metaKeys } from '../wire/2026-07-28/envelope.ts';
import { askingMethods } from '../wire/2026-07-28/methods.ts';
import { subscriptionOf } from '../wire/2026-07-28/subscriptions.ts';
import { codes, isObject, type Message } from '../wire/jsonrpc.ts';
import { LogWishes } from './log-wishes.ts';
import type { Seat } from './seat.ts';
import { Subscribers } from './subscribers.ts';

/** A request that the process has not answered. */
export interface Ask {
  /** Null: our own. */
  readonly seat: Seat | null;
  readonly method: string;
  /** It says that it wants log messages (2026-07-28). */
  readonly logs: boolean;
  /** Called with the answer before the seat gets it. */
  readonly done: ((reply: Message) => void) | null;
}

/** A request of the process that nobody gets, as the error that it is answered with. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
}

/** The key of `_meta` that binds a message to a task (2025-11-25, tasks). */
const relatedTask = 'io.modelcontextprotocol/related-task';

/** Who of several seats gets what a process sends. */
export class Routing {
  readonly seats: Set<Seat> = new Set();
  readonly asks: Map<number, Ask> = new Map();
  /** Requests of the process that seats have not answered, by the text of their ids. */
  readonly questions: Map<string, Seat> = new Map();
  readonly logs: LogWishes<Seat> = new LogWishes();
  readonly subscribers: Subscribers<Seat> = new Subscribers();
  /** Ids that the process gave to tasks and elicitations, each for one seat. */
  readonly #owned = new Map<string, Seat>();

  /** True while the process works on requests of seats; streams that only wait are no work. */
  get busy(): boolean {
    for (const { seat, method } of this.asks.values()) {
      if (seat !== null && method !== 'subscriptions/listen') return true;
    }
    return false;
  }

  /** Remembers what the process will speak of again. */
  note(seat: Seat, { kind, outcome, bodyText }: Message): void {
    if (kind === 'result' && bodyText.includes('"taskId"') && isObject(outcome)) {
      const task = isObject(outcome['task']) ? outcome['task'] : outcome;
      this.#own(task['taskId'], seat);
    } else if (kind === 'error' && bodyText.includes('"elicitationId"') && isObject(outcome)) {
      const list = isObject(outcome['data']) ? outcome['data']['elicitations'] : null;
      for (const one of Array.isArray(list) ? (list as unknown[]) : []) {
        if (isObject(one)) this.#own(one['elicitationId'], seat);
      }
    }
  }

  /** The one seat that a request of the process is for: it is never guessed. */
  addressee(message: Message): Seat | Refusal {
    const task = relatedTaskOf(message);
    const candidates = task === undefined ? this.#candidates() : new Set([this.#owned.get(task)]);
    const [seat] = candidates;
    if (candidates.size !== 1 || seat === undefined) {
      return {
        code: codes.internalError,
        message: `${message.method} is refused: several clients share this server, and it is not known whom it is for`,
      };
    }
    if (!seat.answers(message.method)) {
      return { code: codes.methodNotFound, message: `Method not found: the client does not take ${message.method}` };
    }
    this.#own(message.params?.['elicitationId'], seat);
    return seat;
  }

  /** Who gets a notification of the process. */
  recipients(message: Message, modern: boolean): Iterable<Seat> {
    const { method, params } = message;
    const stream = subscriptionOf(params);
    if (stream !== undefined) return this.#asker(stream);
    switch (method) {
      case 'notifications/progress':
        return this.#asker(params?.['progressToken']);
      case 'notifications/message':
        return modern ? this.#logged() : [...this.seats].filter((seat) => this.logs.wants(seat, params?.['level']));
      case 'notifications/resources/updated':
        return typeof params?.['uri'] === 'string' ? this.subscribers.of(params['uri']) : [];
      case 'notifications/cancelled': {
        const key = JSON.stringify(params?.['requestId']);
        const seat = this.questions.get(key);
        this.questions.delete(key);
        return some(seat);
      }
      case 'notifications/elicitation/complete':
        return this.#owner(params?.['elicitationId']);
      case 'notifications/tasks/status':
      case 'notifications/tasks':
        return this.#owner(params?.['taskId']);
      default:
        return this.seats;
    }
  }

  /** Forgets a seat. */
  leave(seat: Seat): void {
    for (const [id, owner] of this.#owned) if (owner === seat) this.#owned.delete(id);
  }

  /** Callers that the process may be asking for something; all seats while nobody calls. */
  #candidates(): ReadonlySet<Seat> {
    const callers = new Set<Seat>();
    for (const { seat, method } of this.asks.values()) {
      if (seat !== null && askingMethods.has(method)) callers.add(seat);
    }
    return callers.size === 0 ? this.seats : callers;
  }

  /** A log message of a server without sessions belongs to a request; if several want them it is not known to which. */
  #logged(): Iterable<Seat> {
    const callers = new Set<Seat>();
    for (const { seat, logs } of this.asks.values()) if (seat !== null && logs) callers.add(seat);
    return callers.size === 1 ? callers : [];
  }

  #asker(id: unknown): Iterable<Seat> {
    return some(typeof id === 'number' ? this.asks.get(id)?.seat : undefined);
  }

  #owner(id: unknown): Iterable<Seat> {
    return typeof id === 'string' && this.#owned.has(id)
      ? some(this.#owned.get(id))
      : this.seats.size === 1
        ? this.seats
        : [];
  }

  #own(id: unknown, seat: Seat): void {
    if (typeof id !== 'string') return;
    this.#owned.set(id, seat);
    if (this.#owned.size <= mcpLimits.maxOwnedIds) return;
    const [oldest] = this.#owned.keys();
    if (oldest !== undefined) this.#owned.delete(oldest);
  }
}

/** Whether the text of a request asks for log messages. */
export function asksForLogs(text: string): boolean {
  return text.includes(metaKeys.logLevel);
}

function relatedTaskOf({ params }: Message): string | undefined {
  const meta = params?.['_meta'];
  const task = isObject(meta) ? meta[relatedTask] : undefined;
  const id = isObject(task) ? task['taskId'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

function some(seat: Seat | null | undefined): readonly Seat[] {
  return seat === null || seat === undefined ? [] : [seat];
}
