import type { Logger } from '../../base/logger.ts';
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
import { codes, notificationText, requestText, RpcError, type Message } from '../wire/jsonrpc.ts';
import type { Caller, ClientPort } from './caller.ts';
import type { CatalogueCache } from './catalogue.ts';
import { Lists } from './lists.ts';
import type { Naming } from './names.ts';
import { ServerRequests } from './server-requests.ts';
import { exposeUri } from './uris.ts';
import { Upstream, type UpstreamObserver } from './upstream.ts';

const NO_STREAM = `{"code":${codes.internalError},"message":"the client has no open stream for requests"}`;

/** What all sessions of one MCP backend share. */
export interface FederationSettings {
  readonly targets: readonly { readonly name: string; readonly connect: TransportFactory }[];
  readonly naming: Naming;
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

/** Several MCP servers as one, for one client session. */
export class Federation implements UpstreamObserver {
  readonly settings: FederationSettings;
  readonly upstreams: readonly Upstream[];
  readonly lists: Lists;
  readonly #client: ClientPort;
  readonly #requests = new ServerRequests();

  /** @param capabilities The client's, as far as they are relayed. */
  constructor(settings: FederationSettings, client: ClientPort, capabilities: Record<string, unknown>) {
    this.settings = settings;
    this.#client = client;
    const context = {
      observer: this,
      initializeParams: initializeParams(capabilities, settings.self),
      log: settings.log,
    };
    this.upstreams = settings.targets.map((target, i) => new Upstream(target.name, i, target.connect, context));
    this.lists = new Lists({
      upstreams: this.upstreams,
      cache: settings.cache,
      failOpen: settings.failOpen,
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
    const outcomes = await Promise.allSettled(this.upstreams.map((upstream) => upstream.connect()));
    const failures = outcomes.flatMap((outcome, i) =>
      outcome.status === 'rejected' ? [`"${this.upstreams[i]?.name}" ${(outcome.reason as Error).message}`] : [],
    );
    if (failures.length > 0 && (!this.settings.failOpen || failures.length === this.upstreams.length)) {
      throw new RpcError(codes.internalError, `MCP server ${failures.join('; ')}`);
    }
    const live = this.upstreams.flatMap(({ name, hello }) => (hello === null ? [] : [{ name, hello }]));
    const instructions = mergedInstructions(
      live.map(({ name, hello }) => ({ name, instructions: hello.instructions })),
      this.several,
      mcpLimits.maxInstructionsChars,
    );
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

  /** Targets that have what `test` asks for, connected or once so. */
  withCapability(test: (hello: ServerHello) => boolean): Upstream[] {
    return this.upstreams.filter((upstream) => upstream.hello !== null && test(upstream.hello));
  }

  /** Sends a notification of the client to every target that is connected. */
  broadcast(method: string, params: string): void {
    for (const upstream of this.upstreams) if (upstream.hello !== null) upstream.notify(method, params);
  }

  /** The client's answer to a server's request. */
  respond(message: Message): void {
    const pending = this.#requests.take(message.id);
    pending?.upstream.respond(pending.idText, message.kind === 'result' ? 'result' : 'error', message.bodyText);
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
  }

  onRequest(upstream: Upstream, message: Message, caller: Caller | null): void {
    const minted = this.#requests.mint(upstream, message);
    if (minted === null) {
      upstream.respond(message.idText, 'error', NO_STREAM);
      return;
    }
    const { id, params } = minted;
    if (this.#client.request(requestText(id, message.method, params), caller)) return;
    this.#requests.take(id);
    upstream.respond(message.idText, 'error', NO_STREAM);
  }

  onNotification(upstream: Upstream, message: Message, caller: Caller | null, sure: boolean): void {
    const { method } = message;
    const changed = changedLists.get(method);
    if (changed !== undefined) {
      this.lists.invalidate(upstream.index, changed);
      this.#client.notify(notificationText(method, ''), null, false);
      return;
    }
    const text = this.#translate(upstream, message, caller);
    if (text === null) return;
    if (method === 'notifications/progress') {
      if (caller?.ended === false) caller.deliver(text);
    } else this.#client.notify(text, caller, sure);
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
      this.#client.notify(notificationText(method, ''), null, false);
    }
  }

  #shifted(names: readonly ListName[]): void {
    for (const [method, changed] of changedLists) {
      if (changed.some((name) => names.includes(name))) this.#client.notify(notificationText(method, ''), null, false);
    }
  }

  /** A server's notification as the client may see it; null when it is not for the client. */
  #translate(upstream: Upstream, message: Message, caller: Caller | null): string | null {
    const { method, bodyText } = message;
    switch (method) {
      case 'notifications/progress':
        if (caller === null || caller.progressToken === '') return null;
        return notificationText(method, withMember(bodyText, 'progressToken', caller.progressToken));
      case 'notifications/cancelled': {
        const pending = this.#requests.ofServer(upstream, message.params?.['requestId']);
        if (pending === null) return null;
        this.#requests.take(pending.id);
        return notificationText(method, withMember(bodyText, 'requestId', String(pending.id)));
      }
      case 'notifications/message':
        return notificationText(method, this.several ? withLogger(message, upstream.name) : bodyText);
      case 'notifications/resources/updated':
        if (!this.several) return notificationText(method, bodyText);
        return notificationText(
          method,
          mapStrings(bodyText, [['uri']], (uri) => exposeUri(upstream.name, uri)),
        );
      case 'notifications/elicitation/complete':
        return notificationText(method, bodyText);
      default:
        this.settings.log.debug('mcp: a notification is not relayed', { target: upstream.name, method });
        return null;
    }
  }
}
