import type { Socket } from 'node:net';
import { monotonicMs } from '../../base/clock.ts';
import { GatewayError, toGatewayError } from '../../base/errors.ts';
import type { Member } from '../upstream/balance/member.ts';
import type { MemberSource } from '../upstream/balance/member-source.ts';
import type { Selection } from '../upstream/balance/selection.ts';
import type { ConnectionAttributes } from './connection-attributes.ts';
import type { DialOutcome, DialTarget } from './dial-target.ts';

/** How the endpoint of a connection is chosen, compiled. */
export interface DialChoice {
  readonly selection: Selection;
  /** Computes what belongs together; null: the load decides. */
  readonly affinity: ((attributes: ConnectionAttributes) => string | undefined) | null;
}

/**
 * A backend with several endpoints, or one that is watched: each connection goes to the one that is chosen for it, and to
 * the next where none can be made, which counts against the endpoint.
 */
export class BalancedTarget implements DialTarget {
  readonly name: string;
  readonly #label: string;
  readonly #source: MemberSource;
  readonly #choice: DialChoice;

  /** @param label Stands in logs while no endpoint is chosen. */
  constructor(name: string, label: string, source: MemberSource, choice: DialChoice) {
    this.name = name;
    this.#label = label;
    this.#source = source;
    this.#choice = choice;
  }

  /** Throws noBackend where there is no endpoint, overloaded where all have as many connections as they may. */
  dial(attributes: ConnectionAttributes, outcome: DialOutcome): { readonly endpoint: string; cancel(): void } {
    const { selection, affinity } = this.#choice;
    const dial = new BalancedDial(selection, affinity?.(attributes) ?? null, outcome);
    const members = this.#source.current();
    if (members !== null) dial.start(members);
    else {
      this.#source.resolve().then(
        (resolved) => dial.startLate(resolved),
        (error: unknown) => dial.refused(error),
      );
    }
    return { endpoint: dial.first ?? this.#label, cancel: () => dial.cancel() };
  }
}

/** One connection on its way to one of the endpoints. */
class BalancedDial {
  readonly #selection: Selection;
  readonly #key: string | null;
  readonly #outcome: DialOutcome;
  readonly #tried: Member[] = [];
  #members: readonly Member[] = [];
  #stop: () => void = nothing;
  #cancelled = false;

  /** @param key What belongs together, or null. */
  constructor(selection: Selection, key: string | null, outcome: DialOutcome) {
    this.#selection = selection;
    this.#key = key;
    this.#outcome = outcome;
  }

  /** Name of the endpoint that was chosen first. */
  get first(): string | undefined {
    return this.#tried[0]?.dialer.name;
  }

  /** Goes to one of `members`. */
  start(members: readonly Member[]): void {
    this.#members = members;
    if (members.length === 0) throw new GatewayError('noBackend', 'the backend has no endpoints');
    const member = this.#selection.take(members, this.#tried, this.#key);
    if (member === null) {
      throw new GatewayError('overloaded', 'the upstream has as many connections as it may', { retryAfter: 1 });
    }
    this.#connect(member);
  }

  /** The same, where nobody waits for what it throws. */
  startLate(members: readonly Member[]): void {
    if (this.#cancelled) return;
    try {
      this.start(members);
    } catch (error) {
      this.refused(error);
    }
  }

  /** There is no endpoint for it. */
  refused(error: unknown): void {
    if (!this.#cancelled) this.#outcome.onError(toGatewayError(error));
  }

  cancel(): void {
    this.#cancelled = true;
    this.#stop();
  }

  #connect(member: Member): void {
    this.#tried.push(member);
    const { health, held, dialer } = member;
    const startedMs = monotonicMs();
    const report = (healthy: boolean): void =>
      health.report({ healthy, tookMs: monotonicMs() - startedMs, retryAfterMs: 0 });
    const leave = (): void => {
      health.ended();
      held?.release();
    };
    health.began();
    const stop = dialer.dial(
      (socket: Socket, address) => {
        this.#stop = nothing;
        report(true);
        socket.once('close', leave);
        this.#outcome.onSocket(socket, address);
      },
      (error) => {
        this.#stop = nothing;
        // What this process lacks is no fault of the endpoint.
        if (error.source === 'upstream') report(false);
        leave();
        this.#goElsewhere(error);
      },
    );
    this.#stop = () => {
      stop();
      leave();
    };
  }

  /** Goes to an endpoint that was not tried; where there is none, `error` is how it ends. */
  #goElsewhere(error: GatewayError): void {
    const member = this.#selection.take(this.#members, this.#tried, this.#key);
    if (member !== null && !this.#tried.includes(member)) {
      this.#connect(member);
      return;
    }
    member?.held?.release();
    this.#outcome.onError(error);
  }
}

function nothing(): void {}
