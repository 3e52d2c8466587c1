import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ask, http2Client } from '../../src/net/testing/http2-client.ts';
import { eventually, RawClient } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startRawUpstream } from '../../testkit/upstream.ts';
import { framesOf, hear, preface } from '../attack/raw-http2.ts';

const frame = { data: 0, headers: 1, settings: 4, ping: 6, windowUpdate: 8 } as const;
const endHeaders = 4;

const head = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':authority', 'a'],
  [':path', '/'],
] as const;

/** Another client is served as if nothing were. */
async function servesOthers(t: TestContext, port: number): Promise<void> {
  assert.equal((await ask(http2Client(t, port), { ':path': '/' })).body, 'ok');
}

const direct = oneRoute('{ directResponse: { status: 200, body: ok } }');

/** One route to `upstream`, the other answered here. */
function held(upstream: string): string {
  return `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
routes:
- matches: [{ path: { exact: /held } }]
  backends: [{ host: "${upstream}" }]
- policies: { directResponse: { status: 200, body: ok } }
`;
}

for (const [name, type, payload] of [
  ['PING', frame.ping, '12345678'],
  ['SETTINGS', frame.settings, ''],
] as const) {
  test(`${name} without end from a client that reads no answer ends its connection`, async (t) => {
    await using gateway = await startGateway(direct);
    const client = RawClient.connect(gateway.port);
    client.socket.pause();
    client.socket.write(preface);
    const flood = framesOf({ type, payload, times: 5000 });
    let written = 0;
    const more = (): void => {
      while (!client.socket.destroyed && written < 200_000_000) {
        written += flood.length;
        if (!client.socket.write(flood)) return void client.socket.once('drain', more);
      }
    };
    more();
    await servesOthers(t, gateway.port);
    await eventually(() => client.closed, 'the end of the connection');
    assert.ok(written < 200_000_000, `${written} bytes were taken`);
    await servesOthers(t, gateway.port);
  });
}

for (const [name, spoil] of [
  ['a body longer than it was said to be', { type: frame.data, payload: 'xx' }],
  ['an increment of 0', { type: frame.windowUpdate, payload: '\0\0\0\0' }],
  ['a second head without an end', { type: frame.headers, flags: endHeaders, fields: head }],
] as const) {
  // CVE-2025-8671: such resets are not the client's, and free the stream for the next request.
  test(`a client that makes the gateway reset its streams by ${name} cannot do so without end`, async (t) => {
    let begun = 0;
    await using upstream = await startRawUpstream(() => (begun += 1));
    await using gateway = await startGateway(held(upstream.host));
    const client = RawClient.connect(gateway.port);
    client.socket.write(preface);
    const fields = [...head.slice(0, 3), [':path', '/held'], ['content-length', '1']] as const;
    for (let i = 0; i < 3000 && !client.closed; i += 1) {
      const stream = 2 * i + 1;
      client.socket.write(framesOf({ type: frame.headers, flags: endHeaders, stream, fields }));
      client.socket.write(framesOf({ ...spoil, stream }));
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => client.closed || client.ended, 'the end of the connection');
    assert.notDeepEqual(hear(client.received).goaways, []);
    assert.ok(begun < 500, `${begun} requests were begun`);
    await servesOthers(t, gateway.port);
    client.destroy();
  });
}
