import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient, send } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { named, rawServer } from '../tcp/servers.ts';

const rules = (list: string): string => `frontendPolicies: { networkAuthorization: { rules: ${list} } }`;

function http(list: string, upstream: string): string {
  return `
${rules(list)}
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
routes: [{ backends: [{ host: "${upstream}" }] }]
`;
}

test('connections are served only where a rule allows where they come from', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(
    http(`['cidr("127.0.0.0/8").containsIP(source.address)', { deny: 'destination.port == 1' }]`, upstream.host),
  );
  assert.equal((await send(gateway.port)).status, 200);
  await gateway.reload(http(`['cidr("10.0.0.0/8").containsIP(source.address)']`, upstream.host));
  await assert.rejects(send(gateway.port));
  await gateway.reload(http(`[{ deny: 'source.address == "127.0.0.1"' }]`, upstream.host));
  await assert.rejects(send(gateway.port));
  assert.equal(upstream.requests.length, 1);
});

test('a rule that fails refuses, is counted and logged', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(http(`[{ deny: 'source.subjectCn == "x"' }]`, upstream.host));
  await assert.rejects(send(gateway.port));
  assert.equal(gateway.metric('policy_expression_errors', { policy: 'networkAuthorization' }), 1);
  assert.ok(gateway.diagnostics.some((line) => line.includes('networkAuthorization')));
});

test('it holds for connections that are passed on, too', async () => {
  await using server = await rawServer(named('hello'));
  const source = (list: string): string => `
${rules(list)}
gateways: { default: { port: $PORT, address: ["127.0.0.1"], protocol: TCP } }
tcpRoutes: [{ backends: [{ host: "${server.host}" }] }]
`;
  await using gateway = await startGateway(source(`['source.port > 0']`));
  const client = RawClient.connect(gateway.port);
  await client.has('hello:');
  client.destroy();
  await gateway.reload(source(`[{ require: 'source.address.startsWith("10.")' }]`));
  const refused = RawClient.connect(gateway.port);
  assert.equal(await refused.rest(), '');
});

test('a rule about requests is an error: nothing is known of one yet', async () => {
  await assert.rejects(startGateway(http(`['request.path == "/"']`, '127.0.0.1:1')), /not in connection/);
});
