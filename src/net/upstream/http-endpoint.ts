import { GatewayError, toGatewayError } from '../../base/errors.ts';
import { formatAddress } from '../../model/backend.ts';
import type { ResponseParser } from '../http1/response-parser.ts';
import { isGrpc } from '../http/grpc.ts';
import { Http2Call } from '../http2/client-call.ts';
import type { Endpoint, OutboundCall, OutboundHandler, OutboundRequest } from '../http/outbound.ts';
import type { Sweeper } from '../sweeper.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import { Connector, type ConnectObserver } from './connector.ts';
import { DeferredCall } from './deferred-call.ts';
import { Dialer } from './dialer.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import { Http1Endpoint } from './http1-endpoint.ts';
import { Http2Endpoint } from './http2-endpoint.ts';
import { Negotiation, type Negotiated } from './negotiation.ts';
import type { Resolver } from './resolver.ts';
import { TunnelCall } from './tunnel-call.ts';

/** How an upstream is to be spoken to: in one version; HTTP/1.1 but for gRPC; or as TLS agrees on. */
type Choice = '1.1' | '2' | 'byRequest' | 'negotiated';

/** An upstream with the connections of each HTTP version that its requests need. */
export class HttpEndpoint implements Endpoint {
  readonly name: string;
  readonly #choice: Choice;
  readonly #openHttp1: () => Http1Endpoint;
  readonly #openHttp2: () => Http2Endpoint;
  #http1: Http1Endpoint | null = null;
  #http2: Http2Endpoint | null = null;
  readonly #openDialer: () => Dialer;
  #dialer: Dialer | null = null;
  readonly #negotiation: Negotiation | null;

  constructor(
    spec: EndpointSpec,
    resolver: Resolver,
    parser: ResponseParser,
    sweeper: Sweeper,
    onConnect: ConnectObserver,
    limit: ConnectionLimit | null,
  ) {
    this.name = formatAddress(spec.address);
    this.#choice = choiceOf(spec);
    this.#openHttp1 = () => new Http1Endpoint(spec, resolver, parser, sweeper, onConnect, limit);
    this.#openHttp2 = () => new Http2Endpoint(spec, resolver, sweeper, onConnect, limit);
    this.#openDialer = () => new Dialer(spec, resolver, onConnect);
    const asking = new Connector(spec, ['h2', 'http/1.1'], onConnect);
    this.#negotiation =
      this.#choice === 'negotiated' ? new Negotiation(spec, resolver, limit?.through(asking) ?? asking) : null;
  }

  /** Idle connections and requests in flight. */
  get stats(): { readonly idle: number; readonly inFlight: number } {
    const one = this.#http1?.stats;
    const two = this.#http2?.stats;
    return { idle: (one?.idle ?? 0) + (two?.idle ?? 0), inFlight: (one?.inFlight ?? 0) + (two?.inFlight ?? 0) };
  }

  takesFramed(request: Pick<OutboundRequest, 'method' | 'headers'>): boolean {
    return this.#versionFor(request) === 'http/1.1';
  }

  dispatch(request: OutboundRequest, handler: OutboundHandler): OutboundCall {
    if (request.method === 'CONNECT') return new TunnelCall((this.#dialer ??= this.#openDialer()), handler);
    if (!isTarget.test(request.target)) return refused(request, handler);
    // Servers that agree on HTTP/2 seldom take WebSockets over it; they take them over HTTP/1.1.
    const version = request.upgrade !== '' && this.#negotiation !== null ? 'http/1.1' : this.#versionFor(request);
    if (version !== null) return this.#speaking(version).dispatch(request, handler);
    const call = new DeferredCall();
    this.#negotiation?.ask().then(
      (found) => {
        if (!call.aborted) call.become(this.#speaking(found).dispatch(request, handler), () => handler.onDrain());
      },
      (error: unknown) => {
        if (!call.aborted) handler.onError(toGatewayError(error));
      },
    );
    return call;
  }

  /** Closes idle connections; those in use close when their responses end. */
  close(): void {
    this.#http1?.close();
    this.#http2?.close();
  }

  /** Null: the upstream has to be asked. */
  #versionFor(request: Pick<OutboundRequest, 'method' | 'headers'>): Negotiated | null {
    switch (this.#choice) {
      case '1.1':
        return 'http/1.1';
      case '2':
        return 'h2';
      case 'byRequest':
        return request.method === 'POST' && isGrpc(request.headers) ? 'h2' : 'http/1.1';
      default:
        return this.#negotiation?.known ?? null;
    }
  }

  #speaking(version: Negotiated): Endpoint {
    if (version === 'h2') return (this.#http2 ??= this.#openHttp2());
    return (this.#http1 ??= this.#openHttp1());
  }
}

function choiceOf({ httpVersion, tls }: EndpointSpec): Choice {
  if (httpVersion !== undefined) return httpVersion;
  const offered = tls?.alpn ?? [];
  if (offered.includes('h2')) return offered.includes('http/1.1') ? 'negotiated' : '2';
  return offered.length > 0 ? '1.1' : 'byRequest';
}

/** Visible characters only: a blank or a line end would make another request out of it. */
const isTarget = /^[\x21-\x7e\x80-\xff]+$/;

function refused(request: OutboundRequest, handler: OutboundHandler): OutboundCall {
  const call = new Http2Call(request, handler);
  process.nextTick(() => call.fail(new GatewayError('internal', 'the request target to the upstream is invalid')));
  return call;
}
