import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

test('addresses that are not served get 403, whatever fields they send', async () => {
  await using upstream = await startUpstream();
  const access = (policy: string): string => oneRoute(`{ ipAccess: ${policy} }`, upstream.host);
  await using gateway = await startGateway(access('{ allow: [127.0.0.0/8] }'));
  for (const [policy, status] of [
    ['{ allow: [127.0.0.0/8] }', 200],
    ['{ allow: ["::ffff:127.0.0.1"] }', 200],
    ['{ allow: [10.0.0.0/8, "::1"] }', 403],
    ['{ deny: [127.0.0.1] }', 403],
    ['{ deny: [127.0.0.2/31] }', 200],
    ['{ allow: [127.0.0.1], deny: [127.0.0.0/24] }', 403],
  ] as const) {
    await gateway.reload(access(policy));
    const reply = await send(gateway.port, { headers: { 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.1' } });
    assert.equal(reply.status, status, policy);
  }
});

test('the address is that of which the PROXY protocol speaks', async () => {
  await using upstream = await startUpstream();
  const frontend = 'frontendPolicies: { proxyProtocol: { version: all } }';
  await using gateway = await startGateway(
    oneRoute('{ ipAccess: { allow: [192.0.2.0/24] } }', upstream.host, frontend),
  );
  for (const [address, status] of [
    ['192.0.2.9', 200],
    ['198.51.100.1', 403],
  ] as const) {
    const client = RawClient.connect(gateway.port);
    client.write(`PROXY TCP4 ${address} 127.0.0.1 1000 80\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    assert.match(await client.rest(), new RegExp(`^HTTP/1.1 ${status} `));
  }
});

test('a block that is none is refused when the file is loaded, at its place', async () => {
  await assert.rejects(startGateway(oneRoute('{ ipAccess: { deny: [10.0.0.1/8] } }')), /deny\[0\].*beyond \/8/s);
});
