import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import type { GatewayError } from '../../base/errors.ts';
import type { Inbound } from '../http/inbound.ts';
import { HeaderList } from '../http/headers.ts';
import { ResponseHead, UNKNOWN_LENGTH } from '../http/message.ts';
import { certified, pem } from '../testing/certificates.ts';
import { eventually } from '../testing/raw-client.ts';
import { Collect, reply, testListener, Watch } from '../testing/test-listener.ts';

/** Answers with the status of what ended the body, or 200. */
function statusOfBody(inbound: Inbound): void {
  inbound.receive(
    {
      data: () => true,
      end: () => reply(inbound, 200, 'whole'),
      fail: (error: GatewayError) => reply(inbound, error.status, error.reason),
    },
    'payload',
  );
}

describe('a client that sends its body too slowly', () => {
  it('is told so with 408, and the connection closes', async (t) => {
    const listener = await testListener(t, statusOfBody, { settings: { bodyTimeoutMs: 50 } });
    for (const framing of ['content-length: 10', 'transfer-encoding: chunked']) {
      const client = listener.client();
      client.write(`POST / HTTP/1.1\r\nhost: a\r\n${framing}\r\n\r\n5`);
      assert.match(await client.rest(), /^HTTP\/1\.1 408 [^]*connection: close\r\n\r\nrequestTimeout$/);
    }
  });

  it('has time as long as something comes', async (t) => {
    const listener = await testListener(t, statusOfBody, { settings: { bodyTimeoutMs: 400 } });
    const client = listener.client();
    client.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 20\r\n\r\n');
    for (let i = 0; i < 20; i += 1) {
      client.write('x');
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await client.has('200 OK');
  });

  it('has all the time while nobody wants it, and once there is a response', async (t) => {
    const inbounds: Inbound[] = [];
    const listener = await testListener(t, (inbound) => inbounds.push(inbound), { settings: { bodyTimeoutMs: 50 } });
    const idle = listener.client();
    idle.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nx');
    const both = listener.client();
    both.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nx');
    await eventually(() => inbounds.length === 2);
    const body = new Collect();
    inbounds[1]?.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
    inbounds[1]?.receive(body, 'payload');
    // Another client runs into the limit meanwhile, more than once.
    for (let i = 0; i < 3; i += 1) {
      const slow = listener.client();
      slow.write('POST /slow HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nx');
      await eventually(() => inbounds.length === 3 + i);
      statusOfBody(inbounds[2 + i] as Inbound);
      await slow.rest();
    }
    statusOfBody(inbounds[0] as Inbound);
    idle.write('y');
    both.write('y');
    await idle.has('200 OK');
    await eventually(() => body.ended);
    assert.equal(body.failed, '');
  });
});

describe('a client that takes nothing of its response', () => {
  it('is cut off', async (t) => {
    const watch = new Watch();
    const listener = await testListener(
      t,
      (inbound) => {
        inbound.observer = watch;
        const chunk = Buffer.alloc(65_536);
        inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
        watch.onDrain = () => void inbound.write(chunk);
        inbound.write(chunk);
      },
      { settings: { sendTimeoutMs: 50 } },
    );
    const client = listener.client();
    client.socket.pause();
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await eventually(() => watch.closed !== null);
    assert.equal(watch.closed, false);
    assert.equal(listener.connections, 0);
  });

  it('is cut off over TLS, too', async (t) => {
    const watch = new Watch();
    const listener = await testListener(
      t,
      (inbound) => {
        inbound.observer = watch;
        const chunk = Buffer.alloc(65_536);
        inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
        watch.onDrain = () => void inbound.write(chunk);
        inbound.write(chunk);
      },
      { settings: { sendTimeoutMs: 50 }, tls: [{ tls: certified('local') }] },
    );
    const client = tls.connect({ port: listener.port, host: '127.0.0.1', ca: pem('ca.pem'), servername: 'localhost' });
    t.after(() => client.destroy());
    client.on('error', () => undefined);
    client.pause();
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await eventually(() => watch.closed !== null);
    await eventually(() => listener.connections === 0);
  });

  it('is not one that waits for what has yet to come', async (t) => {
    const inbounds: Inbound[] = [];
    const listener = await testListener(t, (inbound) => inbounds.push(inbound), { settings: { sendTimeoutMs: 50 } });
    const events = listener.client();
    events.write('GET /events HTTP/1.1\r\nhost: a\r\n\r\n');
    const poll = listener.client();
    poll.write('GET /poll HTTP/1.1\r\nhost: a\r\n\r\n');
    await eventually(() => inbounds.length === 2);
    const [stream, wait] = inbounds as [Inbound, Inbound];
    stream.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
    stream.write(Buffer.from('data: 1\n\n'));
    await events.has('data: 1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    stream.write(Buffer.from('data: 2\n\n'));
    reply(wait, 200, 'at last');
    await events.has('data: 2');
    await poll.has('at last');
  });
});
