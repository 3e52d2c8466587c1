import { after, cancelTimer, type Timer } from '../../../base/clock.ts';
import { GatewayError, toGatewayError } from '../../../base/errors.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { OutboundCall, OutboundHandler, OutboundRequest } from '../../../net/http/outbound.ts';
import type { Exchange } from '../../exchange.ts';
import type { Balancer, ChoiceMemory } from './balancer.ts';
import { Leg, type LegOwner } from './leg.ts';
import type { Member } from './member.ts';
import type { Waiting } from '../../../net/balance/waiting-line.ts';

const hedged: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * One try of a request at a balanced upstream. Where no connection can be made it goes to the next endpoint; where the
 * answer is late, and the upstream hedges, to a second one as well.
 */
export class BalancedCall implements OutboundCall, LegOwner, Waiting {
  readonly handler: OutboundHandler;
  readonly #balancer: Balancer;
  readonly #x: Exchange | null;
  readonly #memory: ChoiceMemory;
  readonly #request: OutboundRequest;
  #members: readonly Member[] = [];
  #legs: Leg[] = [];
  /** The leg whose answer is the answer. */
  #winner: Leg | null = null;
  #hedge: Timer | null = null;
  /** The body until a connection carries it: another endpoint may need it. */
  #parts: Uint8Array[] | null = [];
  #end: { readonly trailers: HeaderList | null } | null = null;
  #paused = false;
  #wantsDrain = false;
  /** It has had an endpoint: it does not wait any more. */
  #isPlaced = false;
  #over = false;

  constructor(
    balancer: Balancer,
    x: Exchange | null,
    memory: ChoiceMemory,
    request: OutboundRequest,
    handler: OutboundHandler,
  ) {
    this.#balancer = balancer;
    this.#x = x;
    this.#memory = memory;
    this.#request = request;
    this.handler = handler;
  }

  /** Sends it to one of `members`. */
  start(members: readonly Member[]): void {
    this.#members = members;
    if (this.#over || (!this.#balancer.hasLine && this.proceed()) || this.#over) return;
    if (this.#balancer.wait(this)) return;
    // Nothing may be called back before the caller has its call.
    process.nextTick(() => this.#full('the upstream has as many requests as it may'));
  }

  proceed(): boolean {
    if (this.#over || this.#isPlaced) return true;
    try {
      const member = this.#balancer.take(this.#members, this.#x, this.#memory);
      if (member === null) return false;
      this.#isPlaced = true;
      this.#go(member);
      const { hedgeAfterMs } = this.#balancer.settings;
      if (hedgeAfterMs > 0 && this.#mayHedge()) this.#hedge = after(hedgeAfterMs, () => this.#goTwice());
    } catch (error) {
      process.nextTick(() => this.refused(error));
    }
    return true;
  }

  expired(): void {
    this.#full('the upstream had no place for the request in time');
  }

  /** There is no endpoint for it. */
  refused(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.handler.onError(toGatewayError(error));
  }

  // From the caller.

  write(chunk: Uint8Array): boolean {
    this.#parts?.push(chunk);
    const [leg] = this.#legs;
    if (leg?.call === undefined || leg.call === null) {
      this.#wantsDrain = true;
      return false;
    }
    return leg.call.write(chunk);
  }

  end(trailers: HeaderList | null): void {
    this.#end = { trailers };
    for (const leg of this.#legs) leg.call?.end(trailers);
  }

  abort(blame?: GatewayError): void {
    if (this.#over) return;
    this.#over = true;
    cancelTimer(this.#hedge);
    this.#balancer.leave(this);
    for (const leg of this.#legs.slice()) leg.abort(blame ?? null);
  }

  pause(): void {
    this.#paused = true;
    this.#winner?.call?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#winner?.call?.resume();
  }

  // From the legs.

  connected(leg: Leg): void {
    this.#parts = null;
    if (leg === this.#legs[0]) this.handler.onConnected(leg.address, leg.reused);
  }

  answers(leg: Leg): boolean {
    if (this.#over) return false;
    cancelTimer(this.#hedge);
    if (this.#winner !== null && this.#winner !== leg) return false;
    this.#winner = leg;
    if (leg !== this.#legs[0]) this.handler.onConnected(leg.address, leg.reused);
    for (const other of this.#legs.slice()) if (other !== leg) other.abort(null);
    return true;
  }

  failed(leg: Leg, error: GatewayError): void {
    if (this.#over) return;
    if (this.#winner === leg) return this.#fail(error);
    // The other leg may still answer.
    if (this.#legs.length > 0) return undefined;
    if (this.#parts !== null && !leg.isConnected && error.retry === 'safe' && this.#goElsewhere()) return undefined;
    return this.#fail(error);
  }

  left(leg: Leg): void {
    const at = this.#legs.indexOf(leg);
    if (at >= 0) this.#legs.splice(at, 1);
    this.#balancer.free(leg.member);
  }

  #full(message: string): void {
    if (this.#over) return;
    this.#x?.bind.recorder.limited('upstream');
    this.refused(new GatewayError('overloaded', message, { retryAfter: 1 }));
  }

  #fail(error: GatewayError): void {
    this.#over = true;
    cancelTimer(this.#hedge);
    this.handler.onError(error);
  }

  #go(member: Member): void {
    this.#memory.tried.push(member);
    const leg = new Leg(this, member, this.#balancer.report(this.#x, member));
    this.#legs.push(leg);
    // A kept connection carries it before `dispatch` returns.
    const parts = this.#parts ?? [];
    leg.call = member.endpoint.dispatch(this.#request, leg);
    let accepts = true;
    for (const part of parts) accepts = leg.call.write(part);
    if (this.#paused) leg.call.pause();
    if (this.#end !== null) leg.call.end(this.#end.trailers);
    else if (this.#wantsDrain && accepts) this.handler.onDrain();
  }

  /** Goes to an endpoint that has not had it; false when there is none. */
  #goElsewhere(): boolean {
    if (this.#members.every((member) => this.#memory.tried.includes(member))) return false;
    const member = this.#balancer.take(this.#members, this.#x, this.#memory);
    if (member === null) return false;
    if (this.#memory.tried.includes(member)) {
      this.#balancer.free(member);
      return false;
    }
    this.#go(member);
    return true;
  }

  #mayHedge(): boolean {
    const { method, bodyLength, upgrade } = this.#request;
    return this.#members.length > 1 && bodyLength === 0 && upgrade === '' && hedged.has(method);
  }

  /** The answer is late: another endpoint may be faster. */
  #goTwice(): void {
    this.#hedge = null;
    if (this.#over || this.#winner !== null) return;
    this.#goElsewhere();
  }
}
