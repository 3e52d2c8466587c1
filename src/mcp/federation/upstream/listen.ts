import { after, cancelTimer, type Timer } from '../../../base/clock.ts';
import { mcpLimits } from '../../limits.ts';
import type { ServerHello } from '../../wire/2025-11-25/handshake.ts';
import { filterValue, type SubscriptionFilter } from '../../wire/2026-07-28/subscriptions.ts';
import { isObject } from '../../wire/jsonrpc.ts';
import type { Upstream } from './upstream.ts';

/** What the listener needs of the session that it belongs to. */
export interface ListenPort {
  /** Sends `subscriptions/listen`; `onEnd` is called when its answer or failure comes. The request's id. */
  begin(params: string, onEnd: (refused: boolean) => void): number;
  /** Closes the stream of a listen request. */
  end(id: number): void;
}

/** What of a server can be heard one by one. */
export type HeardKind = 'resource' | 'task';

/** The request that starts it in a session, or asks for it, and the param that names it. */
export const heardBy: Readonly<Record<HeardKind, readonly [method: string, param: string]>> = {
  resource: ['resources/subscribe', 'uri'],
  task: ['tasks/get', 'taskId'],
};

/** The streams of an upstream session. */
export function listenPort(upstream: Upstream): ListenPort {
  return {
    begin: (params, onEnd) => {
      const id = upstream.mintId();
      upstream.request(id, 'subscriptions/listen', params, null, mcpLimits.listenTimeoutMs).then(
        (reply) => onEnd(reply.kind === 'error'),
        () => onEnd(false),
      );
      return id;
    },
    end: (id) => upstream.cancel(id, ''),
  };
}

/**
 * Hears a server of 2026-07-28 outside of requests: one stream with everything that is wanted, replaced by another when
 * that changes and opened again when it breaks.
 */
export class UpstreamListen {
  readonly #port: ListenPort;
  readonly #hello: ServerHello;
  readonly #uris = new Set<string>();
  readonly #tasks = new Set<string>();
  #heardTasks: ReadonlySet<unknown> = new Set();
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

  /** True while changes of a task are told. */
  hearsTask(id: string): boolean {
    return this.#acknowledged && this.#heardTasks.has(id);
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

  /** Whether updates of a resource, or of a task, are wanted. */
  hear(kind: HeardKind, id: string, on: boolean): void {
    const heard = kind === 'resource' ? this.#uris : this.#tasks;
    if (heard.has(id) === on) return;
    if (on) heard.add(id);
    else heard.delete(id);
    this.#schedule();
  }

  /** Hears again what was heard on another connection: requests of {@link heardBy}, and others. */
  hearAgain(requests: Iterable<readonly [method: string, params: string]>): void {
    for (const [method, params] of requests) {
      for (const kind of ['resource', 'task'] as const) {
        const [own, param] = heardBy[kind];
        if (method === own) this.hear(kind, (JSON.parse(params) as Record<string, string>)[param] ?? '', true);
      }
    }
  }

  /** The server began to send on the stream of this id: what of the filter it will tell. */
  acknowledge(id: number, notifications: unknown): void {
    if (id !== this.#current) return;
    const tasks = isObject(notifications) ? notifications['taskIds'] : undefined;
    this.#heardTasks = new Set(Array.isArray(tasks) ? (tasks as unknown[]) : []);
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
    // What is heard now is not what is wanted.
    this.#acknowledged = false;
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
      tasks: this.#tasks,
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
