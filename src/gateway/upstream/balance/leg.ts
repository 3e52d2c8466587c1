import type { Duplex } from 'node:stream';
import type { GatewayError } from '../../../base/errors.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { ResponseHead } from '../../../net/http/message.ts';
import type { DeliveryMode, OutboundCall, OutboundHandler } from '../../../net/http/outbound.ts';
import type { HealthReport } from '../health-report.ts';
import type { Member } from './member.ts';

/** Who hears of the legs of one request. */
export interface LegOwner {
  readonly handler: OutboundHandler;
  connected(leg: Leg): void;
  /** A final head came; false: another leg has answered before, and this one is over. */
  answers(leg: Leg): boolean;
  failed(leg: Leg, error: GatewayError): void;
  /** The leg holds its place no more. */
  left(leg: Leg): void;
}

/** A request at one endpoint: what happens goes on to the handler and into the endpoint's health. */
export class Leg implements OutboundHandler {
  readonly member: Member;
  call: OutboundCall | null = null;
  /** A connection carries it: the endpoint may have seen it. */
  isConnected = false;
  address = '';
  reused = false;
  readonly #owner: LegOwner;
  readonly #report: HealthReport;
  #over = false;

  constructor(owner: LegOwner, member: Member, report: HealthReport) {
    this.#owner = owner;
    this.member = member;
    this.#report = report;
  }

  get isOver(): boolean {
    return this.#over;
  }

  onConnected(address: string, reused: boolean): void {
    this.isConnected = true;
    this.address = address;
    this.reused = reused;
    this.#owner.connected(this);
  }

  onInformational(head: ResponseHead): void {
    this.#owner.handler.onInformational(head);
  }

  onHead(head: ResponseHead, chunked: boolean): DeliveryMode {
    this.#report.tried(head);
    if (!this.#owner.answers(this)) return 'payload';
    return this.#owner.handler.onHead(head, chunked);
  }

  onData(chunk: Buffer): boolean {
    return this.#over || this.#owner.handler.onData(chunk);
  }

  onPayload(chunk: Buffer): void {
    if (!this.#over) this.#owner.handler.onPayload(chunk);
  }

  onEnd(trailers: HeaderList | null): void {
    this.#leave();
    this.#owner.handler.onEnd(trailers);
  }

  onDrain(): void {
    this.#owner.handler.onDrain();
  }

  onUpgrade(head: ResponseHead, stream: Duplex): void {
    this.#report.tried(head);
    if (!this.#owner.answers(this)) {
      stream.destroy();
      return;
    }
    stream.once('close', () => this.#leave());
    this.#owner.handler.onUpgrade(head, stream);
  }

  onError(error: GatewayError): void {
    // That a kept connection was closed meanwhile says nothing of the endpoint.
    if (error.retry !== 'reusedOnly') this.#report.tried(error);
    this.#leave();
    this.#owner.failed(this, error);
  }

  /** Ends it. @param blame What the endpoint did wrong, if that is why. */
  abort(blame: GatewayError | null): void {
    if (this.#over) return;
    if (blame !== null) this.#report.tried(blame);
    this.#leave();
    this.call?.abort();
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.#report.end();
    this.#owner.left(this);
  }
}
