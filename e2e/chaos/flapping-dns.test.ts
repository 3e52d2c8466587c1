/** A DNS that changes its mind, says that there is no such name, and says nothing. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import { eventually, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startDnsServer } from '../../testkit/dns-server.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { freePorts } from '../../testkit/free-ports.ts';

const limit = { timeout: 30_000 };

/** Servers on one port of two addresses; each answers its own. */
async function twoServers(t: TestContext): Promise<number> {
  const [port = 0] = await freePorts(1);
  for (const address of ['127.0.0.1', '127.0.0.2']) {
    // Each request is a connection of its own, so that it goes where the name says now.
    const server = createServer((_, response) => response.setHeader('connection', 'close').end(address));
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    t.after(() => server.close());
  }
  return port;
}

test('a name is asked for as often as its lifetime says', limit, async (t) => {
  const port = await twoServers(t);
  await using dns = await startDnsServer({ addresses: ['127.0.0.1'], ttl: 60 });
  await using gateway = await startGateway(oneRoute('', `moving.test:${port}`), undefined, dns.lookup);
  for (let i = 0; i < 5; i++) assert.equal((await send(gateway.port)).text, '127.0.0.1');
  assert.equal(dns.questions, 1);
});

test('requests follow a name to its next address, and none fails while the DNS does', limit, async (t) => {
  const port = await twoServers(t);
  await using dns = await startDnsServer({ addresses: ['127.0.0.1'], ttl: 1 });
  await using gateway = await startGateway(oneRoute('', `moving.test:${port}`), undefined, dns.lookup);
  const ask = async (): Promise<string> => {
    const { status, text: body } = await send(gateway.port);
    assert.equal(status, 200, body);
    return body;
  };
  assert.equal(await ask(), '127.0.0.1');
  for (const failure of ['nxdomain', 'servfail', 'silent'] as const) {
    dns.state = failure;
    const asked = dns.questions;
    // The lifetime is over, the DNS was asked and failed, and the last address serves still.
    await eventually(async () => (await ask()) !== '' && dns.questions > asked);
    for (let i = 0; i < 3; i++) assert.match(await ask(), /^127\.0\.0\.[12]$/);
    const next = failure === 'servfail' ? '127.0.0.1' : '127.0.0.2';
    dns.state = { addresses: [next], ttl: 1 };
    await eventually(async () => (await ask()) === next);
  }
});

test('a name that was never known is 503 until it is there', limit, async (t) => {
  const port = await twoServers(t);
  await using dns = await startDnsServer('nxdomain');
  await using gateway = await startGateway(oneRoute('', `late.test:${port}`), undefined, dns.lookup);
  for (let i = 0; i < 3; i++) {
    const { status, text: body } = await send(gateway.port);
    assert.equal(status, 503);
    assert.match(body, /"reason":"dnsFailed"/);
  }
  assert.equal(dns.questions, 1, 'a failure is remembered for a moment');
  dns.state = { addresses: ['127.0.0.2'], ttl: 60 };
  await eventually(async () => (await send(gateway.port)).text === '127.0.0.2');
});
