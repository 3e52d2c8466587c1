import type { Logger } from '../../base/logger.ts';
import type { McpLimits } from '../../model/mcp.ts';
import { mcpLimits } from '../limits.ts';
import type { View } from '../virtual/view.ts';
import { TargetError, type TransportFactory } from '../transports/transport.ts';
import {
  initializeParams,
  mergedCapabilities,
  mergedInstructions,
  type Implementation,
  type ServerHello,
} from '../wire/2025-11-25/handshake.ts';
import { changedLists, type ListName } from '../wire/2025-11-25/lists.ts';
import { mapStrings } from '../wire/2025-11-25/content.ts';
import { withLogger, withMember } from '../wire/2025-11-25/rewrite.ts';
import { metaKeys } from '../wire/2026-07-28/envelope.ts';
import { inputCapabilities } from '../wire/2026-07-28/input.ts';
import { supportedRevisions } from '../wire/versions.ts';
import { codes, isObject, notificationText, RpcError, type Message } from '../wire/jsonrpc.ts';
import type { Caller, ClientPort } from './caller.ts';
import type { CatalogueCache } from './catalogue.ts';
import { Lanes } from './lanes.ts';
import { settlesWithin } from './greeting.ts';
import { Lists } from './lists.ts';
import type { Naming } from './names.ts';
import { ServerRequests } from './server-requests.ts';
import type { TargetEra } from './target-era.ts';
import { exposeUri } from './uris.ts';
import type { UpstreamContext, UpstreamObserver } from './upstream-context.ts';
import { Upstream } from './upstream.ts';

const NO_STREAM = `{"code":${codes.internalError},"message":"the client has no open stream for requests"}`;

/** What all sessions of one MCP backend share. */
export interface FederationSettings {
  readonly targets: readonly { readonly name: string; readonly connect: TransportFactory }[];
  /** What is known of how each target speaks. */
  readonly eras: readonly TargetEra[];
  readonly naming: Naming;
  readonly limits: McpLimits;
  /** Requests in flight to each target, of all sessions of this worker. */
  readonly inFlight: number[];
  /** Null: everything is shown. */
  readonly view: View | null;
  /** Tools are found and called through two of ours. */
  readonly search: boolean;
  readonly failOpen: boolean;
  readonly stateful: boolean;
  readonly cache: CatalogueCache;
  /** How the gateway names itself to clients and servers. */
  readonly self: Implementation;
  readonly log: Logger;
}

interface Greeted {
  readonly name: string;
  readonly hello: ServerHello;
}

/** Several MCP servers as one, for one client session. */
export class Federation implements UpstreamObserver {
  readonly settings: FederationSettings;
  readonly upstreams: readonly Upstream[];
  readonly lists: Lists;
  readonly #client: ClientPort;
  readonly #requests = new ServerRequests();
  readonly #capabilities: Readonly<Record<string, unknown>>;
  readonly #context: UpstreamContext;
  #lanes: Lanes | null = null;

  /** @param capabilities The client's, as far as they are relayed. */
  constructor(settings: FederationSettings, client: ClientPort, capabilities: Record<string, unknown>) {
    this.settings = settings;
    this.#client = client;
    this.#capabilities = capabilities;
    this.#context = {
      observer: this,
      client: { capabilities: JSON.stringify(capabilities), clientInfo: JSON.stringify(settings.self) },
      initializeParams: initializeParams(capabilities, settings.self),
      modernFirst: client.sessionless,
      log: settings.log,
    };
    this.upstreams = settings.targets.map((_, i) => this.#newUpstream(i));
    this.lists = new Lists({
      upstreams: this.upstreams,
      cache: settings.cache,
      failOpen: settings.failOpen,
      limits: settings.limits,
      log: settings.log,
      onShift: (names) => this.#shifted(names),
    });
  }

  /** True when names and URIs need to say their target. */
  get several(): boolean {
    return this.upstreams.length > 1;
  }

  /**
   * Greets all targets at once; the text of the `initialize` result for `revision`.
   * @throws RpcError when a target fails that may not be missed, or all do.
   */
  async initialize(revision: string): Promise<string> {
    const live = await this.#greetAll();
    const instructions = this.#instructions(live);
    return JSON.stringify({
      protocolVersion: revision,
      capabilities: mergedCapabilities(
        live.map(({ hello }) => hello),
        this.settings.stateful,
      ),
      serverInfo: this.settings.self,
      ...(instructions === '' ? {} : { instructions }),
    });
  }

  /**
   * The text of the `server/discover` result (2026-07-28, discovery); greets as {@link initialize}.
   * @throws RpcError
   */
  async discover(): Promise<string> {
    const live = await this.#greetAll();
    const instructions = this.#instructions(live);
    return JSON.stringify({
      resultType: 'complete',
      ttlMs: 0,
      cacheScope: 'private',
      supportedVersions: supportedRevisions,
      capabilities: mergedCapabilities(
        live.map(({ hello }) => hello),
        true,
      ),
      ...(instructions === '' ? {} : { instructions }),
      _meta: { [metaKeys.serverInfo]: this.settings.self },
    });
  }

