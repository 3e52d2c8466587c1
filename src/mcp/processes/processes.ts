import { cancelTimer, every, type Timer } from '../../base/clock.ts';
import type { McpStdioTarget } from '../../model/mcp.ts';
import { discoverParams } from '../federation/upstream/params.ts';
import { anonymous, nobody } from '../principal.ts';
import type { StartServer } from '../transports/stdio/stdio.ts';
import { TargetError, type TransportFactory } from '../transports/transport.ts';
import type { Implementation } from '../wire/2025-11-25/handshake.ts';
import type { ProcessBudget, ProcessGauge, Spare } from './budget.ts';
import { Hub, type HubPort, type Spoken } from './hub.ts';
import { Restarts } from './restarts.ts';
import { Seat, type SeatPool } from './seat.ts';
import { usualTiming, type ProcessTiming } from './timing.ts';

/** What the processes of a target need. */
export interface ProcessesOptions {
  readonly sharing: McpStdioTarget['sharing'];
  readonly start: StartServer;
  readonly budget: ProcessBudget;
  readonly gauge: ProcessGauge;
  /** How the gateway names itself. */
  readonly self: Implementation;
  readonly timing?: ProcessTiming;
}

/** What a server is told of its client when it may have several: roots would be one client's own. */
const anyClient = JSON.stringify({ sampling: {}, elicitation: { form: {}, url: {} } });

const MODERN = 'modern';

/** What shelves of processes begin with that are of one principal. */
const OF = 'session ';

/**
 * The processes of one stdio target in a worker, and who may share which. A process of a server without sessions is
 * everybody's. One with sessions is shared by the clients of one principal that it cannot ask anything, so that it never
 * matters which of them it speaks to. How the server speaks is found out by the first who comes; others wait for that.
 */
export class Processes implements SeatPool, HubPort, Spare {
  readonly capabilities: string;
  readonly discoverParams: string;
  readonly timing: ProcessTiming;
  readonly #options: ProcessesOptions;
  /** Processes that take further seats. */
  readonly #shelves = new Map<string, Hub>();
  readonly #all = new Set<Hub>();
  readonly #restarts: Restarts;
  /** How the server speaks to clients that prefer no session, and to those that prefer one. */
  readonly #verdicts = new Map<boolean, Spoken>();
  #timer: Timer | null = null;
  #nextId = 1;
  #closed = false;

  constructor(options: ProcessesOptions) {
    this.#options = options;
    this.timing = options.timing ?? usualTiming;
    this.#restarts = new Restarts(this.timing);
    this.capabilities = options.sharing === 'shared' ? anyClient : '';
    this.discoverParams = discoverParams({
      principal: anonymous,
      capabilities: '{}',
      ownCapabilities: '{}',
      sessionless: true,
      clientInfo: JSON.stringify(options.self),
    });
    options.budget.add(this);
  }

  /** Transports to the processes. */
  get factory(): TransportFactory {
    return (events, _fields, user) => new Seat(this, events, user);
  }

  mintId(): number {
    return this.#nextId++;
  }

  async place(seat: Seat): Promise<Hub> {
    for (;;) {
      if (this.#closed || seat.closed) throw new TargetError('is no longer in use');
      const shelf = this.#shelf(seat);
      const found = shelf === null ? undefined : (this.#shelves.get(shelf) ?? this.#claim(shelf));
      if (found === undefined) return this.#start(seat, shelf);
      if (found.spoken !== 'unknown') {
        found.join(seat);
        return found;
      }
      await found.settled;
    }
  }

  onAgreed(hub: Hub, seat: Seat): void {
    this.#verdicts.set(seat.user.sessionless, hub.spoken);
    this.#unshelve(hub);
    const shelf = this.#shelf(seat);
    hub.alone = shelf === null || this.#shelves.has(shelf);
    if (shelf !== null && !hub.alone) this.#shelves.set(shelf, hub);
  }

  onLeft(hub: Hub): void {
    if (!hub.closed) return;
    this.#forget(hub);
  }

  onLost(hub: Hub, error: TargetError, ranMs: number): void {
    // A process of one session that was of use says nothing of the next one's.
    if (!hub.alone || ranMs === 0) this.#restarts.failed(error, ranMs);
    this.#forget(hub);
    // Another program may be in its place.
    if (this.#all.size === 0) this.#verdicts.clear();
  }

  endUnused(): void {
    for (const hub of this.#all) if (hub.unusedMs > 0) this.#end(hub);
  }

  /** Ends all processes. */
  close(): void {
    this.#closed = true;
    for (const hub of this.#all) this.#end(hub);
  }

  /** The name under which others find the process of a seat; null: they do not. */
  #shelf({ user, askable }: Seat): string | null {
    const { sharing } = this.#options;
    if (sharing !== 'auto') return sharing === 'shared' ? sharing : null;
    switch (this.#verdicts.get(user.sessionless)) {
      case 'modern':
        return MODERN;
      case 'session':
        return askable ? null : OF + user.principal;
      default:
        return `greeting ${user.sessionless}`;
    }
  }

  /**
   * The process that was started for whoever comes first becomes the first principal's, and nobody else's after that;
   * who keeps one running is content with any.
   */
  #claim(shelf: string): Hub | undefined {
    if (!shelf.startsWith(OF)) return undefined;
    const kept = OF + nobody;
    if (shelf === kept) return this.#shelves.entries().find(([name]) => name.startsWith(OF))?.[1];
    const hub = this.#shelves.get(kept);
    if (hub === undefined) return undefined;
    this.#shelves.delete(kept);
    this.#shelves.set(shelf, hub);
    return hub;
  }

  #start(seat: Seat, shelf: string | null): Hub {
    const { budget, gauge, start } = this.#options;
    this.#restarts.check();
    const release = budget.take(gauge);
    let hub: Hub;
    try {
      hub = new Hub(start, this, release);
    } catch (error) {
      release();
      throw error;
    }
    hub.alone = shelf === null;
    hub.join(seat);
    this.#all.add(hub);
    if (shelf !== null) this.#shelves.set(shelf, hub);
    this.#timer ??= every(this.timing.tendMs, () => this.#tend());
    return hub;
  }

  #tend(): void {
    for (const hub of this.#all) {
      if (hub.unusedMs > this.timing.idleMs) this.#end(hub);
      else hub.tend();
    }
  }

  #end(hub: Hub): void {
    hub.end();
    this.#forget(hub);
  }

  #forget(hub: Hub): void {
    this.#unshelve(hub);
    this.#all.delete(hub);
    if (this.#all.size > 0) return;
    cancelTimer(this.#timer);
    this.#timer = null;
  }

  #unshelve(hub: Hub): void {
    for (const [shelf, shelved] of this.#shelves) if (shelved === hub) this.#shelves.delete(shelf);
  }
}
