import type { Duplex } from 'node:stream';
import { after, cancelTimer } from '../../../base/clock.ts';
import type { HealthProbe } from '../../../model/health.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import type { ResponseHead } from '../../../net/http/message.ts';
import type { DeliveryMode, Endpoint, OutboundCall, OutboundHandler } from '../../../net/http/outbound.ts';
import type { Dialer } from '../../../net/upstream/dialer.ts';

/** The most of an answer that is read. */
const maximumBytes = 64 * 1024;

/** An endpoint as a probe reaches it. */
export interface Probed {
  readonly endpoint: Endpoint;
  readonly dialer: Dialer;
  /** Value of Host where the probe has none of its own. */
  readonly authority: string;
}

/** Asks an endpoint once; `done` is called once, later, also after `timeoutMs`. Returns what gives up. */
export function probe(
  spec: HealthProbe,
  target: Probed,
  timeoutMs: number,
  done: (isWell: boolean) => void,
): () => void {
  let over = false;
  let stop = (): void => undefined;
  const finish = (isWell: boolean): void => {
    if (over) return;
    over = true;
    cancelTimer(timer);
    stop();
    done(isWell);
  };
  const timer = after(timeoutMs, () => finish(false));
  stop = spec.kind === 'tcp' ? connect(target.dialer, finish) : ask(spec, target, finish);
  return () => {
    over = true;
    cancelTimer(timer);
    stop();
  };
}

function connect(dialer: Dialer, finish: (isWell: boolean) => void): () => void {
  return dialer.dial(
    (socket) => {
      socket.destroy();
      finish(true);
    },
    () => finish(false),
  );
}

function ask(
  spec: Exclude<HealthProbe, { kind: 'tcp' }>,
  { endpoint, authority }: Probed,
  finish: (isWell: boolean) => void,
): () => void {
  const headers = new HeaderList();
  headers.append('user-agent', 'waygate-health');
  const body = spec.kind === 'grpc' ? checkRequest(spec.service) : null;
  if (body !== null) {
    headers.append('content-type', 'application/grpc');
    headers.append('te', 'trailers');
  }
  const call: OutboundCall = endpoint.dispatch(
    {
      method: body === null ? 'GET' : 'POST',
      target: spec.kind === 'grpc' ? '/grpc.health.v1.Health/Check' : spec.path,
      authority: spec.kind === 'grpc' ? authority : (spec.host ?? authority),
      headers,
      bodyLength: body === null ? 0 : body.byteLength,
      bodyMode: 'payload',
      upgrade: '',
    },
    spec.kind === 'grpc' ? new GrpcAnswer(finish) : new HttpAnswer(spec.statuses, finish),
  );
  if (body !== null) call.write(body);
  call.end(null);
  return () => call.abort();
}

/** What both kinds of answers have in common: an error is a failure, and only so much is read. */
abstract class Answer implements OutboundHandler {
  readonly finish: (isWell: boolean) => void;

  constructor(finish: (isWell: boolean) => void) {
    this.finish = finish;
  }

  onConnected(): void {}
  onInformational(): void {}
  onPayload(): void {}
  onDrain(): void {}

  onUpgrade(_head: ResponseHead, stream: Duplex): void {
    stream.destroy();
    this.finish(false);
  }

  onError(): void {
    this.finish(false);
  }

  abstract onHead(head: ResponseHead): DeliveryMode;
  abstract onData(chunk: Buffer): boolean;
  abstract onEnd(trailers: HeaderList | null): void;
}

class HttpAnswer extends Answer {
  readonly #statuses: readonly number[];
  #isWell = false;
  #size = 0;

  constructor(statuses: readonly number[], finish: (isWell: boolean) => void) {
    super(finish);
    this.#statuses = statuses;
  }

  onHead({ status }: ResponseHead): DeliveryMode {
    this.#isWell = this.#statuses.length === 0 ? status >= 200 && status < 300 : this.#statuses.includes(status);
    if (!this.#isWell) this.finish(false);
    return 'payload';
  }

  onData(chunk: Buffer): boolean {
    this.#size += chunk.byteLength;
    if (this.#size > maximumBytes) this.finish(this.#isWell);
    return true;
  }

  onEnd(): void {
    this.finish(this.#isWell);
  }
}

class GrpcAnswer extends Answer {
  #head: ResponseHead | null = null;
  #body: Buffer = Buffer.alloc(0);

  onHead(head: ResponseHead): DeliveryMode {
    this.#head = head;
    return 'payload';
  }

  onData(chunk: Buffer): boolean {
    this.#body = Buffer.concat([this.#body, chunk]);
    if (this.#body.byteLength > maximumBytes) this.finish(false);
    return true;
  }

  onEnd(trailers: HeaderList | null): void {
    const status = trailers?.get('grpc-status') ?? this.#head?.headers.get('grpc-status');
    this.finish(this.#head?.status === 200 && status === '0' && isServing(this.#body));
  }
}

/** A message of gRPC with a `HealthCheckRequest` (grpc.health.v1): field 1 is the service. */
function checkRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const length = name.byteLength === 0 ? [] : [0x0a, ...varint(name.byteLength)];
  const message = Buffer.concat([Buffer.from(length), name]);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([prefix, message]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** True for a `HealthCheckResponse` whose field 1 is SERVING, 1. */
function isServing(body: Buffer): boolean {
  return body.byteLength >= 7 && body[0] === 0 && body[5] === 0x08 && body[6] === 1;
}
