import { GatewayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Gauge } from '../../telemetry/metrics/series.ts';
import type { FederationSettings } from '../federation/federation.ts';
import type { McpHttpRequest } from '../http.ts';
import { mcpLimits } from '../limits.ts';
import type { McpRecord } from '../record.ts';
import { relayedClientCapabilities } from '../wire/2025-11-25/handshake.ts';
import type { Params } from '../wire/jsonrpc.ts';
import { negotiate } from '../wire/versions.ts';
import { principalDigest } from './principal.ts';
import { clientOf, SessionIds, type SessionIdentity } from './session-id.ts';
import type { SessionPlaces } from './session-places.ts';
import { refuse, Session } from './session.ts';
import { SessionStore } from './store.ts';
import type { SessionPorts } from './session-ports.ts';
import { whereabouts, type Whereabouts } from './whereabouts.ts';

/** What the sessions of an endpoint need. */
export interface SessionsOptions {
  /** Ids of one key mean nothing under another. */
  readonly key: string;
  readonly ports: SessionPorts;
  /** Shared with the other endpoints of the backend. */
  readonly places: SessionPlaces;
  readonly idleMs: number;
  readonly gauge: Pick<Gauge, 'add'>;
  readonly log: Logger;
  /** For each session anew. */
  settings(): FederationSettings;
}

/** The sessions of one endpoint: begun here, gone on with here, or sent to the worker that has them. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #ids: SessionIds;
  readonly #store: SessionStore;
  /** Milliseconds since the epoch; 0: nobody was served yet. */
  #servesSince = 0;
  #closed = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#ids = new SessionIds(options.ports.keys, options.key);
    this.#store = new SessionStore(options.places, options.ports.ended, options.gauge);
  }

  /** Sessions in this worker. */
  get size(): number {
    return this.#store.size;
  }

  /** A new session for what a client says in `initialize`. @throws GatewayError when there are too many. */
  async begin(params: Params | null, http: McpHttpRequest): Promise<Session> {
    const { ports, idleMs, places } = this.#options;
    const now = ports.now();
    this.#servesSince ||= now;
    const identity = this.#ids.mint({
      ...ports.roster.own,
      principal: principalDigest(http.principal),
      revision: negotiate(params?.['protocolVersion']),
      capabilities: relayedClientCapabilities(params),
      client: clientOf(params),
      issued: now,
      expires: now + Math.max(mcpLimits.sessionIdMs, idleMs),
    });
    if (!places.take() && !(await places.takeElsewhere())) throw tooMany();
    if (this.#closed) {
      places.release();
      throw new GatewayError('draining');
    }
    return this.#add(identity, false);
  }

  /** The session of a request; null when there is none here, and the request was refused or sent where it belongs. */
  find(id: string, http: McpHttpRequest, record: McpRecord): Session | null {
    this.#servesSince ||= this.#options.ports.now();
    const known = this.#store.get(id);
    const identity = known?.identity ?? this.#ids.read(id);
    // What another worker sends on, it has checked.
    if (identity === null || (!http.fromPeer && identity.claims.principal !== principalDigest(http.principal))) {
      return unknown(http);
    }
    record.sessionId = id;
    if (known !== undefined && this.#options.ports.ended.has(identity.mark)) {
      this.#store.drop(known);
      return unknown(http);
    }
    if (known !== undefined && !known.resumed) return known;
    const where = this.#locate(identity, http.fromPeer);
    if (where === 'here') return known ?? this.#resume(identity);
    if (known !== undefined) this.#store.drop(known);
    if (where === 'nowhere') return unknown(http);
    http.relay(where);
    return null;
  }

  /** Ends a session for good, in all workers and replicas. */
  end(session: Session): void {
    this.#store.end(session);
    const { claims, mark } = session.identity;
    this.#options.ports.deleted(mark, claims.expires);
  }

  /** Gives up a session whose client never learned of it. */
  abandon(session: Session): void {
    this.#store.drop(session);
  }

  /** Periodic work: ends what is idle for too long. */
  sweep(): void {
    this.#store.sweep(this.#options.idleMs, ({ identity }) => this.#locate(identity, false) !== 'here');
  }

  /** See {@link Session.drain}. */
  drain(): void {
    this.#store.drain();
  }

  /** Gives up all sessions; their ids stay good for going on elsewhere. */
  close(): void {
    this.#closed = true;
    this.#store.dropAll();
  }

  #locate(identity: SessionIdentity, fromPeer: boolean): Whereabouts {
    return whereabouts(identity, this.#options.ports, this.#servesSince, fromPeer);
  }

  #resume(identity: SessionIdentity): Session {
    if (!this.#options.places.take()) throw tooMany();
    const { client } = identity.claims;
    this.#options.log.debug('mcp: a session goes on after the loss of its worker', {
      client: client.name === '' ? 'unknown' : `${client.name} ${client.version}`.trim(),
    });
    return this.#add(identity, true);
  }

  /** A session in a place that was taken for it. */
  #add(identity: SessionIdentity, resumed: boolean): Session {
    const session = new Session(identity, this.#options.settings(), resumed);
    this.#store.add(session);
    return session;
  }
}

function tooMany(): GatewayError {
  return new GatewayError('overloaded', 'too many MCP sessions', { retryAfter: 30 });
}

function unknown(http: McpHttpRequest): null {
  refuse(http, 404, 'Session not found', -32001);
  return null;
}
