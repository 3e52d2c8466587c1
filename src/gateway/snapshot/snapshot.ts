import type { Logger } from '../../base/logger.ts';
import type { FrontendSettings } from '../../model/bind.ts';
import type { SharedLimit } from '../../telemetry/shared/limit.ts';
import type { PortProtocols } from '../../net/accept/protocols.ts';
import type { ClientGate } from '../../net/listen.ts';
import type { BackendChooser } from '../backends/weighted.ts';
import type { CompiledBackend } from '../backends/backend.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { Exchange } from '../exchange.ts';
import type { HostTable } from '../match/hostname.ts';
import type { Normaliser } from '../match/normalise.ts';
import type { RouteTable } from '../match/route-table.ts';
import type { Recorder } from '../record/recorder.ts';
import type { RouteLabels } from '../record/route-labels.ts';
import type { ConnectionCheck } from '../accept/connection-checks.ts';
import type { CompiledTcp } from '../tcp/tcp-bind.ts';
import type { Tracer } from '../trace/tracer.ts';
import type { CompiledPolicies } from './compiled-policies.ts';

/** A route, ready to run: nothing is looked up by name any more. */
export interface CompiledRoute {
  readonly key: string;
  readonly name: string;
  readonly namespace: string;
  readonly ruleName: string;
  /** It answers for host names that the file names, not for all. */
  readonly named: boolean;
  readonly policies: CompiledPolicies;
  readonly choose: BackendChooser;
  /** Every backend of it decides by itself who may do what. */
  readonly authorizes: boolean;
  /** Whose clients it serves, while no backend was chosen; null without backends. */
  readonly servesAs: CompiledBackend | null;
  readonly labels: RouteLabels;
}

/** A listener, ready to route. */
export interface CompiledListener {
  readonly key: string;
  readonly name: string;
  readonly gatewayName: string;
  readonly gatewayNamespace: string;
  readonly routes: RouteTable<CompiledRoute>;
  /** They run before a route is looked for; null without any. */
  readonly policies: CompiledPolicies | null;
  /** Labels of requests that no route took. */
  readonly labels: RouteLabels;
}

/** A bind with everything that its connections and requests need; its sockets live elsewhere and stay over reloads. */
export interface CompiledBind {
  readonly key: string;
  readonly port: number;
  readonly frontend: FrontendSettings;
  /** Names of the fields that `redacted()` of expressions hides. */
  readonly sensitiveHeaders: ReadonlySet<string>;
  /** Brings heads into one form; null where they stay as they came. */
  readonly normalise: Normaliser | null;
  /** Only requests for loopback names are taken. */
  readonly loopbackOnly: boolean;
  /** Without a socket: reached through tunnels only. */
  readonly internal: boolean;
  /** It listens on all addresses. */
  readonly everywhere: boolean;
  /** Only this machine reaches it. */
  readonly onLoopback: boolean;
  /** Those of HTTP. */
  readonly listeners: HostTable<CompiledListener>;
  /** The listener without host name when it is the only one: no look-up. */
  readonly onlyListener: CompiledListener | null;
  /** What the port speaks. */
  readonly protocols: PortProtocols;
  /** For connections that are passed on; null where there are no such listeners. */
  readonly tcp: CompiledTcp | null;
  /** Requests in flight; null without a limit. */
  readonly requests: SharedLimit | null;
  /** Asked about each connection before it is served; null where all are. */
  readonly admits: ConnectionCheck | null;
  /** Connections open; null without a limit. */
  readonly connections: SharedLimit | null;
  /** Connections open of each client; null without a limit. */
  readonly clients: ClientGate | null;
  readonly recorder: Recorder;
  /** Labels of requests that no listener took. */
  readonly labels: RouteLabels;
}

/** Everything compiled from one model. Exchanges hold on to the snapshot that they began with. */
export class Snapshot {
  readonly binds: ReadonlyMap<string, CompiledBind>;
  readonly backends: ReadonlyMap<string, CompiledBackend>;
  /** Who decides for routes what their clients may do, by place. */
  readonly authorizers: ReadonlyMap<string, Authorizer>;
  readonly log: Logger;
  readonly tracer: Tracer;
  /** How long what cannot be ended well may go on when it is to end, in milliseconds. */
  readonly drainDeadlineMs: number;
  readonly #release: () => void;
  #inFlight: number;
  #retired: boolean;

  constructor(
    binds: ReadonlyMap<string, CompiledBind>,
    backends: ReadonlyMap<string, CompiledBackend>,
    authorizers: ReadonlyMap<string, Authorizer>,
    log: Logger,
    tracer: Tracer,
    drainDeadlineMs: number,
    release: () => void,
  ) {
    this.binds = binds;
    this.backends = backends;
    this.authorizers = authorizers;
    this.log = log;
    this.tracer = tracer;
    this.drainDeadlineMs = drainDeadlineMs;
    this.#release = release;
    this.#inFlight = 0;
    this.#retired = false;
  }

  /** An exchange begins on this snapshot. */
  began(x: Exchange): void {
    x.bind.recorder.began(x);
    this.#inFlight++;
  }

  /** An exchange has ended: it is recorded, once. */
  finished(x: Exchange): void {
    if (x.admitted) x.bind.requests?.release();
    if (!x.fromPeer) x.bind.recorder.record(x);
    this.#inFlight--;
    if (this.#retired && this.#inFlight === 0) this.#release();
  }

  /** No new exchange will begin: what only this snapshot holds is released when the last one ends. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    if (this.#inFlight === 0) this.#release();
  }
}
