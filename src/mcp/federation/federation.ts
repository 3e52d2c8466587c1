import type { Logger } from '../../base/logger.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { McpLimits } from '../../model/mcp.ts';
import type { SharedLimit } from '../../telemetry/shared/limit.ts';
import type { View } from '../virtual/view.ts';
import { TargetError, type TransportFactory } from '../transports/transport.ts';
import { withTasks } from '../tasks/extension.ts';
import { TaskBook } from '../tasks/task-book.ts';
import type { TaskIds } from '../tasks/task-ids.ts';
import { initializeParams, type Implementation, type ServerHello } from '../wire/2025-11-25/handshake.ts';
import { changedLists, type ListName } from '../wire/2025-11-25/lists.ts';
import type { Message } from '../wire/jsonrpc.ts';
import type { Caller, ClientPort } from './caller.ts';
import type { CatalogueCache } from './lists/catalogue.ts';
import { ClientFields, type Forwarding } from './scopes/forwarding.ts';
import { Lanes } from './upstream/lanes.ts';
import { Lists } from './lists/lists.ts';
import type { Naming } from './names/names.ts';
import { relayNotification } from './notifications.ts';
import { Questions } from './questions/questions.ts';
import type { TargetEra } from './upstream/target-era.ts';
import type { UpstreamContext, UpstreamObserver } from './upstream/context.ts';
import { Upstream } from './upstream/upstream.ts';
import { discoverText, initializeText } from './welcome.ts';

/** What all sessions of one MCP backend share. */
export interface FederationSettings {
  readonly targets: readonly { readonly name: string; readonly connect: TransportFactory }[];
  /** What is known of how each target speaks. */
  readonly eras: readonly TargetEra[];
  readonly naming: Naming;
  /** What of clients' header fields each target gets. */
  readonly forwarding: Forwarding;
  readonly limits: McpLimits;
  /** Requests in flight to each target, of all sessions of all workers. */
  readonly inFlight: readonly SharedLimit[];
  /** Null: everything is shown. */
  readonly view: View | null;
  /** Tools are found and called through two of ours. */
  readonly search: boolean;
  readonly failOpen: boolean;
  /** What is shown depends on who asks. */
  readonly perCaller: boolean;
  readonly stateful: boolean;
  readonly cache: CatalogueCache;
  readonly taskIds: TaskIds;
  /** How the gateway names itself to servers. */
  readonly self: Implementation;
  /** The same to clients. */
  readonly serverInfo: Implementation;
  /** What clients are told; null: what servers say. */
  readonly instructions: string | null;
  readonly log: Logger;
}

/** Several MCP servers as one, for one client session. */
export class Federation implements UpstreamObserver {
  readonly settings: FederationSettings;
  readonly upstreams: readonly Upstream[];
  readonly lists: Lists;
  readonly client: ClientPort;
  readonly questions: Questions;
  readonly tasks: TaskBook;
  readonly #fields: ClientFields;
  readonly #context: UpstreamContext;
  #lanes: Lanes | null = null;

  /**
   * @param capabilities The client's, as far as they are relayed.
   * @param firstQuestion Id of the first request that the client gets.
   */
  constructor(
    settings: FederationSettings,
    client: ClientPort,
    capabilities: Record<string, unknown>,
    firstQuestion: number = 1,
  ) {
    this.settings = settings;
    this.client = client;
    this.tasks = new TaskBook(settings.taskIds, client.owner);
    this.questions = new Questions(client, capabilities, firstQuestion, settings.targets.length > 1, this.tasks);
    this.#fields = new ClientFields(settings.forwarding);
    this.#context = {
      observer: this,
      client: {
        principal: client.principal,
        capabilities: JSON.stringify(capabilities),
        ownCapabilities: JSON.stringify(client.sessionless ? withTasks(capabilities) : capabilities),
        sessionless: client.sessionless,
        clientInfo: JSON.stringify(settings.self),
      },
      initializeParams: initializeParams(capabilities, settings.self),
      maxDepth: settings.limits.maxServerDepth,
      fields: this.#fields,
      log: settings.log,
    };
    this.upstreams = settings.targets.map((_, i) => this.#newUpstream(i));
    this.lists = new Lists({
      upstreams: this.upstreams,
      cache: settings.cache,
      failOpen: settings.failOpen,
      perCaller: settings.perCaller,
      limits: settings.limits,
      log: settings.log,
      onShift: (names) => this.#shifted(names),
    });
  }

