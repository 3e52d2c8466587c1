import { TargetError } from '../../transports/transport.ts';
import { adaptQuestion } from '../../adapt/questions.ts';
import { mapRelatedTask } from '../../tasks/related.ts';
import type { TaskBook } from '../../tasks/task-book.ts';
import { inputCapabilities } from '../../wire/2026-07-28/input.ts';
import { withMember } from '../../wire/2025-11-25/rewrite.ts';
import { codes, isObject, type Message } from '../../wire/jsonrpc.ts';
import type { Caller, ClientPort } from '../caller.ts';
import { ServerRequests } from './server-requests.ts';
import type { Upstream } from '../upstream/upstream.ts';

const NO_STREAM = errorOf(codes.internalError, 'the client has no open stream for requests');

/** Pages that servers sent the client to; the oldest are forgotten first. */
const MAX_ELICITATIONS = 256;

/** What servers ask one client: each question reaches it in the form of its revision, and says who asks. */
export class Questions {
  readonly #client: ClientPort;
  readonly #capabilities: Readonly<Record<string, unknown>>;
  readonly #several: boolean;
  readonly #tasks: TaskBook;
  readonly #requests: ServerRequests;
  #elicitations: Set<string> | null = null;

  /**
   * @param capabilities The client's, as far as they are relayed.
   * @param first Id of the first question.
   * @param several More than one server may ask.
   */
  constructor(
    client: ClientPort,
    capabilities: Readonly<Record<string, unknown>>,
    first: number,
    several: boolean,
    tasks: TaskBook,
  ) {
    this.#client = client;
    this.#capabilities = capabilities;
    this.#requests = new ServerRequests(first);
    this.#several = several;
    this.#tasks = tasks;
  }

  /** Whether a server may ask the client this (`params`: JSON text or ''). */
  mayAsk(method: string, params: string): boolean {
    const capability = this.#capabilities[inputCapabilities.get(method) ?? ''];
    if (!isObject(capability)) return false;
    if (method === 'elicitation/create') {
      const asked = params.includes('"url"') ? (JSON.parse(params) as { readonly mode?: unknown }) : null;
      // A client that names no mode takes forms (2025-11-25, elicitation, capabilities).
      return asked?.mode === 'url' ? 'url' in capability : 'form' in capability || !('url' in capability);
    }
    if (method === 'sampling/createMessage' && params.includes('"tool')) {
      const asked = JSON.parse(params) as { readonly tools?: unknown; readonly toolChoice?: unknown };
      return (asked.tools ?? asked.toolChoice) === undefined || 'tools' in capability;
    }
    return true;
  }

  /** Asks the client on the stream of `caller`. Rejects with TargetError when that leads nowhere. */
  ask(caller: Caller, upstream: Upstream, method: string, params: string): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const id = this.#requests.mintQuestion(upstream, { caller, resolve, reject });
    if (id === null || !this.#client.request({ id, method, params: this.show(upstream, method, params) }, caller)) {
      if (id !== null) this.#requests.take(id);
      return Promise.reject(new TargetError(`asks the client for ${method}, which cannot reach it`));
    }
    caller.onEnd(() => {
      this.#requests.take(id);
      reject(new TargetError('was told to cancel'));
    });
    return promise;
  }

  /** The client need not answer any more what it was asked for this call. */
  takeBack(caller: Caller): void {
    for (const id of this.#requests.takeOf(caller)) {
      this.#client.notify('notifications/cancelled', `{"requestId":${id}}`, caller, true);
    }
  }

  /** A request of a server: it goes to the client, or is refused at once. */
  onRequest(upstream: Upstream, message: Message, caller: Caller | null): void {
    const { method, bodyText, idText } = message;
    const capability = inputCapabilities.get(method);
    if (capability !== undefined && !this.mayAsk(method, bodyText)) {
      const has = isObject(this.#capabilities[capability]);
      const code = has ? codes.invalidParams : codes.methodNotFound;
      upstream.respond(idText, 'error', errorOf(code, `the client cannot answer this ${method}`));
      return;
    }
    const minted = this.#requests.mint(upstream, message);
    if (minted === null) {
      upstream.respond(idText, 'error', NO_STREAM);
      return;
    }
    const { id } = minted;
    if (this.#client.request({ id, method, params: this.show(upstream, method, minted.params) }, caller)) return;
    this.#requests.take(id);
    upstream.respond(idText, 'error', NO_STREAM);
  }

  /** Params of a question as the client is to see them. */
  show(upstream: Upstream, method: string, params: string): string {
    if (method === 'elicitation/create' && params.includes('elicitationId')) {
      this.sent((JSON.parse(params) as { readonly elicitationId?: unknown }).elicitationId);
    }
    const shown = adaptQuestion(this.#client.revision, this.#several ? upstream.name : '', method, params);
    return mapRelatedTask(shown, (id) => this.#tasks.show({ target: upstream.name, id }));
  }

  /** The client is sent to the page of this elicitation. */
  sent(elicitationId: unknown): void {
    if (typeof elicitationId !== 'string') return;
    const known = (this.#elicitations ??= new Set());
    known.add(elicitationId);
    const [oldest] = known;
    if (known.size > MAX_ELICITATIONS && oldest !== undefined) known.delete(oldest);
  }

  /** Whether the client was sent to the page of this elicitation. */
  sentTo(elicitationId: unknown): boolean {
    return typeof elicitationId === 'string' && this.#elicitations?.has(elicitationId) === true;
  }

  /** The client's answer to a server's request. */
  respond(message: Message): void {
    const pending = this.#requests.take(message.id);
    if (pending === null) return;
    if (pending.asker !== null) {
      pending.asker.resolve(message);
      return;
    }
    const body = mapRelatedTask(message.bodyText, (id) => this.#tasks.find(id)?.id ?? null);
    pending.upstream.respond(pending.idText, message.kind === 'result' ? 'result' : 'error', body);
  }

  /** The answer (JSON text) to a question of ours. */
  answer(id: number, kind: 'result' | 'error', body: string): void {
    const pending = this.#requests.take(id);
    pending?.upstream.respond(pending.idText, kind, body);
  }

  /** Progress that the client reports on a server's request. */
  clientProgress(message: Message): void {
    const pending = this.#requests.byToken(message.params?.['progressToken']);
    if (pending === null) return;
    const params = withMember(message.bodyText, 'progressToken', pending.token);
    pending.upstream.notify(message.method, params);
  }

  /** A server takes a request back: the params that tell the client so, or null when it waits for no such answer. */
  withdraw(upstream: Upstream, { params, bodyText }: Message): string | null {
    const pending = this.#requests.ofServer(upstream, params?.['requestId']);
    if (pending === null) return null;
    this.#requests.take(pending.id);
    return withMember(bodyText, 'requestId', String(pending.id));
  }

  /** Whether a server waits for an answer of the client. */
  isAsking(upstream: Upstream): boolean {
    return this.#requests.isAsking(upstream);
  }

  /** Drops the questions of a server that no longer waits for answers. */
  forget(upstream: Upstream): void {
    this.#requests.forget(upstream);
  }

  /** The client is gone. */
  close(): void {
    this.#requests.close();
  }
}

function errorOf(code: number, message: string): string {
  return JSON.stringify({ code, message });
}
