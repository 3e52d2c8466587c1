import { wallMs } from '../../../base/clock.ts';
import { EndpointHealth } from '../../../net/balance/endpoint-health.ts';
import { hashText } from '../../../net/balance/hash.ts';
import type { EvictionSpec } from '../../../model/health.ts';
import type { Endpoint } from '../../../net/http/outbound.ts';
import type { Dialer } from '../../../net/upstream/dialer.ts';
import type { SharedCell } from '../../../telemetry/shared/cell.ts';
import type { SharedLimit } from '../../../telemetry/shared/limit.ts';
import type { EndpointCount } from './slots.ts';

/** The shared numbers of a worker. */
export interface SharedNumbers {
  limit(name: string, maximum: number): SharedLimit;
  cell(name: string): SharedCell;
}

/** What a member is made of. */
export interface MemberSpec {
  readonly name: string;
  readonly weight: number;
  readonly priority: number;
  /** What the names of its counts begin with. */
  readonly slots: string;
  /** Requests, or connections that are passed on, that it may have at once; undefined: as many as come. */
  readonly most: number | undefined;
  readonly eviction: EvictionSpec | null;
  readonly slowStartMs: number;
  readonly onEviction: () => void;
}

/** The ways to an endpoint: for requests, and for connections that are passed on. */
export interface Ways {
  readonly endpoint: Endpoint;
  readonly dialer: Dialer;
}

/** A share of requests that a new endpoint always gets. */
const leastShare = 0.1;
const epoch2020Ms = 1_577_836_800_000;

/** One endpoint of several, with what all workers know of it. */
export class Member {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly dialer: Dialer;
  readonly weight: number;
  readonly priority: number;
  readonly hash: number;
  readonly health: EndpointHealth;
  /** Those that it has; null: as many as come. */
  readonly held: SharedLimit | null;
  /** Not 0: checks found that it is not well. */
  readonly down: SharedCell;
  /** Since when it is used, in seconds since 2020. */
  readonly #since: SharedCell;
  readonly #slowStartSeconds: number;

  /** Gives back what it holds; requests that it has go on. */
  readonly close: () => void;

  constructor(spec: MemberSpec, { endpoint, dialer }: Ways, close: () => void, shared: SharedNumbers) {
    this.name = spec.name;
    this.endpoint = endpoint;
    this.dialer = dialer;
    this.close = close;
    this.weight = spec.weight;
    this.priority = spec.priority;
    this.hash = hashText(spec.name);
    const cell = (count: EndpointCount): SharedCell => shared.cell(`${spec.slots} ${count}`);
    const cells = {
      illness: cell('illness'),
      latency: cell('latency'),
      failures: cell('failures'),
      evictions: cell('evictions'),
      until: cell('until'),
      seen: cell('seen'),
    };
    const pending = shared.limit(`${spec.slots} pending`, 0);
    this.health = new EndpointHealth(cells, pending, spec.eviction, wallMs, spec.onEviction);
    this.held = spec.most === undefined ? null : shared.limit(`${spec.slots} held`, spec.most);
    this.down = cell('down');
    this.#since = cell('since');
    this.#slowStartSeconds = spec.slowStartMs / 1000;
    if (this.#slowStartSeconds > 0) this.#since.update((value) => (value === 0 ? seconds() : value));
  }

  /** It gets no requests while others are well. */
  get isOut(): boolean {
    return this.down.get() !== 0 || this.health.evicted;
  }

  /** It has as many requests as it may. */
  get isFull(): boolean {
    return this.held !== null && this.held.value >= this.held.maximum;
  }

  /** Its part of its whole share, from {@link leastShare} to 1. */
  get warmth(): number {
    if (this.#slowStartSeconds === 0) return 1;
    const passed = seconds() - this.#since.get();
    return Math.min(1, Math.max(leastShare, passed / this.#slowStartSeconds));
  }

  /** It is new again. */
  restart(): void {
    this.#since.set(seconds());
  }
}

function seconds(): number {
  return Math.floor((wallMs() - epoch2020Ms) / 1000);
}
