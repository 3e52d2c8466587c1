import { after, cancelTimer, monotonicMs, sleep } from '../../base/clock.ts';
import { TargetError } from '../transports/transport.ts';
import type { Caller, ClientPort, ClientQuestion } from '../federation/caller.ts';
import { Federation, type FederationSettings } from '../federation/federation.ts';
import { logs } from '../federation/upstream/log-level.ts';
import type { McpAccess } from '../access.ts';
import { knowUris, knownOwner, shownUri, type Owned } from '../federation/names/resource-owner.ts';
import { mcpLimits } from '../limits.ts';
import { hasTasks } from '../tasks/extension.ts';
import type { TaskAddress } from '../tasks/task-ids.ts';
import type { Upstream } from '../federation/upstream/upstream.ts';
import { inputCapabilities } from '../wire/2026-07-28/input.ts';
import { withMember } from '../wire/2025-11-25/rewrite.ts';
import { filterMember, unionOf, type SubscriptionFilter } from '../wire/2026-07-28/subscriptions.ts';
import { codes, Message, notificationText } from '../wire/jsonrpc.ts';
import { modernRevision } from '../wire/versions.ts';
import { ModernCall } from './call.ts';
import { Echoes } from './echoes.ts';
import type { Listener } from './listener.ts';
import type { News } from './neighbours.ts';

/** The same clients at other workers. */
export interface ProfileElsewhere {
  /** Says what listeners here want; resolves when the others know. */
  want(wishes: SubscriptionFilter): Promise<void>;
  /** Passes on what a server with sessions told here. */
  tell(news: News): void;
}

const nowhere: ProfileElsewhere = { want: async () => undefined, tell: () => undefined };

const REFUSED = `{"code":${codes.internalError},"message":"the client cannot be asked"}`;

/**
 * All clients without sessions that declare the same capabilities: servers with sessions see them as one client, so
 * that their sessions can be shared.
 */
export class Profile implements ClientPort {
  readonly principal: string;
  readonly revision: string = modernRevision;
  readonly owner: string;
  readonly sessionless = true;
  readonly separates: boolean;
  readonly federation: Federation;
  readonly #listeners = new Set<Listener>();
  /** Questions of servers that wait for an answer. */
  readonly #asking = new Map<number, ModernCall>();
  /** How many listeners want to hear of a resource: `target uri`. */
  readonly #heard = new Map<string, number>();
  /** Whose the resources are that listeners named, and under what other name they are told of. */
  readonly #named = new Map<string, { readonly own: Owned; readonly shown: string }>();
  /** Names that listeners use for a resource that is shown under another. */
  readonly #otherNames = new Map<string, string>();
  /** Who listens to a task, and by which id: `target id`. */
  readonly #taskListeners = new Map<string, Map<Listener, string>>();
  #usedAt: number = monotonicMs();
  #calls = 0;
  #hearers = 0;
  readonly #echoes = new Echoes(mcpLimits.echoMs);
  readonly #others: ProfileElsewhere;
  /** What listeners here want, those included that are about to begin. */
  readonly #wishes = new Set<SubscriptionFilter>();
  /** What of the wishes of listeners at other workers is heard. */
  #elsewhere: SubscriptionFilter | null = null;
  #joining: Promise<void> | null = null;

  constructor(
    settings: FederationSettings,
    capabilities: Record<string, unknown>,
    principal: string,
    others: ProfileElsewhere = nowhere,
  ) {
    this.#others = others;
    this.principal = principal;
    this.separates = [...inputCapabilities.values()].some((name) => name in capabilities);
    this.owner = this.principal;
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
    if (!this.federation.questions.mayAsk(question.method, question.params)) return false;
    if (!(caller instanceof ModernCall) || !caller.ask(question)) return false;
    this.#asking.set(question.id, caller);
    return true;
  }

