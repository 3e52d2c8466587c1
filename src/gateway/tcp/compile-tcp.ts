import { sensitiveNames } from '../../expr/redaction.ts';
import type { CustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { PortProtocols } from '../../net/accept/protocols.ts';
import { ServerNames } from '../../net/accept/server-names.ts';
import type { TlsContextSpec } from '../../net/tls/contexts.ts';
import type { ProcessSettings } from '../../model/process.ts';
import type { AccessLogWriter } from '../../telemetry/access-log/writer.ts';
import type { Bind, Listener } from '../../model/bind.ts';
import type { TcpRoute, TcpRouteBackend } from '../../model/tcp-route.ts';
import type { Metrics } from '../../telemetry/metrics/names.ts';
import { chooseByWeight } from '../backends/weighted.ts';
import { intersectHostnames } from '../match/hostname.ts';
import { ConnectionLine } from './connection-line.ts';
import type { DialTarget } from './dial-target.ts';
import type { CompiledTcp } from './tcp-bind.ts';
import type { CompiledTcpListener, CompiledTcpRoute } from './tcp-listener.ts';

/** What the TCP listeners of a bind are compiled with. */
export interface TcpScope {
  readonly process: ProcessSettings;
  readonly functions: CustomFunctions;
  readonly metrics: Metrics;
  readonly accessLog: AccessLogWriter;
  target(entry: TcpRouteBackend): DialTarget;
}

/** What the TCP and TLS listeners of a bind need to serve connections; null when it has none. */
export function compileTcp(bind: Bind, scope: TcpScope): CompiledTcp | null {
  const listeners = bind.listeners.filter(({ protocol }) => protocol === 'TCP' || protocol === 'TLS');
  if (listeners.length === 0) return null;
  const names = new ServerNames<CompiledTcpListener>();
  for (const listener of listeners) names.add(listener.hostname, compileListener(bind.key, listener, scope));
  return {
    bindKey: bind.key,
    sensitiveHeaders: sensitiveNames(scope.process.sensitiveHeaders),
    listeners: names,
    keys: new Set(listeners.map(({ key }) => key)),
    line: new ConnectionLine(bind.frontend.accessLog, scope.process, scope.functions),
    accessLog: scope.accessLog,
    idleTimeoutMs: bind.frontend.tcpIdleTimeoutMs,
    drainDeadlineMs: scope.process.drainDeadlineMs,
  };
}

/** What the port of a bind speaks. */
export function portProtocols({ listeners, frontend: { proxyProtocol } }: Bind): PortProtocols {
  const proxy = proxyProtocol === undefined ? {} : { proxyProtocol };
  const secure = listeners.filter(({ protocol }) => protocol === 'HTTPS' || protocol === 'TLS');
  if (secure.length === 0) {
    return {
      security: 'plain',
      inside: listeners.some(({ protocol }) => protocol === 'TCP') ? 'raw' : 'http',
      ...proxy,
    };
  }
  const contexts = (wanted: Listener['protocol']): TlsContextSpec[] =>
    secure.flatMap(({ protocol, hostname, tls }) => {
      if (protocol !== wanted || tls === undefined) return [];
      return [hostname === undefined ? { tls } : { hostname, tls }];
    });
  const passed = secure.filter(({ protocol, tls }) => protocol === 'TLS' && tls === undefined);
  return {
    security: 'tls',
    https: contexts('HTTPS'),
    raw: contexts('TLS'),
    passThrough: passed.map(({ hostname }) => hostname),
    ...proxy,
  };
}

function compileListener(bindKey: string, listener: Listener, scope: TcpScope): CompiledTcpListener {
  const gateway = `${listener.gateway.namespace}/${listener.gateway.name}`;
  const labels = [bindKey, gateway, listener.name, listener.protocol === 'TCP' ? 'tcp' : 'tls'] as const;
  const routes = new ServerNames<CompiledTcpRoute>();
  for (const route of listener.tcpRoutes ?? []) {
    const compiled = compileRoute(route, scope);
    for (const hostname of route.hostnames.length === 0 ? [undefined] : route.hostnames) {
      const seen = intersectHostnames(listener.hostname, hostname);
      if (seen !== null) routes.add(seen, compiled);
    }
  }
  const ends = listener.tls === undefined ? 'passThrough' : 'tls';
  return {
    key: listener.key,
    name: listener.name,
    gatewayName: listener.gateway.name,
    gatewayNamespace: listener.gateway.namespace,
    takes: listener.protocol === 'TCP' ? 'tcp' : ends,
    routes,
    received: scope.metrics.downstreamReceivedBytes.with(...labels),
    sent: scope.metrics.downstreamSentBytes.with(...labels),
  };
}

function compileRoute(route: TcpRoute, scope: TcpScope): CompiledTcpRoute {
  return {
    name: route.name,
    namespace: route.namespace,
    ruleName: route.ruleName ?? '',
    choose: chooseByWeight(route.backends.map((entry) => ({ weight: entry.weight, backend: scope.target(entry) }))),
  };
}
