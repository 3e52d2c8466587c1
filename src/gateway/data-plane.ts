import { sleep } from '../base/clock.ts';
import { toGatewayError } from '../base/errors.ts';
import type { LoadProbe } from '../base/load-probe.ts';
import type { Logger } from '../base/logger.ts';
import { webFetch } from '../base/web-fetch.ts';
import type { Bind } from '../model/bind.ts';
import type { Model } from '../model/model.ts';
import { checkProtocols } from '../net/accept/protocols.ts';
import type { InheritedSockets, ListeningSocket } from '../net/inherited-sockets.ts';
import { Sweeper } from '../net/sweeper.ts';
import type { TicketKeys } from '../net/tls/tickets.ts';
import { Endpoints } from '../net/upstream/endpoints.ts';
import type { Lookup } from '../net/upstream/lookup.ts';
import { Resolver } from '../net/upstream/resolver.ts';
import type { AccessLogWriter } from '../telemetry/access-log/writer.ts';
import type { Metrics } from '../telemetry/metrics/names.ts';
import type { SharedCell } from '../telemetry/shared/cell.ts';
import type { SharedArea } from '../telemetry/shared/keyed-table.ts';
import type { SharedLimit } from '../telemetry/shared/limit.ts';
import { BindListener } from './accept/bind-listener.ts';
import { OverloadGuard } from './accept/overload.ts';
import { openPeerListener, type PeerListener } from './accept/peer-listener.ts';
import type { McpWorkerPorts } from './backends/mcp/mcp-backend.ts';
import { CredentialStore } from './credentials/credential-store.ts';
import { KeyStore } from './tokens/key-store.ts';
import { Peers, peerTarget } from './peers.ts';
import { serveFromPeer } from './serve.ts';
import { StoreConnections } from './rate-limit/store/store-connection.ts';
import { BackendRegistry } from './snapshot/backend-registry.ts';
import { compileSnapshot } from './snapshot/compile.ts';
import type { CompilePorts } from './snapshot/compile-ports.ts';
import type { Snapshot } from './snapshot/snapshot.ts';
import { Tracer } from './trace/tracer.ts';
import type { TraceSink, TraceWatch } from './trace/watch.ts';
import { Probes } from './upstream/balance/probes.ts';

/** What one worker's data plane is given. */
export interface DataPlanePorts {
  readonly workerId: number;
  readonly workerCount: number;
  /** True where several sockets may share a port. */
  readonly reusePort: boolean;
  /** For the first model; absent: all sockets are opened anew. */
  readonly inherited?: InheritedSockets;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly accessLog: AccessLogWriter;
  /** The process-wide limit of a name of `limitNames`. */
  limit(name: string, maximum: number): SharedLimit;
  /** The shared number of a name of `limitNames`. */
  cell(name: string): SharedCell;
  /** The memory of a name of `limitAreas`. */
  area(name: string, bytes: number): SharedArea;
  /** Of TLS session tickets, the same in every worker. */
  readonly ticketKeys: TicketKeys;
  /** Private Unix socket of a worker. */
  peerSocket(worker: number): string;
  /** Takes what happens to requests that somebody watches. */
  readonly onTraced: TraceSink;
  /** Resolves names of upstreams; absent: as the system does. */
  readonly lookup?: Lookup;
  /** Looks at this worker's load; absent: as it is. */
  readonly loadProbe?: () => LoadProbe;
  /** What MCP backends need of the worker, but for the way to other workers. */
  readonly mcp: Omit<McpWorkerPorts, 'relayToPeer' | 'workerId'>;
}

/** A model compiled and its new sockets open, not yet served. */
export interface Prepared {
  readonly model: Model;
  readonly snapshot: Snapshot;
  readonly opened: readonly BindListener[];
}

/** One worker's part of the gateway: its listeners, its upstream connections and the snapshot that it serves. */
export class DataPlane {
  readonly #ports: DataPlanePorts;
  readonly #sweeper: Sweeper;
  readonly #registry: BackendRegistry;
  readonly #tracer: Tracer;
  readonly #compilePorts: CompilePorts;
  readonly #listeners: Map<string, BindListener>;
  /** Their binds are gone, their last connections may not be. */
  readonly #leaving: Set<BindListener>;
  readonly #overload: OverloadGuard;
  #peerListener: PeerListener | null;
  #current: Snapshot | null;

