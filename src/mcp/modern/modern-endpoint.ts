import { GatewayError, toGatewayError } from '../../base/errors.ts';
import { wallMs } from '../../base/clock.ts';
import { HeaderList } from '../../net/http/headers.ts';
import type { CallerEnvelope } from '../federation/caller.ts';
import { calledTool, checkAgain } from '../federation/calls/tool-calls.ts';
import { resolve } from '../federation/calls/destinations.ts';
import type { FederationSettings } from '../federation/federation.ts';
import { handleRequest } from '../federation/methods.ts';
import { isRepeatable } from '../federation/calls/repeat.ts';
import type { Scopes } from '../federation/scopes/scopes.ts';
import { InsufficientScope } from '../access.ts';
import type { McpHttpRequest } from '../http.ts';
import { mcpLimits } from '../limits.ts';
import type { Gauge } from '../../telemetry/metrics/series.ts';
import type { SharedLimit } from '../../telemetry/shared/limit.ts';
import { withTargets, type McpRecord } from '../record.ts';
import { jsonHeaders } from '../session/channel.ts';
import type { SessionPorts } from '../session/session-ports.ts';
import { isKnownMethod } from '../wire/2025-11-25/methods.ts';
import type { Envelope } from '../wire/2026-07-28/envelope.ts';
import { ModernError } from '../wire/2026-07-28/errors.ts';
import { readInputResponses, withoutInput } from '../wire/2026-07-28/input.ts';
import { askingMethods, neededCapability } from '../wire/2026-07-28/methods.ts';
import { readFilter } from '../wire/2026-07-28/subscriptions.ts';
import { codes, Message, resultText, RpcError } from '../wire/jsonrpc.ts';
import { declaresTasks, hasTasks, missingTasks } from '../tasks/extension.ts';
import { ModernCall, type CallKeeper } from './call.ts';
import { relayedCapabilities, sessionCapabilities } from './capabilities.ts';
import { checkRequest, notFound } from './checks.ts';
import { Listener } from './listener.ts';
import { Neighbours } from './neighbours.ts';
import { ParkedCalls } from './parked-calls.ts';
import { Profile } from './profile.ts';
import { ModernReply } from './reply.ts';
import { requestDigest, RequestStates, type CallState } from './request-state.ts';

const GONE =
  'The gateway no longer has the call that asked for this input. It was not repeated, because the tool may change ' +
  'things. Call the tool again if that is right.';

/** What an endpoint for clients without sessions needs. */
export interface ModernOptions {
  readonly settings: FederationSettings;
  readonly scopes: Scopes;
  /** Counts the calls that wait, over all workers. */
  readonly parked: SharedLimit;
  readonly gauge: Pick<Gauge, 'add'>;
  readonly sessionPorts: SessionPorts;
  /** Binds the state of calls to this backend. */
  readonly key: string;
  /** How long sessions with servers are kept that nobody uses. */
  readonly idleMs: number;
}

/** Serves clients of 2026-07-28, each request on its own, whatever the servers speak. */
export class ModernEndpoint {
  readonly #options: ModernOptions;
  readonly #states: RequestStates;
  readonly #parked: ParkedCalls;
  readonly #profiles = new Map<string, Profile>();
  readonly #open = new Set<ModernReply>();
  readonly #neighbours: Neighbours;
  #listeners = 0;

