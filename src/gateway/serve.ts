import { GatewayError } from '../base/errors.ts';
import type { Inbound } from '../net/http/inbound.ts';
import { forgetClaimedCertificate } from './accept/claimed-certificate.ts';
import { isLoopbackRequest } from './accept/loopback.ts';
import { certificatePrincipal } from './authentication/certificate.ts';
import { Exchange } from './exchange.ts';
import { grpcTimeoutMs } from './grpc/deadline.ts';
import { hostOf } from './match/hostname.ts';
import { takeIdentity } from './peers.ts';
import { runPolicies } from './run-policies.ts';
import { checkConnect } from './tunnel/connect-rules.ts';
import { enterTunnel, type EnterBind } from './tunnel/enter.ts';
import type { CompiledBind, CompiledListener, Snapshot } from './snapshot/snapshot.ts';

/** Takes one request through the gateway; every way out of here ends in one record. Never throws. */
export function serve(snapshot: Snapshot, bind: CompiledBind, inbound: Inbound, enter: EnterBind): void {
  const x = new Exchange(inbound, snapshot, bind, false);
  inbound.observer = x;
  snapshot.began(x);
  try {
    if (snapshot.tracer.active) x.trace = snapshot.tracer.begin(x);
    admit(x);
    if (x.request.method === 'CONNECT' && bind.frontend.connectMode === 'tunnel') enterTunnel(x, enter);
    else route(x);
  } catch (error) {
    x.fail(error);
  }
}

/** Refuses what the bind does not take. */
function admit(x: Exchange): void {
  const { bind, request } = x;
  if (bind.requests !== null && !bind.requests.tryAcquire()) {
    x.admitted = false;
    bind.recorder.limited('requests');
    throw new GatewayError('overloaded', 'too many requests in flight', { retryAfter: 1 });
  }
  bind.normalise?.(request);
  const { tls } = x.connection;
  if (tls?.mutual === true) forgetClaimedCertificate(request.headers);
  // What a policy finds out about the client comes in its place.
  if (tls?.client !== undefined) x.principal = certificatePrincipal(tls.client);
  if (bind.loopbackOnly && !isLoopbackRequest(request)) throw new GatewayError('originNotAllowed');
  if (request.method === 'CONNECT' || bind.frontend.connectMode === 'tunnel') checkConnect(x);
}

function route(x: Exchange): void {
  const host = hostOf(x.request.authority);
  const listener = x.bind.onlyListener ?? x.bind.listeners.find(host, itself);
  if (listener === null) throw new GatewayError('listenerNotFound');
  if (x.bind.onlyListener === null) checkHandshake(x, listener);
  x.listener = listener;
  x.trace?.say('listener', { name: listener.name });
  const { policies } = listener;
  if (policies === null) return match(x, listener, host);
  if (policies.stages !== null) x.interpose(policies.stages);
  return runPolicies(x, policies.request, 0, matchAnew);
}

/** The policies before may have changed what the request is for. */
function matchAnew(x: Exchange): void {
  if (x.listener !== null) match(x, x.listener, hostOf(x.request.authority));
}

function match(x: Exchange, listener: CompiledListener, host: string): void {
  const hit = listener.routes.find(host, x.request);
  if (hit === null) throw new GatewayError('routeNotFound');
  const { route: found } = hit;
  x.route = found;
  x.pathMatch = hit.path;
  x.trace?.say('route', { name: found.name, namespace: found.namespace, rule: found.ruleName });
  if (x.request.version === 20) limitCall(x);
  const { policies } = found;
  if (policies.stages !== null) x.interpose(policies.stages);
  runPolicies(x, policies.request, 0, forward);
}

/** A client of gRPC says how long it waits; after that nobody needs an answer. */
function limitCall(x: Exchange): void {
  const ms = grpcTimeoutMs(x.request.headers.get('grpc-timeout'));
  if (ms !== null) x.limitDuration(ms);
}

/**
 * Over TLS, refuses a host whose listener is not the one that shook hands: that one's client certificates and versions
 * were never asked for (RFC 9110 §7.4).
 */
function checkHandshake(x: Exchange, listener: CompiledListener): void {
  const { tls } = x.connection;
  if (tls === undefined || x.bind.listeners.find(tls.serverName, itself) === listener) return;
  throw new GatewayError('misdirected');
}

function itself(listener: CompiledListener): CompiledListener {
  return listener;
}

function forward(x: Exchange): void {
  const backend = x.route?.choose() ?? null;
  if (backend === null) throw new GatewayError('noBackend');
  if (x.request.method === 'CONNECT' && backend.takesTunnels !== true) {
    throw new GatewayError('methodNotAllowed', 'no tunnel can end at this backend');
  }
  x.backend = backend;
  x.trace?.say('backend', { name: backend.name, protocol: backend.protocol });
  const pending = backend.handle(x);
  if (pending instanceof Promise) pending.catch((error: unknown) => x.fail(error));
}

/** Serves a request that another worker passed on: routing and policies ran there. Never throws. */
export function serveFromPeer(snapshot: Snapshot, bind: CompiledBind, backendKey: string, inbound: Inbound): void {
  const x = new Exchange(inbound, snapshot, bind, true);
  inbound.observer = x;
  x.admitted = false;
  snapshot.began(x);
  try {
    takeIdentity(x);
    const backend = snapshot.backends.get(backendKey);
    if (backend === undefined) throw new GatewayError('noBackend');
    x.backend = backend;
    const pending = backend.handle(x);
    if (pending instanceof Promise) pending.catch((error: unknown) => x.fail(error));
  } catch (error) {
    x.fail(error);
  }
}
