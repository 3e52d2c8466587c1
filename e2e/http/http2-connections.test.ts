import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { describe, test } from 'node:test';
import { ask, http2Client } from '../../src/net/testing/http2-client.ts';
import { eventually, RawClient } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startRawUpstream } from '../../testkit/upstream.ts';

const { NGHTTP2_NO_ERROR } = http2.constants;

describe('a connection of HTTP/2', () => {
  const held = (path: string): string => `
binds:
- port: ${path}
  address: ["127.0.0.1"]
  listeners: [{ name: only, protocol: HTTP, routes: [{ backends: [{ host: "$UPSTREAM" }] }] }]
`;

  test('of a listener that a reload takes away says goodbye and ends with its last answer', async (t) => {
    await using upstream = await startRawUpstream();
    const yaml = (port: string): string => held(port).replace('$UPSTREAM', upstream.host);
    await using gateway = await startGateway(yaml('$PORT'));
    const session = http2Client(t, gateway.port);
    const goodbyes: number[] = [];
    session.on('goaway', (code: number) => goodbyes.push(code));
    const answer = ask(session, { ':path': '/' });
    const connection = await upstream.connection(0);
    await connection.has('\r\n\r\n');
    await gateway.reload(yaml('$PORT1'));
    await eventually(() => goodbyes.length > 0, 'the goodbye');
    connection.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlast');
    assert.equal((await answer).body, 'last');
    await eventually(() => session.destroyed, 'the end of the connection');
    assert.deepEqual(new Set(goodbyes), new Set([NGHTTP2_NO_ERROR]));
  });

  test('of a gateway that stops does so, too', async (t) => {
    await using upstream = await startRawUpstream();
    await using gateway = await startGateway(oneRoute('', upstream.host));
    const session = http2Client(t, gateway.port);
    const answer = ask(session, { ':path': '/' });
    const connection = await upstream.connection(0);
    await connection.has('\r\n\r\n');
    const goodbye = new Promise((resolve) => session.once('goaway', resolve));
    const drained = gateway.plane.drain(0, 5000);
    assert.equal(await goodbye, NGHTTP2_NO_ERROR);
    connection.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlast');
    assert.equal((await answer).body, 'last');
    await drained;
  });

  test('ends when it is old enough, after its last answer', async (t) => {
    const policies = 'frontendPolicies: { http: { maxConnectionDuration: 50ms } }';
    await using gateway = await startGateway(oneRoute('{ directResponse: { status: 200, body: ok } }', [], policies));
    const session = http2Client(t, gateway.port);
    assert.equal((await ask(session, { ':path': '/' })).body, 'ok');
    await eventually(() => session.destroyed, 'the end of the connection');
  });

  test('whose client answers no ping closes, and one whose client does goes on', async (t) => {
    const policies =
      'frontendPolicies: { http: { http2KeepaliveInterval: 100ms, http2KeepaliveTimeout: 500ms, http1IdleTimeout: 1h } }';
    await using gateway = await startGateway(oneRoute('{ directResponse: { status: 200, body: ok } }', [], policies));
    const session = http2Client(t, gateway.port);
    let pings = 0;
    session.on('ping', () => (pings += 1));
    await ask(session, { ':path': '/' });
    const silent = RawClient.connect(gateway.port);
    silent.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
    await silent.until(() => silent.closed || silent.ended);
    await eventually(() => pings > 1, 'pings');
    assert.equal((await ask(session, { ':path': '/' })).body, 'ok');
    silent.destroy();
  });
});
