import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bind, FrontendSettings, Listener, ListenerTls } from '../../model/bind.ts';
import type { ProcessSettings } from '../../model/process.ts';
import type { TcpRoute } from '../../model/tcp-route.ts';
import { noCustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { AccessLogWriter } from '../../telemetry/access-log/writer.ts';
import { createMetrics } from '../../telemetry/metrics/names.ts';
import { MetricRegistry } from '../../telemetry/metrics/registry.ts';
import { compileTcp, portProtocols } from './compile-tcp.ts';

const tls: ListenerTls = { certificate: 'c', privateKey: 'k' };
const frontend = { accessLog: { add: new Map(), remove: [] }, tcpIdleTimeoutMs: 1000 } as unknown as FrontendSettings;
const process = {
  sensitiveHeaders: [],
  drainDeadlineMs: 5000,
  logging: { format: 'json', add: new Map(), remove: [] },
} as unknown as ProcessSettings;

function listener(name: string, parts: Partial<Listener>): Listener {
  return { key: name, name, gateway: { name: 'g', namespace: 'n' }, protocol: 'TLS', routes: [], ...parts };
}

function route(name: string, hostnames: readonly string[]): TcpRoute {
  const backend = { kind: 'host', name, address: { kind: 'tcp', host: name, port: 1 }, policies: {} } as const;
  return { key: name, name, namespace: 'default', hostnames, backends: [{ weight: 1, backend }] };
}

function bind(...listeners: readonly Listener[]): Bind {
  return { key: 'bind/1', port: 1, addresses: [], mode: 'standard', frontend, listeners };
}

const scope = {
  process,
  functions: noCustomFunctions,
  metrics: createMetrics(new MetricRegistry(), []),
  accessLog: { write: () => undefined } as unknown as AccessLogWriter,
  target: ({ backend }: { backend: { name: string } }) => ({
    name: backend.name,
    dial: () => assert.fail('nobody dials'),
  }),
};

test('what a port speaks follows from its listeners', () => {
  assert.deepEqual(portProtocols(bind()), { security: 'plain', inside: 'http' });
  assert.deepEqual(portProtocols(bind(listener('a', { protocol: 'HTTP' }))), { security: 'plain', inside: 'http' });
  assert.deepEqual(portProtocols(bind(listener('a', { protocol: 'TCP' }))), { security: 'plain', inside: 'raw' });
  const proxyProtocol = { version: 'all', mode: 'strict' } as const;
  const mixed = bind(
    listener('a', { protocol: 'HTTPS', tls, hostname: 'a.test' }),
    listener('b', { tls }),
    listener('c', { hostname: '*.c.test' }),
  );
  assert.deepEqual(portProtocols({ ...mixed, frontend: { ...frontend, proxyProtocol } }), {
    security: 'tls',
    https: [{ hostname: 'a.test', tls }],
    raw: [{ tls }],
    passThrough: ['*.c.test'],
    proxyProtocol,
  });
});

test('a route serves the names that its listener has, too', () => {
  const compiled = compileTcp(
    bind(
      listener('wild', {
        hostname: '*.a.test',
        tcpRoutes: [
          route('exact', ['x.a.test']),
          route('again', ['x.a.test']),
          route('above', ['*.test']),
          route('strange', ['b.test']),
        ],
      }),
      listener('rest', { tls, tcpRoutes: [route('all', [])] }),
    ),
    scope,
  );
  assert.ok(compiled !== null);
  const found = (name: string): (string | undefined)[] => {
    const one = compiled.listeners.select(name);
    const hit = one?.routes.select(name);
    return [one?.name, one?.takes, hit?.name, hit?.choose()?.name];
  };
  assert.deepEqual(found('x.a.test'), ['wild', 'passThrough', 'exact', 'exact']);
  assert.deepEqual(found('y.a.test'), ['wild', 'passThrough', 'above', 'above']);
  assert.deepEqual(found('b.test'), ['rest', 'tls', 'all', 'all']);
  assert.deepEqual(found(''), ['rest', 'tls', 'all', 'all']);
  assert.deepEqual([...compiled.keys], ['wild', 'rest']);
});

test('without TCP and TLS listeners there is nothing', () => {
  assert.equal(compileTcp(bind(listener('a', { protocol: 'HTTPS', tls })), scope), null);
});