  async #greetAll(): Promise<Greeted[]> {
    const { failOpen, limits } = this.settings;
    const failures: string[] = [];
    const greetings = this.upstreams.map((upstream) => upstream.connect());
    const all = Promise.all(
      greetings.map((greeting, i) =>
        greeting.catch((error: unknown) => {
          failures.push(`"${this.upstreams[i]?.name}" ${(error as Error).message}`);
        }),
      ),
    );
    // Nobody waits long for a target that may be missed, as long as there is another.
    if (!failOpen) await all;
    else if (!(await settlesWithin(all, limits.slowTargetMs)) && this.upstreams.every(({ hello }) => hello === null)) {
      await Promise.any([...greetings, all]);
    }
    if (failures.length > 0 && (!failOpen || failures.length === this.upstreams.length)) {
      throw new RpcError(codes.internalError, `MCP server ${failures.join('; ')}`);
    }
    return this.upstreams.flatMap(({ name, hello }) => (hello === null ? [] : [{ name, hello }]));
  }

  #instructions(live: readonly Greeted[]): string {
    return mergedInstructions(
      live.map(({ name, hello }) => ({ name, instructions: hello.instructions })),
      this.several,
      mcpLimits.maxInstructionsChars,
    );
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
    if (!this.#client.separates || upstream.modern || upstream.leases === 0) return upstream;
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

  /** Whether a server may ask the client this (`params`: JSON text or ''). */
  mayAsk(method: string, params: string): boolean {
    const capability = this.#capabilities[inputCapabilities.get(method) ?? ''];
    if (!isObject(capability)) return false;
    if (method !== 'elicitation/create' || !params.includes('"url"')) return true;
    const asked = JSON.parse(params) as { readonly mode?: unknown };
    return asked.mode !== 'url' || 'url' in capability;
  }

  /** Asks the client on the stream of `caller`. Rejects with TargetError when that leads nowhere. */
  ask(caller: Caller, upstream: Upstream, method: string, params: string): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const id = this.#requests.mintQuestion(upstream, resolve);
    if (id === null || !this.#client.request({ id, method, params }, caller)) {
      if (id !== null) this.#requests.take(id);
      return Promise.reject(new TargetError(`asks the client for ${method}, which cannot reach it`));
    }
    caller.onEnd(() => {
      this.#requests.take(id);
      reject(new TargetError('was told to cancel'));
    });
    return promise;
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

  /** The client's answer to a server's request. */
  respond(message: Message): void {
    const pending = this.#requests.take(message.id);
    if (pending === null) return;
    if (pending.answered !== null) pending.answered(message);
    else pending.upstream.respond(pending.idText, message.kind === 'result' ? 'result' : 'error', message.bodyText);
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

  /** Whether the client has a stream for what belongs to no request. */
  listen(on: boolean): void {
    for (const upstream of this.upstreams) upstream.listen(on);
  }

  close(): void {
    this.lists.close();
    for (const upstream of this.upstreams) upstream.close();
    this.#lanes?.close();
  }

  onRequest(upstream: Upstream, message: Message, caller: Caller | null): void {
    const minted = this.#requests.mint(upstream, message);
    if (minted === null) {
      upstream.respond(message.idText, 'error', NO_STREAM);
      return;
    }
    const { id, params } = minted;
    if (this.#client.request({ id, method: message.method, params }, caller)) return;
    this.#requests.take(id);
    upstream.respond(message.idText, 'error', NO_STREAM);
  }

  onNotification(upstream: Upstream, message: Message, caller: Caller | null, sure: boolean): void {
    const { method } = message;
    const changed = changedLists.get(method);
    if (changed !== undefined) {
      this.lists.invalidate(upstream.index, changed);
      this.#client.notify(method, '', null, false);
      return;
    }
    const params = this.#translate(upstream, message, caller);
    if (params === null) return;
    if (method === 'notifications/progress') {
      caller?.onProgress?.();
      if (caller?.ended === false) caller.deliver(notificationText(method, params));
    } else this.#client.notify(method, params, caller, sure);
  }

  /** Whether a server waits for an answer of the client. */
  isAsking(upstream: Upstream): boolean {
    return this.#requests.isAsking(upstream);
  }

  onFailed(upstream: Upstream, error: TargetError): void {
    this.lists.lost(upstream.index, error.message);
  }

  onRecovered(upstream: Upstream): void {
    this.#requests.forget(upstream);
    for (const [method, names] of changedLists) {
      const capability = names[0] === 'resourceTemplates' ? 'resources' : names[0];
      if (upstream.hello?.[capability ?? 'tools'] !== true) continue;
      this.lists.invalidate(upstream.index, names);
      this.#client.notify(method, '', null, false);
    }
  }

  #shifted(names: readonly ListName[]): void {
    for (const [method, changed] of changedLists) {
      if (changed.some((name) => names.includes(name))) this.#client.notify(method, '', null, false);
    }
  }

  #newUpstream(index: number): Upstream {
    const { targets, eras } = this.settings;
    const target = targets[index];
    const era = eras[index];
    if (target === undefined || era === undefined) throw new TargetError('does not exist');
    return new Upstream(target.name, index, target.connect, era, this.#context);
  }

  /** The params of a server's notification as the client may see them; null when it is not for the client. */
  #translate(upstream: Upstream, message: Message, caller: Caller | null): string | null {
    const { method, bodyText } = message;
    switch (method) {
      case 'notifications/progress':
        if (caller === null || caller.progressToken === '') return null;
        return withMember(bodyText, 'progressToken', caller.progressToken);
      case 'notifications/cancelled': {
        const pending = this.#requests.ofServer(upstream, message.params?.['requestId']);
        if (pending === null) return null;
        this.#requests.take(pending.id);
        return withMember(bodyText, 'requestId', String(pending.id));
      }
      case 'notifications/message':
        return this.several ? withLogger(message, upstream.name) : bodyText;
      case 'notifications/resources/updated':
        return this.several ? mapStrings(bodyText, [['uri']], (uri) => exposeUri(upstream.name, uri)) : bodyText;
      case 'notifications/elicitation/complete':
        return bodyText;
      default:
        this.settings.log.debug('mcp: a notification is not relayed', { target: upstream.name, method });
        return null;
    }
  }
}
