import { GatewayError } from '../base/errors.ts';
import { HeaderList } from '../net/http/headers.ts';
import type { Inbound } from '../net/http/inbound.ts';
import { UNKNOWN_LENGTH, type RequestHead, type ResponseHead } from '../net/http/message.ts';
import type { EndpointHandle, Endpoints } from '../net/upstream/endpoints.ts';
import type { Exchange } from './exchange.ts';
import { readIdentity, writeIdentity } from './peer-identity.ts';
import { readRecord, writeRecord } from './peer-record.ts';
import { isUnreachable, relay, type UpstreamFailure } from './upstream/relay.ts';
import type { ResponseSink } from './upstream/response-sink.ts';

/** Fields that workers add for each other on their private sockets; a client's are overwritten or never looked at. */
const bindField = 'x-waygate-peer-bind';
const backendField = 'x-waygate-peer-backend';
const recordField = 'x-waygate-peer-record';
const identityField = 'x-waygate-peer-identity';

/** Passes exchanges on to the worker that owns what is in flight for them. */
export class Peers {
  readonly #endpoints: Endpoints;
  readonly #socketPath: (worker: number) => string;
  readonly #handles: Map<number, EndpointHandle> = new Map();

  constructor(endpoints: Endpoints, socketPath: (worker: number) => string) {
    this.#endpoints = endpoints;
    this.#socketPath = socketPath;
  }

  /**
   * Sends the exchange to `worker`, whose backend of the same key serves it; the answer comes back through here and is
   * recorded here. A worker that has just died and is not known to be gone yet: 503, since others will go on for it.
   */
  relay(x: Exchange, worker: number, backendKey: string): void {
    x.retry = null;
    x.authorityRewrite = 'none';
    const upstream = {
      endpoint: this.#endpoint(worker),
      authority: 'localhost',
      namesHost: false,
      // On the copy that is sent: the client's own fields, which logs may show, say nothing of its identity.
      requestSteps: [({ headers }: RequestHead) => addressed(x, backendKey, headers)],
      signer: null,
      transform: null,
      responseSteps: [({ headers }: ResponseHead) => takeRecord(x, headers)],
      redirect: null,
      requestTimeoutMs: 0,
    };
    const elsewhere = (failure: UpstreamFailure): boolean => {
      if (!isUnreachable(failure)) return false;
      x.fail(new GatewayError('overloaded', 'the worker of this session has just ended', { retryAfter: 1 }));
      return true;
    };
    const sink = (head: ResponseHead): ResponseSink | null =>
      head.bodyLength === UNKNOWN_LENGTH ? new PeerStream(x, head) : null;
    relay(x, upstream, { elsewhere, sink }, null);
  }

  #endpoint(worker: number): EndpointHandle {
    let handle = this.#handles.get(worker);
    if (handle === undefined) {
      handle = this.#endpoints.acquire({
        address: { kind: 'unix', path: this.#socketPath(worker) },
        connectTimeoutMs: 2000,
        poolIdleTimeoutMs: 30_000,
        dnsFamily: 'auto',
      });
      this.#handles.set(worker, handle);
    }
    return handle;
  }
}

function addressed(x: Exchange, backendKey: string, headers: HeaderList): void {
  headers.set(bindField, encodeURIComponent(x.bind.key));
  headers.set(backendField, encodeURIComponent(backendKey));
  headers.set(identityField, writeIdentity(x));
}

/** What a peer's request says it is for; its fields are taken out of the request. */
export function peerTarget(inbound: Inbound): { readonly bind: string; readonly backend: string } {
  const { headers } = inbound.head;
  const bind = headers.get(bindField);
  const backend = headers.get(backendField);
  if (bind === undefined || backend === undefined) throw new GatewayError('badRequest');
  headers.delete(bindField);
  headers.delete(backendField);
  return { bind: decodeURIComponent(bind), backend: decodeURIComponent(backend) };
}

/** Takes over what the worker that passed an exchange on knows of its client. */
export function takeIdentity(x: Exchange): void {
  const identity = x.request.headers.get(identityField);
  if (identity === undefined) throw new GatewayError('badRequest');
  x.request.headers.delete(identityField);
  readIdentity(x, identity);
}

/** Tells the worker that passed the exchange on what to record of it, as far as it is known. */
export function giveRecord({ record }: Exchange, headers: HeaderList): void {
  const text = writeRecord(record);
  if (text !== '') headers.set(recordField, text);
}

/** The trailers of a streamed answer for another worker: what is to be recorded is known at its end only. */
export function recordTrailers(x: Exchange): HeaderList {
  const trailers = new HeaderList();
  giveRecord(x, trailers);
  return trailers;
}

function takeRecord(x: Exchange, headers: HeaderList): void {
  const record = headers.get(recordField);
  if (record === undefined) return;
  headers.delete(recordField);
  readRecord(x, record);
}

/** Passes the stream of another worker on to the client, without its trailers. */
class PeerStream implements ResponseSink {
  readonly #x: Exchange;

  constructor(x: Exchange, head: ResponseHead) {
    this.#x = x;
    if (x.begin(head)) x.inbound.respond(head, 'payload');
  }

  data(chunk: Buffer): boolean {
    return this.#x.inbound.write(chunk);
  }

  end(trailers: HeaderList | null): void {
    if (trailers !== null) takeRecord(this.#x, trailers);
    this.#x.inbound.end(null);
  }

  broken(): boolean {
    return false;
  }

  close(): void {
    // Nothing is kept here.
  }
}