  /** The client's answer to a question, as JSON text. */
  answered(id: number, answer: string): void {
    if (this.#asking.delete(id)) this.federation.questions.answer(id, 'result', answer);
  }

  /** The client will not be asked. */
  refused(id: number): void {
    if (this.#asking.delete(id)) this.federation.questions.answer(id, 'error', REFUSED);
  }

  notify(method: string, params: string, caller: Caller | null, sure: boolean): void {
    const member = filterMember(method);
    if (member !== null) {
      for (const listener of this.#listeners) if (listener.filter[member]) listener.send(method, params);
    } else if (method === 'notifications/resources/updated') {
      const { uri } = JSON.parse(params) as { readonly uri: string };
      this.#updated(method, params, uri);
      const other = this.#otherNames.get(uri);
      if (other !== undefined) this.#updated(method, withMember(params, 'uri', JSON.stringify(other)), other);
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

  #updated(method: string, params: string, uri: string): void {
    for (const listener of this.#listeners) if (listener.filter.uris.has(uri)) listener.send(method, params);
  }

  /** What of a filter will be heard: a target must have it, or not have said yet. */
  async honoured(filter: SubscriptionFilter, access: McpAccess | null = null): Promise<SubscriptionFilter> {
    const { federation } = this;
    const { targets } = federation.settings.naming;
    const late = Promise.withResolvers<void>();
    const timer = after(mcpLimits.hearMs, late.resolve);
    const known = federation.reachAll().then(() => (filter.uris.size === 0 ? null : knowUris(federation)));
    await Promise.race([known, late.promise]);
    cancelTimer(timer);
    const has = (name: 'tools' | 'prompts' | 'resources'): boolean =>
      federation.upstreams.some(({ hello }) => hello === null || hello[name]);
    const uris = [...filter.uris].filter((uri) => {
      const own = this.#owner(uri);
      if (own === null || access === null) return own !== null;
      const item = { kind: 'resource', target: targets[own.target] ?? '', name: own.uri } as const;
      return access.allows('resources/subscribe', item) && (access.lacks?.(item) ?? null) === null;
    });
    return {
      tools: filter.tools && has('tools'),
      prompts: filter.prompts && has('prompts'),
      resources: filter.resources && has('resources'),
      uris: new Set(uris),
      tasks: new Set([...filter.tasks].filter((shown) => this.#serverOf(shown) !== undefined)),
    };
  }

  /** What of a filter is heard by now: servers say themselves which of their tasks they tell of. */
  heard(filter: SubscriptionFilter): SubscriptionFilter {
    const told = (shown: string): boolean =>
      this.#serverOf(shown)?.hearsTask(this.federation.tasks.find(shown)?.id ?? '') === true;
    return filter.tasks.size === 0 ? filter : { ...filter, tasks: new Set([...filter.tasks].filter(told)) };
  }

  /** Makes servers tell a listener what its filter asks for; resolves when they do, or a little later. */
  async hear(filter: SubscriptionFilter): Promise<void> {
    this.#wishes.add(filter);
    await Promise.all([this.#hear(filter), this.#wish()]);
  }

  /** The end of {@link hear}. */
  unhear(filter: SubscriptionFilter): void {
    this.#wishes.delete(filter);
    this.#unhear(filter);
    void this.#wish();
  }

  /** Servers without sessions tell every worker the same. */
  #wish(): Promise<void> {
    if (this.federation.upstreams.every(({ modern }) => modern)) return Promise.resolve();
    return this.#others.want({ ...unionOf([...this.#wishes]), tasks: new Set() });
  }

  async #hear(filter: SubscriptionFilter): Promise<void> {
    this.#hearers++;
    this.federation.listen(true);
    for (const uri of filter.uris) this.#hearResource(uri, 1);
    for (const shown of filter.tasks) this.#hearTask(shown, 1);
    const until = monotonicMs() + mcpLimits.hearMs;
    while (monotonicMs() < until && !this.federation.upstreams.every(({ settled }) => settled)) await sleep(5);
  }

  #unhear(filter: SubscriptionFilter): void {
    this.#hearers--;
    this.#usedAt = monotonicMs();
    for (const uri of filter.uris) this.#hearResource(uri, -1);
    for (const shown of filter.tasks) this.#hearTask(shown, -1);
    if (this.#hearers === 0 && !this.separates) this.federation.listen(false);
  }

  /** Lets a client hear what comes. */
  add(listener: Listener): void {
    this.#listeners.add(listener);
    for (const shown of listener.filter.tasks) {
      const key = this.#taskKey(shown);
      const hearers = this.#taskListeners.get(key) ?? new Map<Listener, string>();
      this.#taskListeners.set(key, hearers.set(listener, shown));
    }
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener);
    for (const shown of listener.filter.tasks) {
      const key = this.#taskKey(shown);
      const hearers = this.#taskListeners.get(key);
      hearers?.delete(listener);
      if (hearers?.size === 0) this.#taskListeners.delete(key);
    }
  }

  /** Null unless servers are being asked for what listeners at other workers want. */
  get joining(): Promise<void> | null {
    return this.#joining;
  }

  /** Makes servers tell, too, what listeners at other workers want; null: nothing. Resolves when they do. */
  join(wishes: SubscriptionFilter | null): Promise<void> {
    const joining = (this.#joining ?? Promise.resolve()).then(async () => {
      const before = this.#elsewhere;
      this.#elsewhere = wishes === null ? null : await this.honoured(wishes);
      if (this.#elsewhere !== null) await this.#hear(this.#elsewhere);
      if (before !== null) this.#unhear(before);
    });
    const done = joining
      .catch((error: unknown) => {
        this.federation.settings.log.debug('mcp: listeners elsewhere may not hear all', { error: String(error) });
      })
      .finally(() => {
        if (this.#joining === done) this.#joining = null;
      });
    this.#joining = done;
    return done;
  }

  serverTold(target: number, { method, params, bodyText }: Message): void {
    const key = newsKey(target, method, params);
    if (key === null) return;
    if (this.#listeners.size > 0) this.#echoes.delivered(key);
    this.#others.tell({ target, method, params: bodyText });
  }

  /** What a server told a session at another worker. */
  overhear({ target, method, params }: News): void {
    const value = params === '' ? null : (JSON.parse(params) as Record<string, unknown>);
    const key = newsKey(target, method, value);
    if (key === null) return;
    const message = new Message('notification', null, '', method, value, undefined, params);
    this.#echoes.hear(key, () => this.federation.overhear(target, message));
  }

  taskChanged({ target, id }: TaskAddress, params: string): void {
    for (const [listener, shown] of this.#taskListeners.get(`${target} ${id}`) ?? []) {
      listener.send('notifications/tasks', withMember(params, 'taskId', JSON.stringify(shown)));
    }
  }

  /** Periodic work. */
  tend(): void {
    this.federation.tend();
    for (const listener of this.#listeners) listener.keepAlive();
  }

  /** Ends the streams that wait for nothing in particular. */
  drain(): void {
    for (const listener of this.#listeners) listener.end(this.federation.settings.serverInfo);
  }

  close(): void {
    this.drain();
    this.#echoes.close();
    this.federation.close();
  }

  #owner(uri: string): Owned | null {
    const own = this.#named.get(uri)?.own ?? knownOwner(this.federation, uri);
    return own !== null && this.federation.upstreams[own.target]?.hello?.subscribe === true ? own : null;
  }

  /** Keeps, from the first listener to the last, whose a resource is, whatever is listed meanwhile. */
  #name(uri: string, own: Owned, on: boolean): void {
    const shown = this.#named.get(uri)?.shown ?? shownUri(this.federation, own.target, own.uri);
    if (on) this.#named.set(uri, { own, shown });
    else this.#named.delete(uri);
    if (shown === uri) return;
    if (on) this.#otherNames.set(shown, uri);
    else this.#otherNames.delete(shown);
  }

  /** One listener more, or less, for a resource: servers are told of the first and the last. */
  #hearResource(uri: string, by: 1 | -1): void {
    const own = this.#owner(uri);
    if (own === null) return;
    if (this.#counts(`name ${uri}`, by)) this.#name(uri, own, by === 1);
    if (!this.#counts(`${own.target} ${own.uri}`, by)) return;
    const upstream = this.federation.upstreams[own.target];
    if (upstream === undefined) return;
    const on = by === 1;
    upstream.hear('resource', own.uri, on);
    if (upstream.modern) return;
    const method = on ? 'resources/subscribe' : 'resources/unsubscribe';
    const params = JSON.stringify({ uri: own.uri });
    upstream.request(upstream.mintId(), method, params, null, mcpLimits.listTimeoutMs).catch((error: unknown) => {
      if (!(error instanceof TargetError)) throw error;
      this.federation.settings.log.debug(`mcp: ${method} failed`, { target: upstream.name, error: error.message });
    });
  }

  /** The same for a task. */
  #hearTask(shown: string, by: 1 | -1): void {
    const task = this.federation.tasks.find(shown);
    if (task === null || !this.#counts(`task ${task.target} ${task.id}`, by)) return;
    this.#serverOf(shown)?.hear('task', task.id, by === 1);
  }

  /** Counts a listener; true when it is the first, or was the last. */
  #counts(key: string, by: 1 | -1): boolean {
    const count = (this.#heard.get(key) ?? 0) + by;
    if (count === 0) this.#heard.delete(key);
    else this.#heard.set(key, count);
    return count === (by === 1 ? 1 : 0);
  }

  #taskKey(shown: string): string {
    const task = this.federation.tasks.find(shown);
    return task === null ? '' : `${task.target} ${task.id}`;
  }

  /** The server of a task, where that is one that has tasks. */
  #serverOf(shown: string): Upstream | undefined {
    const task = this.federation.tasks.find(shown);
    const upstream = this.federation.upstreams.find(({ name }) => name === task?.target);
    return upstream?.hello !== null && upstream?.modern === true && hasTasks(upstream.hello) ? upstream : undefined;
  }
}

/** What a notification is about, or null for one that is for this session alone. */
function newsKey(target: number, method: string, params: Readonly<Record<string, unknown>> | null): string | null {
  if (filterMember(method) !== null) return `${target} ${method}`;
  const uri = params?.['uri'];
  return method === 'notifications/resources/updated' && typeof uri === 'string' ? `${target} ${method} ${uri}` : null;
}
