/** gRPC's interoperability cases, official client code and official server, through the gateway. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { certificates } from '../../testkit/certificates.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { installGrpc, runCase, startHealthServer, startInteropServer } from './programs.ts';

/**
 * All that need no cloud: of grpc-go's client there are left out those about Google's credentials and ALTS, and
 * `pick_first_unary`, for which its server does not say who it is.
 */
const cases = [
  'empty_unary',
  'large_unary',
  'client_streaming',
  'server_streaming',
  'ping_pong',
  'empty_stream',
  'timeout_on_sleeping_server',
  'cancel_after_begin',
  'cancel_after_first_response',
  'custom_metadata',
  'status_code_and_message',
  'special_status_message',
  'unimplemented_method',
  'unimplemented_service',
  'orca_per_rpc',
  'orca_oob',
  'rpc_soak',
  'channel_soak',
] as const;

const { cert, key } = certificates.local;
const plain = 'protocol: HTTP';
const secured = `protocol: HTTPS, tls: { cert: ${cert}, key: ${key} }`;

/** A listener whose routes all go to `backend`. */
function listener(settings: string, ...routes: string[]): string {
  return `
binds:
- port: $PORT
  address: ["127.0.0.1"]
  listeners: [{ name: only, ${settings}, routes: [${routes.join(', ')}] }]
`;
}

/** What a GRPCRoute says, as paths and headers: a method, methods by pattern, metadata, and the rest. */
function grpcRoutes(backend: string): string[] {
  const to = `backends: [${backend}]`;
  return [
    `{ name: method, matches: [{ path: { exact: /grpc.testing.TestService/EmptyCall } }], ${to} }`,
    `{ name: pattern, matches: [{ path: { regex: '/grpc\\.testing\\.TestService/(Streaming.*|FullDuplexCall)' } }], ${to} }`,
    `{ name: metadata, matches: [{ path: { pathPrefix: /grpc.testing.TestService },
        headers: [{ name: x-route, value: { exact: metadata } }] }], ${to} }`,
    // A prefix would go before the pattern.
    `{ name: rest, matches: [{ path: { regex: '/.*' } }], ${to} }`,
  ];
}

before(installGrpc);

for (const { title, tls, upstreamTls } of [
  { title: 'from HTTP/2 with prior knowledge to the same', tls: false, upstreamTls: false },
  { title: 'from TLS to HTTP/2 with prior knowledge', tls: true, upstreamTls: false },
  { title: 'from TLS to TLS', tls: true, upstreamTls: true },
]) {
  describe(`interoperability of gRPC, ${title}`, () => {
    test('all cases', async (t) => {
      await using server = await startInteropServer(upstreamTls);
      const policies = upstreamTls ? `{ backendTLS: { root: ${certificates.ca} } }` : '{}';
      const backend = `{ host: "${server.host}", policies: ${policies} }`;
      await using gateway = await startGateway(listener(tls ? secured : plain, `{ backends: [${backend}] }`));
      for (const name of cases) await t.test(name, () => runCase(name, { port: gateway.port, tls }));
    });
  });
}

describe('calls of gRPC', () => {
  for (const { name, header, route, status } of [
    { name: 'empty_unary', route: 'method', status: 0 },
    { name: 'client_streaming', route: 'pattern', status: 0 },
    { name: 'server_streaming', route: 'pattern', status: 0 },
    { name: 'ping_pong', route: 'pattern', status: 0 },
    { name: 'large_unary', header: 'metadata', route: 'metadata', status: 0 },
    { name: 'large_unary', route: 'rest', status: 0 },
    { name: 'unimplemented_service', route: 'rest', status: 12 },
  ]) {
    test(`${name}${header === undefined ? '' : ' with metadata'} is routed and recorded`, async () => {
      await using server = await startInteropServer(false);
      await using gateway = await startGateway(listener(plain, ...grpcRoutes(`{ host: "${server.host}" }`)));
      await runCase(name, { port: gateway.port, tls: false, ...(header === undefined ? {} : { header }) });
      const [line] = await gateway.lines(1);
      assert.deepEqual(
        [line?.['route'], line?.['http.status'], line?.['grpc.status']],
        [`default/${route}`, 200, status],
      );
    });
  }

  test('ask for health by Check and Watch', async () => {
    await using server = await startHealthServer();
    await using gateway = await startGateway(listener(plain, `{ backends: [{ host: "${server.host}" }] }`));
    await runCase('health', { port: gateway.port, tls: false });
    const statuses = (await gateway.lines(4)).map((line) => line['grpc.status'] ?? null);
    assert.deepEqual(new Set(statuses.slice(0, 3)), new Set([0, 5]));
  });
});
