import { mcpLimits } from '../../limits.ts';
import { TargetError } from '../../transports/transport.ts';
import { progressTokenSpans } from '../../wire/2025-11-25/rewrite.ts';
import { splice } from '../../wire/json-text.ts';
import type { Message, RequestId } from '../../wire/jsonrpc.ts';
import type { Caller } from '../caller.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** Exactly one of both is called, unless the one who asks gives up. */
export interface Asker {
  /** The call that takes it. */
  readonly caller: Caller;
  resolve(answer: Message): void;
  reject(error: TargetError): void;
}

/** A request to the client that has no answer yet. */
export interface ServerRequest {
  /** The id that the client sees. */
  readonly id: number;
  readonly upstream: Upstream;
  readonly serverId: RequestId | null;
  /** The id as the server wrote it. */
  readonly idText: string;
  /** The server's progress token as it wrote it, or ''. */
  readonly token: string;
  /** Who waits for the answer in place of the server: the question came inside of a result. */
  readonly asker: Asker | null;
}

/** Requests of all servers of a session to its one client: each gets an id, and a progress token, of ours. */
export class ServerRequests {
  #pending: Map<number, ServerRequest> | null = null;
  #nextId: number;

  constructor(firstId: number) {
    this.#nextId = firstId;
  }

  /**
   * Remembers a server's request; the params to send carry our progress token in place of the server's. Null when too
   * many are open.
   */
  mint(upstream: Upstream, message: Message): { readonly id: number; readonly params: string } | null {
    const tokens = progressTokenSpans(message.bodyText);
    const last = tokens.at(-1);
    const token = last === undefined ? '' : message.bodyText.slice(last.start, last.end);
    const id = this.#add({ upstream, serverId: message.id, idText: message.idText, token, asker: null });
    if (id === null) return null;
    const params = splice(
      message.bodyText,
      tokens.map((span) => ({ ...span, text: String(id) })),
    );
    return { id, params };
  }

  /** Remembers a question that came inside of a result; its id, or null when too many are open. */
  mintQuestion(upstream: Upstream, asker: Asker): number | null {
    return this.#add({ upstream, serverId: null, idText: '', token: '', asker });
  }

  /** Forgets and returns the request with our id; null when there is none. */
  take(id: RequestId | null): ServerRequest | null {
    const found = typeof id === 'number' ? this.#pending?.get(id) : undefined;
    if (found === undefined) return null;
    this.#pending?.delete(found.id);
    return found;
  }

  /** Forgets the questions of a call; the ids that the client knows. */
  takeOf(caller: Caller): number[] {
    const own = [...(this.#pending?.values() ?? [])]
      .filter(({ asker }) => asker?.caller === caller)
      .map(({ id }) => id);
    for (const id of own) this.#pending?.delete(id);
    return own;
  }

  /** Drops the requests of a server that no longer waits for them; a question that came inside of a result stays. */
  forget(upstream: Upstream): void {
    for (const request of this.#pending?.values() ?? []) {
      if (request.upstream === upstream && request.asker === null) this.#pending?.delete(request.id);
    }
  }

  /** Drops all: nobody will answer. */
  close(): void {
    const pending = this.#pending;
    this.#pending = null;
    for (const { asker } of pending?.values() ?? []) asker?.reject(new TargetError('is no longer in use'));
  }

  /** The request whose progress the client reports with our token. */
  byToken(token: unknown): ServerRequest | null {
    const found = typeof token === 'number' ? this.#pending?.get(token) : undefined;
    return found === undefined || found.token === '' ? null : found;
  }

  /** The request that a server names by its own id. */
  ofServer(upstream: Upstream, serverId: unknown): ServerRequest | null {
    for (const request of this.#pending?.values() ?? []) {
      if (request.upstream === upstream && request.serverId === serverId) return request;
    }
    return null;
  }

  /** Whether the client has not answered all requests of a server. */
  isAsking(upstream: Upstream): boolean {
    for (const request of this.#pending?.values() ?? []) if (request.upstream === upstream) return true;
    return false;
  }

  #add(request: Omit<ServerRequest, 'id'>): number | null {
    if (this.#pending !== null && this.#pending.size >= mcpLimits.maxRequestsInFlight) return null;
    const id = this.#nextId++;
    (this.#pending ??= new Map()).set(id, { id, ...request });
    return id;
  }
}