  constructor(options: ModernOptions) {
    this.#options = options;
    this.#parked = new ParkedCalls(options);
    this.#states = new RequestStates(options.sessionPorts.keys, options.key);
    const { bulletin, roster } = options.sessionPorts;
    this.#neighbours = new Neighbours(bulletin, options.key, roster, {
      onWanted: async (profile, wanted) => this.#profiles.get(profile)?.join(wanted),
      onNews: (profile, news) => this.#profiles.get(profile)?.overhear(news),
    });
  }

  /** True while there is something to tend. */
  get active(): boolean {
    return this.#profiles.size > 0;
  }

  /** Calls that wait for their clients. */
  get parked(): number {
    return this.#parked.size;
  }

  /** Handles the message of one POST. */
  async receive(message: Message, http: McpHttpRequest, record: McpRecord): Promise<void> {
    const known = isKnownMethod(message.method) || neededCapability(message.method) !== null;
    record.methodName = message.method === '' || known ? message.method : 'unknown';
    if (message.kind === 'notification') {
      http.reply(202, new HeaderList(), '');
      return;
    }
    try {
      if (message.kind !== 'request') {
        throw new ModernError(400, codes.invalidRequest, 'Invalid Request: responses are not sent in this revision');
      }
      await this.#dispatch(message, http, record, checkRequest(http.headers, message));
    } catch (error) {
      if (error instanceof GatewayError && error.reason === 'overloaded') record.limit = 'clients';
      if (!(error instanceof RpcError)) throw error;
      record.errorCode = error.code;
      record.errorMessage = error.message;
      if (error.limit !== '') record.limit = error.limit;
      if (error instanceof InsufficientScope) record.lackedScopes = error.scopes;
      const status = error instanceof InsufficientScope ? 403 : 200;
      const modern = error instanceof ModernError ? error : new ModernError(status, error.code, error.message);
      http.reply(modern.status, jsonHeaders(), modern.response(message.idText));
    }
  }

  /** Periodic work. */
  tend(): void {
    for (const reply of this.#open) reply.keepAlive();
    this.#neighbours.tend();
    for (const [key, profile] of this.#profiles) {
      profile.tend();
      if (profile.idleMs <= this.#options.idleMs) continue;
      this.#profiles.delete(key);
      profile.close();
    }
  }

  /** Ends the streams that wait for nothing in particular. */
  drain(): void {
    for (const profile of this.#profiles.values()) profile.drain();
  }

  close(): void {
    this.#parked.close();
    this.#neighbours.close();
    for (const profile of this.#profiles.values()) profile.close();
    this.#profiles.clear();
  }

  async #dispatch(message: Message, http: McpHttpRequest, record: McpRecord, envelope: Envelope): Promise<void> {
    if (message.method === 'server/discover') {
      const result = await withTargets(record, this.#profile(envelope, http).federation.discover());
      http.reply(200, jsonHeaders(), resultText(message.idText, result));
      return;
    }
    if (message.method === 'subscriptions/listen') {
      record.endless = true;
      await this.#listen(message, http, this.#profile(envelope, http), envelope);
      return;
    }
    const state = askingMethods.has(message.method) ? this.#states.open(message.params?.['requestState']) : null;
    if (state !== null && !http.fromPeer && this.#isElsewhere(state)) {
      http.relay(state.holder.worker);
      return;
    }
    if (state !== null) await this.#goOn(state, message, http, record, envelope);
    else await this.#call(message, http, record, envelope);
  }

  async #listen(message: Message, http: McpHttpRequest, profile: Profile, envelope: Envelope): Promise<void> {
    const filter = readFilter(message.params);
    if (filter.tasks.size > 0 && !declaresTasks(envelope.capabilities)) throw missingTasks();
    if (this.#listeners >= mcpLimits.maxListeners) {
      throw new RpcError(codes.internalError, 'too many streams are open', 'listeners');
    }
    if (filter.uris.size + filter.tasks.size > mcpLimits.maxSubscriptions) {
      throw new RpcError(codes.internalError, 'the stream has too many subscriptions', 'subscriptions');
    }
    const { key, sessionPorts, settings } = this.#options;
    const giveBack = sessionPorts.clients.take(
      `streams ${key} ${clientOf(http, envelope)}`,
      settings.limits.listenStreams,
    );
    if (giveBack === null) {
      throw new RpcError(codes.internalError, 'the client has too many streams open', 'listen_streams');
    }
    this.#listeners++;
    let gone = false;
    http.onClose(() => {
      gone = true;
      giveBack();
      this.#listeners--;
    });
    const honoured = await profile.honoured(filter, http.access);
    await profile.hear(honoured);
    if (gone) {
      profile.unhear(honoured);
      return;
    }
    const listener = new Listener(http, message.idText, profile.heard(honoured), (ended) => {
      profile.remove(ended);
      profile.unhear(honoured);
    });
    profile.add(listener);
  }

  /** Whether the call of a state waits at another worker. */
  #isElsewhere({ holder, expires }: CallState): boolean {
    const { roster } = this.#options.sessionPorts;
    return expires >= wallMs() && !roster.isOwn(holder) && roster.isLive(holder);
  }

  /** A request that brings answers for a call that waits for them. */
  async #goOn(
    state: CallState,
    message: Message,
    http: McpHttpRequest,
    record: McpRecord,
    envelope: Envelope,
  ): Promise<void> {
    if (state.digest !== this.#digest(message, http.headers, http.principal)) {
      throw new RpcError(codes.invalidParams, 'Invalid requestState: it belongs to another request');
    }
    const call = state.expires < wallMs() ? null : this.#parked.get(state.handle);
    if (call !== null) {
      // The same client may be allowed less than when it asked.
      checkAgain(this.#options, http.access, call);
      if (call.watch?.comeBack() === false) {
        const text = `MCP server "${call.record.target}" has too many requests in flight`;
        throw new RpcError(codes.internalError, text, 'calls_per_target');
      }
      this.#parked.leave(state.handle);
      call.resume(message, record, this.#reply(http), readInputResponses(message.bodyText));
      return;
    }
    const { kind, id, idText, method, params, bodyText } = message;
    const { inputResponses: _, requestState: __, ...own } = params ?? {};
    const again = new Message(kind, id, idText, method, own, undefined, withoutInput(bodyText));
    if (state.handle === '' || (await this.#mayRepeat(again, record, this.#profile(envelope, http)))) {
      await this.#call(again, http, record, envelope);
      return;
    }
    record.errorMessage = GONE;
    const content = [{ type: 'text', text: GONE }];
    const result = JSON.stringify({ resultType: 'complete', content, isError: true });
    http.reply(200, jsonHeaders(), resultText(idText, result));
  }

  /** Whether a request changes nothing, or nothing more, when it is made twice. */
  async #mayRepeat(message: Message, record: McpRecord, { federation }: Profile): Promise<boolean> {
    if (message.method !== 'tools/call') return true;
    const name = calledTool(federation, message);
    if (typeof name !== 'string') return true;
    await federation.lists.table('tools');
    const found = await resolve(federation, record, 'tools', name);
    if (found === null) return true;
    return isRepeatable(federation, found.route.target, found.route.name);
  }

  async #call(message: Message, http: McpHttpRequest, record: McpRecord, envelope: Envelope): Promise<void> {
    const profile = this.#profile(envelope, http);
    const { federation } = profile;
    if (message.method.endsWith('/list')) await this.#checkListed(message.method, profile);
    const caller: CallerEnvelope = {
      relayed: relayedCapabilities(envelope.capabilities),
      clientInfo: envelope.clientInfo,
      logLevel: envelope.logLevel,
      tasks: declaresTasks(envelope.capabilities),
    };
    if (message.method.startsWith('tasks/')) await this.#checkTasks(message.method, profile, caller.tasks);
    profile.began();
    // What a call makes a server tell is heard if it was asked for before.
    if (profile.joining !== null) await profile.joining;
    const call = new ModernCall(message, record, caller, this.#keeper(profile), this.#reply(http));
    await handleRequest(federation, call).catch((error: unknown) => {
      federation.settings.log.error('mcp: a request failed', { method: message.method, error: String(error) });
      call.refuse(codes.internalError, toGatewayError(error).message);
    });
  }

  /** Tasks do not exist where no server has them, and only for clients that declare them (SEP-2663, error handling). */
  async #checkTasks(method: string, { federation }: Profile, declared: boolean): Promise<void> {
    if (federation.withCapability(hasTasks).length === 0) await federation.reachAll();
    if (federation.upstreams.every(({ hello }) => hello !== null && !hasTasks(hello))) throw notFound(method);
    if (!declared) throw missingTasks();
  }

  /** A list that no server has does not exist. */
  async #checkListed(method: string, { federation }: Profile): Promise<void> {
    const capability = neededCapability(method);
    if (capability === null || capability === '') return;
    if (federation.withCapability((hello) => hello[capability]).length > 0) return;
    await federation.reachAll();
    if (federation.upstreams.some(({ hello }) => hello === null || hello[capability])) return;
    throw notFound(method);
  }

  #keeper(profile: Profile): CallKeeper {
    const seal = (call: ModernCall, handle: string): string =>
      this.#states.seal({
        holder: this.#options.sessionPorts.roster.own,
        handle,
        digest: this.#digest(call.message, call.headers, profile.principal),
        expires: wallMs() + mcpLimits.parkedMs,
      });
    return {
      park: (call, reply) => {
        const handle = this.#parked.park(call, clientOf(reply.sender, call.envelope));
        return handle === null ? null : seal(call, handle);
      },
      again: (call) => seal(call, ''),
      answered: (id, answer) => profile.answered(id, answer),
      refused: (id) => profile.refused(id),
      ended: () => profile.ended(),
    };
  }

  /** Binds a state to its request, to whose that is, and to the fields by which servers may tell clients apart. */
  #digest(message: Message, headers: HeaderList, principal: string): string {
    return requestDigest(message, JSON.stringify([principal, this.#options.scopes.forwarding.key(headers)]));
  }

  #reply(http: McpHttpRequest): ModernReply {
    const reply = new ModernReply(http);
    this.#open.add(reply);
    http.onClose(() => this.#open.delete(reply));
    return reply;
  }

  #profile(envelope: Envelope, { headers, principal }: McpHttpRequest): Profile {
    const capabilities = sessionCapabilities(envelope.capabilities);
    const { scopes } = this.#options;
    const fields = scopes.forwarding.key(headers);
    const key = fields + JSON.stringify([principal, capabilities]);
    let profile = this.#profiles.get(key);
    if (profile === undefined) {
      if (this.#profiles.size >= mcpLimits.maxProfiles) this.#makeRoom();
      profile = new Profile(scopes.of(fields), capabilities, principal, {
        want: (wishes) => this.#neighbours.want(key, wishes),
        tell: (news) => this.#neighbours.tell(key, news),
      });
      profile.federation.carry(headers);
      this.#profiles.set(key, profile);
      const wanted = this.#neighbours.wanted(key);
      if (wanted !== null) void profile.join(wanted);
    }
    return profile;
  }

  /** Ends the profile that was idle longest; throws when none is. */
  #makeRoom(): void {
    let longest: { readonly key: string; readonly profile: Profile; readonly idleMs: number } | null = null;
    for (const [key, profile] of this.#profiles) {
      const { idleMs } = profile;
      if (idleMs > (longest?.idleMs ?? 0)) longest = { key, profile, idleMs };
    }
    if (longest === null) throw new GatewayError('overloaded', 'too many MCP clients', { retryAfter: 30 });
    this.#profiles.delete(longest.key);
    longest.profile.close();
  }
}

/** Who a client is: its principal, else whoever gives itself this name at this address. */
function clientOf(
  { principal, clientAddress }: Pick<McpHttpRequest, 'principal' | 'clientAddress'>,
  { clientInfo }: Pick<Envelope, 'clientInfo'>,
): string {
  return principal === '' ? `${clientAddress} ${clientInfo}` : principal;
}
