import { GatewayError } from '../../../base/errors.ts';
import type { ExchangeAttributes } from '../../attributes/exchange-attributes.ts';
import type { Endpoint, OutboundCall, OutboundHandler, OutboundRequest } from '../../../net/http/outbound.ts';
import type { Exchange } from '../../exchange.ts';
import { HealthReport } from '../health-report.ts';
import type { UpstreamFailure } from '../relay.ts';
import { BalancedCall } from './balanced-call.ts';
import type { Member } from './member.ts';
import type { MemberSource } from './member-source.ts';
import type { Selection } from './selection.ts';
import type { Waiting, WaitingLine } from '../../../net/balance/waiting-line.ts';

/** How a balancer works, compiled. */
export interface BalancerSettings {
  readonly selection: Selection;
  /** Computes what belongs together; null: the load decides. */
  readonly affinity: ((attributes: ExchangeAttributes) => string | undefined) | null;
  /** Which answers count against an endpoint; null: server errors. */
  readonly unhealthy: ((x: Exchange, failure: UpstreamFailure) => boolean) | null;
  /** Where requests wait for a place; null: they do not. */
  readonly line: WaitingLine | null;
  /** 0: a second endpoint is never asked before the first has answered or failed. */
  readonly hedgeAfterMs: number;
}

/** What one exchange's tries have in common. */
export class ChoiceMemory {
  readonly tried: Member[] = [];
  #key: string | null | undefined = undefined;

  /** What the request belongs to, computed once. */
  key(x: Exchange | null, affinity: BalancerSettings['affinity']): string | null {
    if (affinity === null || x === null) return null;
    if (this.#key === undefined) this.#key = affinity(x.attributes()) ?? null;
    return this.#key;
  }
}

/** An upstream with several endpoints, or one that is watched: each request goes to the one that is chosen for it. */
export class Balancer implements Endpoint {
  readonly name: string;
  readonly settings: BalancerSettings;
  readonly #source: MemberSource;

  constructor(name: string, source: MemberSource, settings: BalancerSettings) {
    this.name = name;
    this.#source = source;
    this.settings = settings;
  }

  takesFramed(request: Pick<OutboundRequest, 'method' | 'headers'>): boolean {
    const members = this.#source.current() ?? [];
    return members.length > 0 && members.every(({ endpoint }) => endpoint.takesFramed(request));
  }

  /** For requests of the gateway's own. */
  dispatch(request: OutboundRequest, handler: OutboundHandler): OutboundCall {
    return this.dispatchFor(null, new ChoiceMemory(), request, handler);
  }

  /** @param memory Of the exchange, the same for each of its tries. */
  dispatchFor(
    x: Exchange | null,
    memory: ChoiceMemory,
    request: OutboundRequest,
    handler: OutboundHandler,
  ): OutboundCall {
    const call = new BalancedCall(this, x, memory, request, handler);
    const members = this.#source.current();
    if (members !== null) {
      call.start(members);
      return call;
    }
    this.#source.resolve().then(
      (resolved) => call.start(resolved),
      (error: unknown) => call.refused(error),
    );
    return call;
  }

  /**
   * An endpoint with a place for the request, which is its from then on. Null: all are full.
   * Throws GatewayError noBackend where there is none at all.
   */
  take(members: readonly Member[], x: Exchange | null, memory: ChoiceMemory): Member | null {
    if (members.length === 0) throw new GatewayError('noBackend', 'the service has no endpoint');
    const { selection, affinity } = this.settings;
    return selection.take(members, memory.tried, memory.key(x, affinity));
  }

  /** Gives a place back. */
  free(member: Member): void {
    if (member.held === null) return;
    member.held.release();
    this.settings.line?.advance();
  }

  report(x: Exchange | null, member: Member): HealthReport {
    const { unhealthy } = this.settings;
    return new HealthReport(x, { endpoint: member.health, unhealthy, pausesWhenUnhealthy: true });
  }

  /** Puts a request in the line; false: it may not wait. */
  wait(waiting: Waiting): boolean {
    return this.settings.line?.join(waiting) === true;
  }

  /** True when others wait already, so that a new request has to wait behind them. */
  get hasLine(): boolean {
    return this.settings.line?.isEmpty === false;
  }

  leave(waiting: Waiting): void {
    this.settings.line?.leave(waiting);
  }

  close(): void {
    this.#source.close();
  }
}
