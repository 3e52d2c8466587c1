import { toGatewayError } from '../../base/errors.ts';
import { wallMs } from '../../base/clock.ts';
import { HeaderList } from '../../net/http/headers.ts';
import type { CallerEnvelope } from '../federation/caller.ts';
import { resolve } from '../federation/destinations.ts';
import type { FederationSettings } from '../federation/federation.ts';
import { handleRequest } from '../federation/methods.ts';
import type { McpHttpRequest } from '../http.ts';
import { mcpLimits } from '../limits.ts';
import type { McpRecord } from '../record.ts';
import { jsonHeaders } from '../session/channel.ts';
import { isKnownMethod } from '../wire/2025-11-25/methods.ts';
import type { Envelope } from '../wire/2026-07-28/envelope.ts';
import { ModernError } from '../wire/2026-07-28/errors.ts';
import { readInputResponses, withoutInput } from '../wire/2026-07-28/input.ts';
import { askingMethods, neededCapability } from '../wire/2026-07-28/methods.ts';
import { readFilter } from '../wire/2026-07-28/subscriptions.ts';
import { codes, isObject, Message, resultText, RpcError } from '../wire/jsonrpc.ts';
import { ModernCall, type CallKeeper } from './call.ts';
import { relayedCapabilities, sessionCapabilities } from './capabilities.ts';
import { checkRequest, notFound } from './checks.ts';
import { Listener } from './listener.ts';
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
  readonly sealKey: Uint8Array;
  /** Binds the state of calls to this backend. */
  readonly key: string;
  readonly workerId: number;
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
  #listeners = 0;

  constructor(options: ModernOptions) {
    this.#options = options;
    this.#parked = new ParkedCalls(options.settings.limits.parkedCalls);
    this.#states = new RequestStates(options.sealKey, options.key);
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
      if (!(error instanceof RpcError)) throw error;
      record.errorCode = error.code;
      record.errorMessage = error.message;
      const modern = error instanceof ModernError ? error : new ModernError(200, error.code, error.message);
      http.reply(modern.status, jsonHeaders(), modern.response(message.idText));
    }
  }

  /** Periodic work. */
  tend(): void {
    this.#parked.expire();
    for (const reply of this.#open) reply.keepAlive();
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
    for (const profile of this.#profiles.values()) profile.close();
    this.#profiles.clear();
  }

  async #dispatch(message: Message, http: McpHttpRequest, record: McpRecord, envelope: Envelope): Promise<void> {
    if (message.method === 'server/discover') {
      const result = await this.#profile(envelope).federation.discover();
      http.reply(200, jsonHeaders(), resultText(message.idText, result));
      return;
    }
    if (message.method === 'subscriptions/listen') {
      await this.#listen(message, http, this.#profile(envelope));
      return;
    }
    const state = askingMethods.has(message.method) ? this.#states.open(message.params?.['requestState']) : null;
    if (state !== null && state.worker !== this.#options.workerId && !http.fromPeer) {
      http.relay(state.worker);
      return;
    }
    if (state !== null) await this.#goOn(state, message, http, record, envelope);
    else await this.#call(message, http, record, envelope);
  }

  async #listen(message: Message, http: McpHttpRequest, profile: Profile): Promise<void> {
    const filter = readFilter(message.params);
    if (this.#listeners >= mcpLimits.maxListeners) throw new RpcError(codes.internalError, 'too many streams are open');
    this.#listeners++;
    let gone = false;
    http.onClose(() => {
      gone = true;
      this.#listeners--;
    });
    const honoured = await profile.honoured(filter);
    await profile.hear(honoured);
    if (gone) {
      profile.unhear(honoured);
      return;
    }
    const listener = new Listener(http, message.idText, honoured, (ended) => {
      profile.remove(ended);
      profile.unhear(honoured);
    });
    profile.add(listener);
  }

  /** A request that brings answers for a call that waits for them. */
  async #goOn(
    state: CallState,
    message: Message,
    http: McpHttpRequest,
    record: McpRecord,
    envelope: Envelope,
  ): Promise<void> {
    if (state.digest !== requestDigest(message)) {
      throw new RpcError(codes.invalidParams, 'Invalid requestState: it belongs to another request');
    }
    const call = this.#parked.take(state.handle);
    if (call !== null) {
      call.resume(message, record, this.#reply(http), readInputResponses(message.bodyText));
      return;
    }
    const { kind, id, idText, method, params, bodyText } = message;
    const { inputResponses: _, requestState: __, ...own } = params ?? {};
    const again = new Message(kind, id, idText, method, own, undefined, withoutInput(bodyText));
    if (state.handle === '' || (await this.#mayRepeat(again, record, this.#profile(envelope)))) {
      await this.#call(again, http, record, envelope);
      return;
    }
    record.errorMessage = GONE;
    const content = [{ type: 'text', text: GONE }];
    const result = JSON.stringify({ resultType: 'complete', content, isError: true });
    http.reply(200, jsonHeaders(), resultText(idText, result));
  }

  /** Whether a request changes nothing, or nothing more, when it is made twice. */
  async #mayRepeat({ method, params }: Message, record: McpRecord, { federation }: Profile): Promise<boolean> {
    if (method !== 'tools/call') return true;
    const name = params?.['name'];
    if (typeof name !== 'string') return true;
    await federation.lists.table('tools');
    const found = await resolve(federation, record, 'tools', name);
    if (found === null) return true;
    const { target, name: own } = found.route;
    const item = federation.lists.ofTarget('tools', target)?.items.find(({ key }) => key === own);
    const tool: unknown = item === undefined ? null : JSON.parse(item.text);
    const hints = isObject(tool) ? tool['annotations'] : null;
    return isObject(hints) && (hints['readOnlyHint'] === true || hints['idempotentHint'] === true);
  }

  async #call(message: Message, http: McpHttpRequest, record: McpRecord, envelope: Envelope): Promise<void> {
    const profile = this.#profile(envelope);
    const { federation } = profile;
    if (message.method.endsWith('/list')) await this.#checkListed(message.method, profile);
    const caller: CallerEnvelope = {
      relayed: relayedCapabilities(envelope.capabilities),
      clientInfo: envelope.clientInfo,
      logLevel: envelope.logLevel,
      headers: http.headers,
    };
    profile.began();
    const call = new ModernCall(message, record, caller, this.#keeper(profile), this.#reply(http));
    await handleRequest(federation, call).catch((error: unknown) => {
      federation.settings.log.error('mcp: a request failed', { method: message.method, error: String(error) });
      call.refuse(codes.internalError, toGatewayError(error).message);
    });
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
        worker: this.#options.workerId,
        handle,
        digest: requestDigest(call.message),
        expires: wallMs() + mcpLimits.parkedMs,
      });
    return {
      park: (call) => {
        const handle = this.#parked.park(call);
        return handle === null ? null : seal(call, handle);
      },
      again: (call) => seal(call, ''),
      answered: (id, answer) => profile.answered(id, answer),
      refused: (id) => profile.refused(id),
      ended: () => profile.ended(),
    };
  }

  #reply(http: McpHttpRequest): ModernReply {
    const reply = new ModernReply(http);
    this.#open.add(reply);
    http.onClose(() => this.#open.delete(reply));
    return reply;
  }

  #profile(envelope: Envelope): Profile {
    const capabilities = sessionCapabilities(envelope.capabilities);
    const key = JSON.stringify(capabilities);
    let profile = this.#profiles.get(key);
    if (profile === undefined) {
      profile = new Profile(this.#options.settings, capabilities);
      this.#profiles.set(key, profile);
    }
    return profile;
  }
}
