import type { Duplex } from 'node:stream';
import type { GatewayError } from '../../base/errors.ts';
import { HeaderList } from '../http/headers.ts';
import type { ResponseHead } from '../http/message.ts';
import type { DeliveryMode, OutboundHandler, OutboundRequest } from '../http/outbound.ts';
import { eventually } from './raw-client.ts';

/** A handler that remembers everything it hears. */
export class Recorder implements OutboundHandler {
  readonly events: string[] = [];
  readonly interim: number[] = [];
  head: ResponseHead | null = null;
  chunked = false;
  text = '';
  payload = '';
  trailers: HeaderList | null = null;
  ended = false;
  error: GatewayError | null = null;
  stream: Duplex | null = null;
  reused = false;
  address = '';
  drains = 0;
  /** What `onData` returns. */
  accept = true;
  readonly #mode: DeliveryMode;

  constructor(mode: DeliveryMode = 'payload') {
    this.#mode = mode;
  }
  onConnected(address: string, reused: boolean): void {
    this.address = address;
    this.reused = reused;
    this.events.push('connected');
  }
  onInformational(head: ResponseHead): void {
    this.interim.push(head.status);
  }
  onHead(head: ResponseHead, chunked: boolean): DeliveryMode {
    this.head = head;
    this.chunked = chunked;
    this.events.push('head');
    return this.#mode;
  }
  onData(chunk: Buffer): boolean {
    this.text += chunk.toString('latin1');
    return this.accept;
  }
  onPayload(chunk: Buffer): void {
    this.payload += chunk.toString('latin1');
  }
  onEnd(trailers: HeaderList | null): void {
    this.#once();
    this.ended = true;
    this.trailers = trailers;
  }
  onDrain(): void {
    this.drains += 1;
  }
  onUpgrade(head: ResponseHead, stream: Duplex): void {
    this.#once();
    this.head = head;
    this.stream = stream;
  }
  onError(error: GatewayError): void {
    this.#once();
    this.error = error;
  }

  /** Waits for the end or an error, and gives itself. */
  async done(): Promise<this> {
    await eventually(() => this.ended || this.error !== null || this.stream !== null, 'an end');
    return this;
  }

  #once(): void {
    if (this.events.includes('over')) throw new Error('a second end');
    this.events.push('over');
  }
}

/** A GET without a body, changed by `changes`. */
export function request(changes: Partial<OutboundRequest> = {}): OutboundRequest {
  return {
    method: 'GET',
    target: '/',
    authority: 'up.test',
    headers: new HeaderList(),
    bodyLength: 0,
    bodyMode: 'payload',
    upgrade: '',
    ...changes,
  };
}