  constructor(ports: DataPlanePorts) {
    this.#ports = ports;
    this.#sweeper = new Sweeper();
    this.#registry = new BackendRegistry();
    this.#tracer = new Tracer(ports.workerId, ports.onTraced);
    const endpoints = new Endpoints({
      sweeper: this.#sweeper,
      resolver: new Resolver(ports.lookup),
      onConnect: connectMetrics(ports.metrics),
    });
    const peers = new Peers(endpoints, (worker) => ports.peerSocket(worker));
    this.#compilePorts = {
      log: ports.log,
      metrics: ports.metrics,
      accessLog: ports.accessLog,
      endpoints,
      fetch: webFetch,
      tracer: this.#tracer,
      credentials: new CredentialStore({ log: ports.log, env: process.env, fetch: webFetch }),
      keys: new KeyStore({ log: ports.log, fetch: webFetch }),
      registry: this.#registry,
      probes: new Probes(ports.workerId === 0, ports.log),
      limit: (name, maximum) => ports.limit(name, maximum),
      cell: (name) => ports.cell(name),
      area: (name, bytes) => ports.area(name, bytes),
      stores: new StoreConnections(ports.log),
      workers: ports.workerCount,
      mcp: {
        ...ports.mcp,
        workerId: ports.workerId,
        relayToPeer: (x, worker, backendKey) => peers.relay(x, worker, backendKey),
      },
    };
    this.#listeners = new Map();
    this.#leaving = new Set();
    this.#overload = new OverloadGuard(ports.loadProbe);
    this.#peerListener = null;
    this.#current = null;
  }

  /** From now on these watch requests, and nobody else. */
  trace(watches: readonly TraceWatch[]): void {
    this.#tracer.watch(watches);
  }

  /** Compiles `model` and opens the sockets of its new binds. Rejects with a readable Error and leaves nothing open. */
  async prepare(model: Model): Promise<Prepared> {
    if (this.#peerListener === null && this.#ports.workerCount > 1) await this.#openPeerSocket();
    const snapshot = compileSnapshot(model, this.#compilePorts);
    const opened: BindListener[] = [];
    try {
      for (const bind of model.binds) {
        const compiled = snapshot.binds.get(bind.key);
        if (compiled === undefined) continue;
        if (this.#listeners.get(bind.key)?.internal === compiled.internal) {
          // Compiled for its errors only: a bad certificate must refuse the model, not fail the switch.
          checkProtocols(compiled.protocols);
          continue;
        }
        opened.push(await this.#open(bind, snapshot));
      }
    } catch (error) {
      for (const listener of opened) closeListener(listener);
      snapshot.retire();
      throw error;
    }
    return { model, snapshot, opened };
  }

  /** Serves `prepared` from now on. Exchanges under way end on the snapshot that they began with. */
  commit({ model, snapshot, opened }: Prepared): void {
    const before = this.#current;
    this.#current = snapshot;
    this.#overload.update(model.binds[0]?.frontend.overload ?? null);
    for (const [key, listener] of this.#listeners) {
      const bind = snapshot.binds.get(key);
      if (bind?.internal === listener.internal) {
        listener.update(bind);
      } else {
        this.#listeners.delete(key);
        this.#leave(listener);
      }
    }
    for (const listener of opened) this.#listeners.set(listener.key, listener);
    this.#begin(opened);
    this.#ports.mcp.sessionPorts.roster.arrive();
    for (const listener of this.#leaving) if (listener.handle.connections === 0) this.#leaving.delete(listener);
    if (before === null) return;
    before.retire();
    // Streams that only wait would keep what is no longer used for as long as their clients like.
    const used = new Set(snapshot.backends.values());
    for (const backend of before.backends.values()) if (!used.has(backend)) backend.drain?.();
  }

  /** Gives up what {@link prepare} opened. */
  discard({ snapshot, opened }: Prepared): void {
    for (const listener of opened) closeListener(listener);
    snapshot.retire();
  }

  /** Stops accepting, lets exchanges end, then closes what is left. Resolves after `deadlineMs` at the latest. */
  async drain(minimumMs: number, deadlineMs: number): Promise<void> {
    const all = [...this.#listeners.values(), ...this.#leaving];
    await Promise.all(all.map((listener) => listener.handle.stopAccepting()));
    for (const listener of all) listener.handle.drain();
    for (const backend of this.#current?.backends.values() ?? []) backend.drain?.();
    const stepMs = 25;
    let waitedMs = 0;
    while (waitedMs < deadlineMs && (waitedMs < minimumMs || all.some(({ handle }) => handle.connections > 0))) {
      await sleep(stepMs);
      waitedMs += stepMs;
    }
    if (all.every(({ handle }) => handle.connections === 0)) return;
    for (const listener of all) listener.handle.destroyAll();
    // What closes now is recorded a little later.
    await sleep(stepMs);
  }

  /** Closes everything at once. */
  close(): void {
    for (const listener of [...this.#listeners.values(), ...this.#leaving]) closeListener(listener);
    this.#listeners.clear();
    this.#leaving.clear();
    this.#peerListener?.close();
    this.#current?.retire();
    this.#registry.close();
    this.#compilePorts.stores.close();
    this.#overload.close();
  }

  /** Where the current binds listen. */
  boundAddresses(): { bind: string; address: string; port: number }[] {
    return [...this.#listeners.values()].flatMap(({ key, handle }) =>
      handle.addresses.map(({ address, port }) => ({ bind: key, address, port })),
    );
  }

  /** The sockets of the current binds. */
  sockets(): ListeningSocket[] {
    return [...this.#listeners.values()].flatMap(({ handle }) => handle.sockets);
  }

  /** Serves connections that came for whoever had the sockets before. */
  #begin(opened: readonly BindListener[]): void {
    const begun = opened.map(async ({ key, handle }) => {
      await handle.begin().catch((error: Error) => {
        this.#ports.log.error('a bind is not served by this worker', { bind: key, error: error.message });
      });
    });
    void Promise.all(begun).then(() => this.#ports.inherited?.settle());
  }

  #open(bind: Bind, snapshot: Snapshot): Promise<BindListener> {
    const compiled = snapshot.binds.get(bind.key);
    if (compiled === undefined) throw new Error(`bind ${bind.key} was not compiled`);
    return BindListener.open(compiled, bind.addresses, bind.frontend.keepalive?.timeMs ?? 0, {
      sweeper: this.#sweeper,
      log: this.#ports.log,
      reusePort: this.#ports.reusePort,
      ...(this.#ports.inherited === undefined ? {} : { inherited: this.#ports.inherited }),
      ticketKeys: this.#ports.ticketKeys,
      overload: this.#overload,
      current: () => this.#current,
      enter: (key, stream, connection) => {
        const listener = this.#listeners.get(key);
        listener?.handle.adopt(stream, connection);
        return listener !== undefined;
      },
    });
  }

  /** A listener that no model names any more: its connections end with their responses. */
  #leave(listener: BindListener): void {
    this.#leaving.add(listener);
    listener.handle.drain();
    void listener.handle.stopAccepting();
  }

  async #openPeerSocket(): Promise<void> {
    const path = this.#ports.peerSocket(this.#ports.workerId);
    this.#peerListener = await openPeerListener(path, this.#sweeper, (inbound) => {
      try {
        const target = peerTarget(inbound);
        const bind = this.#current?.binds.get(target.bind);
        if (this.#current === null || bind === undefined) inbound.abort();
        else serveFromPeer(this.#current, bind, target.backend, inbound);
      } catch (error) {
        this.#ports.log.warn('a request from another worker was refused', { error: toGatewayError(error).message });
        inbound.abort();
      }
    });
  }
}

function closeListener(listener: BindListener): void {
  void listener.handle.stopAccepting();
  listener.handle.destroyAll();
}

function connectMetrics(metrics: Metrics): (tls: boolean, ms: number) => void {
  const plain = metrics.upstreamConnectDuration.with('plaintext');
  const secure = metrics.upstreamConnectDuration.with('tls');
  return (tls, ms) => (tls ? secure : plain).observe(ms / 1000);
}
