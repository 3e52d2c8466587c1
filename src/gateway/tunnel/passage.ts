import type { Duplex } from 'node:stream';
import { after, cancelTimer, type Timer } from '../../base/clock.ts';
import { GatewayError } from '../../base/errors.ts';
import { cutOff, joinStreams, type RelayCounts, type RelayFailure } from '../../net/relay.ts';
import type { Exchange } from '../exchange.ts';

/**
 * Joins the client's connection with `upstream` after an answer that gave it up: 101, or 200 to CONNECT. The exchange goes
 * on until both streams have closed, and is recorded then; limits of its duration do not hold any more, the idle time of
 * tunnels does.
 */
export function pass(x: Exchange, upstream: Duplex): void {
  new Passage(x, upstream);
}

class Passage {
  readonly #x: Exchange;
  readonly #client: Duplex;
  readonly #upstream: Duplex;
  readonly #counts: RelayCounts;
  readonly #ended: () => void;
  /** What had passed when it was last looked. */
  #seen = 0;
  #idleTimer: Timer | null = null;
  #drainTimer: Timer | null = null;
  #draining = false;

  constructor(x: Exchange, upstream: Duplex) {
    this.#x = x;
    this.#upstream = upstream;
    this.#ended = x.detach();
    this.#client = x.inbound.hijack();
    // The end of one direction is not the end of the other.
    this.#client.allowHalfOpen = upstream.allowHalfOpen = true;
    x.inbound.onDraining = () => this.#drain();
    this.#counts = joinStreams(this.#client, upstream, (_counts, failure) => this.#closed(failure));
    x.record.carried = this.#counts;
    // A gateway that stops may not live to see the upstream's side close, too.
    this.#client.once('close', () => {
      if (this.#draining) this.#closed(null);
    });
    this.#watch();
  }

  /** Looks twice in an idle time whether something has passed. */
  #watch(): void {
    const { tunnelIdleTimeoutMs } = this.#x.bind.frontend;
    if (tunnelIdleTimeoutMs === 0) return;
    let still = 0;
    const look = (): void => {
      const passed = this.#counts.forward + this.#counts.backward;
      still = passed === this.#seen ? still + 1 : 0;
      this.#seen = passed;
      if (still < 2) this.#idleTimer = after(tunnelIdleTimeoutMs / 2, look);
      else this.#cut(new GatewayError('idleTimeout', `nothing passed for ${tunnelIdleTimeoutMs} ms`));
    };
    this.#idleTimer = after(tunnelIdleTimeoutMs / 2, look);
  }

  /** Nobody can tell where the protocol inside is at a good end: it has the time that a shutdown leaves. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#drainTimer = after(this.#x.snapshot.drainDeadlineMs, () => {
      this.#cut(new GatewayError('draining', 'the listener has ended'));
    });
  }

  #cut(error: GatewayError): void {
    this.#x.record.failed(error);
    cutOff(this.#client);
    cutOff(this.#upstream);
  }

  #closed(failure: RelayFailure | null): void {
    cancelTimer(this.#idleTimer);
    cancelTimer(this.#drainTimer);
    if (failure !== null) this.#x.record.failed(this.#failureOf(failure));
    else if (this.#draining && !this.#client.readableEnded) this.#x.record.failed(new GatewayError('draining'));
    this.#ended();
  }

  #failureOf({ side, error }: RelayFailure): GatewayError {
    if (side === 'second')
      return new GatewayError('upstreamReset', 'the upstream broke the connection', { cause: error });
    return new GatewayError(this.#draining ? 'draining' : 'clientGone');
  }
}
