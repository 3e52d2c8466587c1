import { blockOf } from '../../base/cidr.ts';
import { monotonicMs } from '../../base/clock.ts';
import { toGatewayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { ClientGate } from '../../net/listen.ts';
import { countsShape, KeyedCounts } from '../../telemetry/shared/keyed-counts.ts';
import { KeyedTable, type SharedArea } from '../../telemetry/shared/keyed-table.ts';
import { areaPrefix, type LimitArea } from '../rate-limit/areas.ts';

/** About how many clients are counted at once; those for which there is no room are let in. */
const clients = 16_384;
/** What of an IPv6 address is one client: the network of a site, in which it may take any address (RFC 6177). */
const networkBits = 64;
/** At most one log line in this time. */
const quietMs = 10_000;

/** What a {@link ClientLimit} needs of its bind and its worker. */
export interface ClientLimitPorts {
  readonly bind: string;
  readonly log: Logger;
  readonly workers: number;
  /** The memory of a name. */
  area(name: string, bytes: number): SharedArea;
  /** Counts a connection that was refused. */
  readonly onRefused: () => void;
}

/** The memory in which the workers count the connections of a bind's clients. */
export function clientsArea(bind: string, workers: number): LimitArea {
  return { name: `${areaPrefix}clients of ${bind}`, shape: countsShape(clients, workers) };
}

/** Lets each client of a bind have only so many connections, over all workers. */
export class ClientLimit implements ClientGate {
  readonly #ports: ClientLimitPorts;
  readonly #counts: KeyedCounts;
  #loggedAt = -Infinity;
  #unlogged = 0;

  /** @param max The most connections of one client. */
  constructor(max: number, ports: ClientLimitPorts) {
    const { name, shape } = clientsArea(ports.bind, ports.workers);
    this.#ports = ports;
    this.#counts = new KeyedCounts(ports.area(name, KeyedTable.bytesOf(shape)), clients, max);
  }

  enter(address: string): (() => void) | null {
    const client = blockOf(address, networkBits);
    const counted = this.#guarded(() => this.#counts.take(client)) ?? 'noRoom';
    if (counted === 'held') return () => this.#guarded(() => this.#counts.giveBack(client));
    if (counted === 'noRoom') return nothing;
    this.#refused(address);
    return null;
  }

  #refused(client: string): void {
    const { bind, log, onRefused } = this.#ports;
    onRefused();
    const now = monotonicMs();
    if (now - this.#loggedAt < quietMs) {
      this.#unlogged += 1;
      return;
    }
    log.warn('a client has as many connections as it may; more are closed', {
      bind,
      client,
      ...(this.#unlogged === 0 ? {} : { unlogged: this.#unlogged }),
    });
    this.#loggedAt = now;
    this.#unlogged = 0;
  }

  /** Memory that stays locked is no reason to end a worker. */
  #guarded<T>(act: () => T): T | null {
    try {
      return act();
    } catch (error) {
      this.#ports.log.error('a connection of a client could not be counted', {
        bind: this.#ports.bind,
        error: toGatewayError(error).message,
      });
      return null;
    }
  }
}

function nothing(): void {}
