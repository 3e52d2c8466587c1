import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import tls from 'node:tls';
import { certified, pem } from '../testing/certificates.ts';
import { reply, testListener } from '../testing/test-listener.ts';
import { TicketKeys } from './tickets.ts';

/** Connects, and gives the session of the connection, or whether it was resumed. */
function connect(t: TestContext, port: number, session?: Buffer): Promise<{ resumed: boolean; session: Buffer }> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      ca: pem('ca.pem'),
      servername: 'a.test',
      ALPNProtocols: ['http/1.1'],
      ...(session === undefined ? {} : { session }),
    });
    let last: Buffer = Buffer.alloc(0);
    t.after(() => socket.destroy());
    socket.on('error', reject);
    // By then a ticket of TLS 1.3 has come, too.
    socket.on('data', () => resolve({ resumed: socket.isSessionReused(), session: last }));
    socket.on('session', (given) => (last = given));
    socket.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
  });
}

it('a session is resumed at another worker of the process, and at no other process', async (t) => {
  const open = async (secret: number): Promise<number> => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'ok'), {
      tls: [{ tls: certified('a') }],
      ticketKeys: new TicketKeys(new Uint8Array(32).fill(secret)),
    });
    return listener.port;
  };
  const [one, two, stranger] = [await open(1), await open(1), await open(2)];
  const first = await connect(t, one);
  assert.equal(first.resumed, false);
  assert.equal((await connect(t, two, first.session)).resumed, true);
  assert.equal((await connect(t, stranger, first.session)).resumed, false);
});

it('the key of tickets changes with time, and not before', () => {
  let now = 1_000_000_000_000;
  const keys = new TicketKeys(new Uint8Array(32), () => now);
  const before = keys.current();
  assert.equal(before.length, 48);
  assert.equal(keys.current(), before);
  now += 13 * 3_600_000;
  assert.notDeepEqual(keys.current(), before);
});