  /** Takes over what servers get of the header fields of the client's latest request. */
  carry(headers: HeaderList): void {
    if (!this.#fields.carry(headers, this.upstreams.length)) return;
    this.lists.forget();
    for (const upstream of this.upstreams) upstream.retry();
  }

  /** True when names and URIs need to say their target. */
  get several(): boolean {
    return this.upstreams.length > 1;
  }

  /** See {@link initializeText}. */
  initialize(revision: string): Promise<string> {
    return initializeText(this, revision);
  }

  /** See {@link discoverText}. */
  discover(): Promise<string> {
    return discoverText(this);
  }

  /** The client finished its handshake: so do we, with every target that answered ours. */
  confirm(): void {
    for (const upstream of this.upstreams) {
      if (upstream.hello === null) continue;
      upstream.ready()?.catch((error: unknown) => {
        this.settings.log.debug('mcp: a handshake was not confirmed', { target: upstream.name, error: String(error) });
      });
    }
  }

  /** The ready upstream, or a promise of it that rejects with TargetError. */
  reach(target: number): Upstream | Promise<Upstream> {
    const upstream = this.upstreams[target];
    if (upstream === undefined) throw new TargetError('does not exist');
    const wait = upstream.ready();
    return wait === null ? upstream : wait.then(() => upstream);
  }

  /** The session with a target that a call should use: one without calls, where servers could mistake one for another. */
  lease(target: number): Upstream {
    const upstream = this.upstreams[target];
    if (upstream === undefined) throw new TargetError('does not exist');
    if (!this.client.separates || upstream.modern || upstream.leases === 0) return upstream;
    this.#lanes ??= new Lanes((index) => {
      const lane = this.#newUpstream(index);
      lane.listen(true);
      return lane;
    });
    return this.#lanes.take(target) ?? upstream;
  }

  /** Periodic work: sessions that were only needed for many calls at once end. */
  tend(): void {
    this.#lanes?.tend();
  }

  /** Targets that have what `test` asks for, connected or once so. */
  withCapability(test: (hello: ServerHello) => boolean): Upstream[] {
    return this.upstreams.filter((upstream) => upstream.hello !== null && test(upstream.hello));
  }

  /** Greets every target that has not been, as far as that works. */
  async reachAll(): Promise<void> {
    await Promise.allSettled(this.upstreams.map((upstream) => upstream.ready() ?? Promise.resolve()));
  }

  /** Sends a notification of the client to every target that is connected. */
  broadcast(method: string, params: string): void {
    for (const upstream of this.upstreams) {
      // Servers without sessions take no notifications of a client's own.
      if (upstream.hello !== null && !upstream.modern) upstream.notify(method, params);
    }
  }

  /** Whether the client has a stream for what belongs to no request. */
  listen(on: boolean): void {
    for (const upstream of this.upstreams) upstream.listen(on);
  }

  close(): void {
    this.lists.close();
    for (const upstream of this.upstreams) upstream.close();
    this.#lanes?.close();
    this.questions.close();
  }

  onRequest(upstream: Upstream, message: Message, caller: Caller | null): void {
    this.questions.onRequest(upstream, message, caller);
  }

  onNotification(upstream: Upstream, message: Message, caller: Caller | null, sure: boolean): void {
    relayNotification(this, upstream, message, caller, sure);
    if (!upstream.modern) this.client.serverTold?.(upstream.index, message);
  }

  /** What a server told another session of the same client. */
  overhear(target: number, message: Message): void {
    const upstream = this.upstreams[target];
    if (upstream !== undefined) relayNotification(this, upstream, message, null, false);
  }

  onFailed(upstream: Upstream, error: TargetError): void {
    this.lists.lost(upstream.index, error.message);
  }

  onRecovered(upstream: Upstream): void {
    this.questions.forget(upstream);
    this.lists.invalidateAll(upstream.index);
    for (const [method, names] of changedLists) {
      const capability = names[0] === 'resourceTemplates' ? 'resources' : names[0];
      if (upstream.hello?.[capability ?? 'tools'] !== true) continue;
      this.client.notify(method, '', null, false);
    }
  }

  #shifted(names: readonly ListName[]): void {
    for (const [method, changed] of changedLists) {
      if (changed.some((name) => names.includes(name))) this.client.notify(method, '', null, false);
    }
  }

  #newUpstream(index: number): Upstream {
    const { targets, eras } = this.settings;
    const target = targets[index];
    const era = eras[index];
    if (target === undefined || era === undefined) throw new TargetError('does not exist');
    return new Upstream(target.name, index, target.connect, era, this.#context);
  }
}
