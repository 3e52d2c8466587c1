import { after, cancelTimer, monotonicMs, sleep } from '../../base/clock.ts';
import { TargetError } from '../transports/transport.ts';
import type { Caller, ClientPort, ClientQuestion } from '../federation/caller.ts';
import { owner } from '../federation/destinations.ts';
import { Federation, type FederationSettings } from '../federation/federation.ts';
import { logs } from '../federation/log-level.ts';
import { mcpLimits } from '../limits.ts';
import { filterMember, type SubscriptionFilter } from '../wire/2026-07-28/subscriptions.ts';
import { codes, notificationText, RpcError } from '../wire/jsonrpc.ts';
import { ModernCall } from './call.ts';
import type { Listener } from './listener.ts';

const REFUSED = `{"code":${codes.internalError},"message":"the client cannot be asked"}`;

/**
 * All clients without sessions that declare the same capabilities: servers with sessions see them as one client, so
 * that their sessions can be shared.
 */
export class Profile implements ClientPort {
  readonly sessionless = true;
  readonly separates: boolean;
  readonly federation: Federation;
  readonly #listeners = new Set<Listener>();
  /** Questions of servers that wait for an answer. */
  readonly #asking = new Map<number, ModernCall>();
  /** How many listeners want to hear of a resource: `target uri`. */
  readonly #heard = new Map<string, number>();
  #usedAt: number = monotonicMs();
  #calls = 0;
  #hearers = 0;

  constructor(settings: FederationSettings, capabilities: Record<string, unknown>) {
    this.separates = Object.keys(capabilities).length > 0;
    this.federation = new Federation(settings, this, capabilities);
    // Some servers ask on the stream that belongs to no request.
    if (this.separates) this.federation.listen(true);
  }

  /** Milliseconds since it was last needed; 0 while it is. */
  get idleMs(): number {
    return this.#calls > 0 || this.#hearers > 0 ? 0 : monotonicMs() - this.#usedAt;
  }

  began(): void {
    this.#calls++;
  }

  ended(): void {
    this.#calls--;
    this.#usedAt = monotonicMs();
  }

  request(question: ClientQuestion, caller: Caller | null): boolean {
    if (!this.federation.mayAsk(question.method, question.params)) return false;
    if (!(caller instanceof ModernCall) || !caller.ask(question)) return false;
    this.#asking.set(question.id, caller);
    return true;
  }

  /** The client's answer to a question, as JSON text. */
  answered(id: number, answer: string): void {
    if (this.#asking.delete(id)) this.federation.answer(id, 'result', answer);
  }

  /** The client will not be asked. */
  refused(id: number): void {
    if (this.#asking.delete(id)) this.federation.answer(id, 'error', REFUSED);
  }

  notify(method: string, params: string, caller: Caller | null, sure: boolean): void {
    const member = filterMember(method);
    if (member !== null) {
      for (const listener of this.#listeners) if (listener.filter[member]) listener.send(method, params);
    } else if (method === 'notifications/resources/updated') {
      const { uri } = JSON.parse(params) as { readonly uri: string };
      for (const listener of this.#listeners) if (listener.filter.uris.has(uri)) listener.send(method, params);
    } else if (method === 'notifications/message') {
      const wanted = caller?.envelope?.logLevel ?? '';
      if (wanted !== '' && logs(wanted, (JSON.parse(params) as { readonly level?: unknown }).level)) {
        caller?.deliver(notificationText(method, params));
      }
    } else if (method === 'notifications/cancelled') {
      const { requestId } = JSON.parse(params) as { readonly requestId: number };
      this.#asking.get(requestId)?.withdraw(requestId);
      this.#asking.delete(requestId);
    } else if (sure) caller?.deliver(notificationText(method, params));
  }

  /** What of a filter will be heard: a target must have it, or not have said yet. */
  async honoured(filter: SubscriptionFilter): Promise<SubscriptionFilter> {
    const { federation } = this;
    const late = Promise.withResolvers<void>();
    const timer = after(mcpLimits.hearMs, late.resolve);
    await Promise.race([federation.reachAll(), late.promise]);
    cancelTimer(timer);
    const has = (name: 'tools' | 'prompts' | 'resources'): boolean =>
      federation.upstreams.some(({ hello }) => hello === null || hello[name]);
    const uris = [...filter.uris].filter((uri) => this.#owner(uri) !== null);
    return {
      tools: filter.tools && has('tools'),
      prompts: filter.prompts && has('prompts'),
      resources: filter.resources && has('resources'),
      uris: new Set(uris),
    };
  }

  /** Makes servers tell what a filter asks for; resolves when they do, or a little later. */
  async hear(filter: SubscriptionFilter): Promise<void> {
    this.#hearers++;
    this.federation.listen(true);
    for (const uri of filter.uris) this.#hearResource(uri, 1);
    const until = monotonicMs() + mcpLimits.hearMs;
    while (monotonicMs() < until && !this.federation.upstreams.every(({ settled }) => settled)) await sleep(5);
  }

  /** The end of {@link hear}. */
  unhear(filter: SubscriptionFilter): void {
    this.#hearers--;
    this.#usedAt = monotonicMs();
    for (const uri of filter.uris) this.#hearResource(uri, -1);
    if (this.#hearers === 0 && !this.separates) this.federation.listen(false);
  }

  /** Lets a client hear what comes. */
  add(listener: Listener): void {
    this.#listeners.add(listener);
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** Periodic work. */
  tend(): void {
    this.federation.tend();
    for (const listener of this.#listeners) listener.keepAlive();
  }

  /** Ends the streams that wait for nothing in particular. */
  drain(): void {
    for (const listener of this.#listeners) listener.end(this.federation.settings.self);
  }

  close(): void {
    this.drain();
    this.federation.close();
  }

  #owner(uri: string): { readonly target: number; readonly uri: string } | null {
    try {
      const own = owner(this.federation, uri);
      return this.federation.upstreams[own.target]?.hello?.subscribe === true ? own : null;
    } catch (error) {
      if (error instanceof RpcError) return null;
      throw error;
    }
  }

  /** One listener more, or less, for a resource: servers are told of the first and the last. */
  #hearResource(uri: string, by: 1 | -1): void {
    const own = this.#owner(uri);
    if (own === null) return;
    const key = `${own.target} ${own.uri}`;
    const count = (this.#heard.get(key) ?? 0) + by;
    if (count === 0) this.#heard.delete(key);
    else this.#heard.set(key, count);
    if (count !== (by === 1 ? 1 : 0)) return;
    const upstream = this.federation.upstreams[own.target];
    if (upstream === undefined) return;
    const on = by === 1;
    upstream.hearResource(own.uri, on);
    if (upstream.modern) return;
    const method = on ? 'resources/subscribe' : 'resources/unsubscribe';
    const params = JSON.stringify({ uri: own.uri });
    upstream.request(upstream.mintId(), method, params, null, mcpLimits.listTimeoutMs).catch((error: unknown) => {
      if (!(error instanceof TargetError)) throw error;
      this.federation.settings.log.debug(`mcp: ${method} failed`, { target: upstream.name, error: error.message });
    });
  }
}
