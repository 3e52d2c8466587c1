import net from 'node:net';
import tls from 'node:tls';
import { after, cancelTimer, monotonicMs } from '../../base/clock.ts';
import { hostPort } from '../../base/host-port.ts';
import { GatewayError } from '../../base/errors.ts';
import type { BackendTlsSpec } from '../../model/policy.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import { connectThrough, proxyEndpoint, type ConnectOver } from './tunnel-connect.ts';
import { checkIdentity, handshakeProblem, upstreamSecureContext } from './upstream-tls.ts';

/** A place to connect to: an IP address with its port, or a Unix socket; `upstream` is who is behind it, if it is a proxy. */
export type SocketAddress =
  | { readonly kind: 'ip'; readonly ip: string; readonly port: number; readonly upstream?: string }
  | { readonly kind: 'unix'; readonly path: string; readonly upstream?: string };

/** `ip:port`, `[v6]:port` or `unix:/path`; behind a proxy, the upstream as it was named to that. */
export function socketAddressText(address: SocketAddress): string {
  if (address.upstream !== undefined) return address.upstream;
  if (address.kind === 'unix') return `unix:${address.path}`;
  return hostPort(address.ip, address.port);
}

/** Hears of each connection made and how many milliseconds it took, TLS handshake included. */
export type ConnectObserver = (tls: boolean, ms: number) => void;

/** Opens connections for one endpoint; with TLS they share one context and the latest session (RFC 8446 §2.2). */
export class Connector {
  readonly #spec: EndpointSpec;
  readonly #onConnect: ConnectObserver;
  readonly #alpn: readonly string[];
  #context: tls.SecureContext | null = null;
  #session: Buffer | null = null;
  #toProxy: Connector | null = null;

  /** @param alpn What is offered over TLS, the preferred first. */
  constructor(spec: EndpointSpec, alpn: readonly string[], onConnect: ConnectObserver) {
    this.#spec = spec;
    this.#alpn = alpn;
    this.#onConnect = onConnect;
  }

  /** How long a connection may take to be usable, in milliseconds; 0: as long as it likes. */
  get timeoutMs(): number {
    return this.#spec.connectTimeoutMs;
  }

  /**
   * Connects, and with TLS completes the handshake. Exactly one of the callbacks is called, later. Returns what gives
   * up; then none is called. Errors: connectFailed or tlsFailed, both safe to retry since nothing was sent.
   */
  connect(
    address: SocketAddress,
    onSocket: (socket: net.Socket) => void,
    onError: (error: GatewayError) => void,
  ): () => void {
    const { proxy, tls: tlsSpec } = this.#spec;
    if (proxy === undefined) return this.#open(tcpOptions(address), onSocket, onError);
    this.#toProxy ??= new Connector(proxyEndpoint(this.#spec, proxy), ['http/1.1'], () => undefined);
    const secure = tlsSpec === undefined ? null : this.#open.bind(this);
    return connectThrough(this.#spec, proxy, this.#toProxy, address, { secure, onSocket, onError });
  }

  /** Connects to an address; or, over a socket that is connected, shakes hands. */
  #open(over: ConnectOver, onSocket: (socket: net.Socket) => void, onError: (error: GatewayError) => void): () => void {
    const { connectTimeoutMs, tls: tlsSpec } = this.#spec;
    let socket: net.Socket;
    try {
      socket = tlsSpec === undefined ? net.connect(over as net.NetConnectOpts) : this.#tls(over, tlsSpec);
    } catch (cause) {
      let cancelled = false;
      process.nextTick(() => {
        if (!cancelled)
          onError(new GatewayError('tlsFailed', 'the TLS settings are not usable', { cause, retry: 'never' }));
      });
      return () => (cancelled = true);
    }
    let connected = 'socket' in over;
    const startedMs = monotonicMs();
    const timer =
      connectTimeoutMs === 0
        ? null
        : after(connectTimeoutMs, () => settle(new Error(`no connection in ${connectTimeoutMs} ms`)));
    const settle = (cause: Error | null): void => {
      cancelTimer(timer);
      socket.off('error', settle);
      socket.off('close', closed);
      socket.off(ready, succeeded);
      if (cause === null) {
        onSocket(socket);
        return;
      }
      socket.on('error', ignoreError);
      socket.destroy();
      if (isOwnShortage(cause)) {
        onError(new GatewayError('overloaded', '', { cause, retryAfter: 1 }));
        return;
      }
      const reason = connected && tlsSpec !== undefined ? 'tlsFailed' : 'connectFailed';
      const problem = reason === 'tlsFailed' ? handshakeProblem(cause) : cause;
      onError(new GatewayError(reason, '', { cause: problem, retry: 'safe' }));
    };
    const succeeded = (): void => {
      if (tlsSpec !== undefined && lacksHttp2(this.#alpn, socket as tls.TLSSocket)) {
        settle(new Error('the server does not offer HTTP/2'));
        return;
      }
      this.#tune(socket);
      this.#onConnect(tlsSpec !== undefined, monotonicMs() - startedMs);
      settle(null);
    };
    const closed = (): void => settle(new Error('closed while connecting'));
    const ready = tlsSpec === undefined ? 'connect' : 'secureConnect';
    socket.on('error', settle);
    socket.on('close', closed);
    socket.on(ready, succeeded);
    if (tlsSpec !== undefined) socket.once('connect', () => (connected = true));
    return () => {
      cancelTimer(timer);
      socket.off('error', settle);
      socket.off('close', closed);
      socket.off(ready, succeeded);
      socket.on('error', ignoreError);
      socket.destroy();
    };
  }

  #tls(over: ConnectOver, spec: BackendTlsSpec): net.Socket {
    this.#context ??= upstreamSecureContext(spec);
    const host = this.#spec.address.kind === 'tcp' ? this.#spec.address.host : '';
    const name = spec.hostname ?? host;
    const socket = tls.connect({
      ...over,
      secureContext: this.#context,
      ...(name === '' || net.isIP(name) !== 0 ? {} : { servername: name }),
      ...(this.#session === null ? {} : { session: this.#session }),
      ALPNProtocols: [...this.#alpn],
      rejectUnauthorized: !spec.insecure,
      checkServerIdentity: (_, certificate) => checkIdentity(spec, name, certificate),
    });
    socket.on('session', (session: Buffer) => (this.#session = session));
    return socket;
  }

  #tune(socket: net.Socket): void {
    const { keepalive, address } = this.#spec;
    if (address.kind === 'unix') return;
    socket.setNoDelay(true);
    if (keepalive !== undefined) socket.setKeepAlive(true, keepalive.timeMs, keepalive.intervalMs, keepalive.retries);
  }
}

/** True when only HTTP/2 was offered, and it was not taken. */
function lacksHttp2(offered: readonly string[], { alpnProtocol }: tls.TLSSocket): boolean {
  return offered.length === 1 && offered[0] === 'h2' && alpnProtocol !== 'h2';
}

function tcpOptions(address: SocketAddress): { path: string } | { host: string; port: number } {
  return address.kind === 'unix' ? { path: address.path } : { host: address.ip, port: address.port };
}

/** The connection is given up already. */
/** This process or machine has no descriptor, port or memory for another connection: no fault of the upstream. */
function isOwnShortage(error: NodeJS.ErrnoException): boolean {
  return error.code !== undefined && ownShortages.has(error.code);
}

const ownShortages: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

function ignoreError(): void {}
