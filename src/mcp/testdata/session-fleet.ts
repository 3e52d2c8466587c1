/** Several workers, and processes one after the other, in one: each an endpoint, joined as the gateway joins workers. */
import type { McpEndpoint } from '../endpoint.ts';
import { SharedCounters } from '../../telemetry/shared/counters.ts';
import { SharedLimit } from '../../telemetry/shared/limit.ts';
import { clientCountsMemory } from '../modern/client-counts.ts';
import { endedIdsMemory } from '../session/ended-ids.ts';
import { keyRingMemory } from '../session/key-ring.ts';
import { livingWorkers, markLost } from '../session/roster.ts';
import { sessionPorts } from '../session/session-ports.ts';
import { endpointFetch, makeEndpoint, type HarnessHooks, type HarnessRequest } from './fetch-harness.ts';
import { RawClient } from './raw-client.ts';
import { WorkerBus } from './worker-bus.ts';

/** What a process of a test is. */
export type FleetOptions = Parameters<typeof makeEndpoint>[0] & {
  readonly workers: number;
  /** Its name; another run is another process. */
  readonly run?: string;
  /** Sealing keys, by their every byte. */
  readonly seals?: readonly number[];
  readonly now?: () => number;
};

/** The workers of one process. */
export class SessionFleet {
  readonly keys: SharedArrayBuffer;
  readonly #options: FleetOptions;
  readonly #living: SharedArrayBuffer;
  readonly #bus: WorkerBus;
  readonly #ended = endedIdsMemory();
  /** Room for more workers than a test has. */
  readonly #clients = clientCountsMemory(8);
  readonly #generations: number[];
  readonly #counters: SharedCounters;
  readonly #endpoints: McpEndpoint[];
  /** Requests that one worker passed on to another, as `from>to`. */
  readonly relayed: string[] = [];

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#living = livingWorkers(options.workers);
    this.#bus = new WorkerBus(options.workers);
    this.#generations = Array.from({ length: options.workers }, () => 0);
    this.#counters = new SharedCounters(options.workers);
    this.keys = keyRingMemory((options.seals ?? [7]).map((byte) => new Uint8Array(32).fill(byte)));
    this.#endpoints = this.#generations.map((_, worker) => this.#start(worker));
  }

  /** Sessions in each worker. */
  get sessions(): number[] {
    return this.#endpoints.map((endpoint) => endpoint.sessions);
  }

  /** A client whose requests come in at `worker`; with the session of another client, if given. */
  client(worker: number, like: RawClient | null = null, principal: string = ''): RawClient {
    const endpoint = this.#endpoints[worker];
    if (endpoint === undefined) throw new RangeError(`there is no worker ${worker}`);
    const hooks: HarnessHooks = { principal, relay: (to, request) => this.#relay(worker, to, request) };
    const client = new RawClient(endpoint, hooks);
    client.session = like?.session ?? '';
    return client;
  }

  /** Worker `worker` dies, and takes what it had with it. */
  lose(worker: number): void {
    markLost(this.#living, worker);
    this.#bus.lose(worker);
    this.#counters.reclaim(worker);
    this.#endpoints[worker]?.close();
  }

  /** Worker `worker` lives, and neither hears the others nor says anything to them. */
  mute(worker: number): void {
    this.#bus.lose(worker);
  }

  /** Another takes the place of a worker that died. */
  replace(worker: number): void {
    this.#endpoints[worker] = this.#start(worker);
  }

  /** A reload gives `worker` another endpoint. */
  reload(worker: number): void {
    const before = this.#endpoints[worker];
    this.#endpoints[worker] = this.#make(worker);
    before?.close();
  }

  /** The process ends. */
  close(): void {
    for (const endpoint of this.#endpoints) endpoint.close();
  }

  #start(worker: number): McpEndpoint {
    this.#generations[worker] = (this.#generations[worker] ?? 0) + 1;
    return this.#make(worker);
  }

  #make(worker: number): McpEndpoint {
    const { workers: _, run = 'run', seals: __, now, maxSessions = 100, ...rest } = this.#options;
    const own = { run, worker, generation: this.#generations[worker] ?? 0 };
    const seed = { keys: this.keys, roster: { own, living: this.#living }, ended: this.#ended, clients: this.#clients };
    const ports = sessionPorts(seed, now, undefined, this.#bus.bulletin(worker));
    ports.roster.arrive();
    const sessions = new SharedLimit(this.#counters.slot('sessions'), worker, maxSessions);
    return makeEndpoint({ ...rest, sessionCount: sessions, sessionPorts: ports });
  }

  #relay(from: number, to: number, request: HarnessRequest): void {
    this.relayed.push(`${from}>${to}`);
    const endpoint = this.#endpoints[to];
    if (endpoint === undefined) return request.fail(new RangeError(`there is no worker ${to}`));
    const relay = (): never => {
      throw new Error('relayed twice');
    };
    const hooks: HarnessHooks = { fromPeer: true, relay };
    endpointFetch(endpoint, hooks)(request.again()).then(
      (response) => request.pass(response),
      (error: unknown) => request.fail(error),
    );
    return undefined;
  }
}
