import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Inbound } from '../http/inbound.ts';
import { eventually } from '../testing/raw-client.ts';
import { Collect, reply, testListener } from '../testing/test-listener.ts';

const get = (path: string, fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

describe('request bodies', () => {
  it('delivers chunked bodies in both modes', async (t) => {
    const sinks: Collect[] = [];
    const listener = await testListener(t, (inbound) => {
      const sink = new Collect(() => reply(inbound, 200, 'ok'));
      sinks.push(sink);
      inbound.receive(sink, inbound.head.path === '/f' ? 'framed' : 'payload');
    });
    const body = '3;x=y\r\nabc\r\n0\r\nX-T: 1\r\n\r\n';
    const client = listener.client();
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body}`);
    client.write(`POST /f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${body}`);
    await client.rest();
    assert.equal(sinks[0]?.text, 'abc');
    assert.deepEqual(sinks[0]?.trailers?.flat, ['x-t', '1']);
    assert.equal(sinks[1]?.text, '3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n');
    assert.equal(sinks[1]?.trailers, null);
  });

  it('sends 100 (Continue) when the body is asked for, and not before', async (t) => {
    let waiting: Inbound | null = null;
    const listener = await testListener(t, (inbound) => (waiting = inbound));
    const client = listener.client();
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n');
    await eventually(() => waiting !== null);
    assert.equal(client.received, '');
    const inbound = waiting as Inbound | null;
    inbound?.receive(new Collect(() => inbound !== null && reply(inbound, 200, 'done')), 'payload');
    await client.has('100 Continue\r\n\r\n');
    client.write('abc');
    await client.has('done');
  });

  it('closes after a final response to a client that still waits for 100', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 401, 'no'));
    const client = listener.client();
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n');
    assert.match(await client.rest(), /^HTTP\/1.1 401[^]*connection: close/);
  });

  it('drops a short body that nobody asked for and keeps the connection', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, inbound.head.path));
    const client = listener.client();
    client.write('POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /');
    client.write(get('/2'));
    await client.has('/2');
    assert.doesNotMatch(client.received, /connection: close/);
  });

  it('closes after the response when a long body is not read, and lets the client read the response', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 413, 'too long'));
    const client = listener.client();
    client.write('POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n');
    client.socket.write(Buffer.alloc(400_000));
    assert.match(await client.rest(), /connection: close\r\n\r\ntoo long$/);
    assert.equal(client.error, null, 'no reset');
  });

  it('reads on only so far when a response came before the end of the body', async (t) => {
    const sink = new Collect();
    const listener = await testListener(t, (inbound) => {
      inbound.receive(sink, 'payload');
      setTimeout(() => reply(inbound, 200, 'early'), 10);
    });
    const client = listener.client();
    client.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n');
    await client.has('early');
    client.write('1\r\nb\r\n0\r\n\r\n');
    client.write(get('/again', ''));
    await client.until(() => client.received.split('early').length === 3, 'a second answer');
    assert.equal(sink.text, 'a', 'nothing is delivered after the response');
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n');
    await client.until(() => client.received.split('early').length === 4, 'a third answer');
    client.socket.write(Buffer.alloc(200_000));
    await client.rest();
  });

  it('stops reading while the sink is full', async (t) => {
    let received = 0;
    let held: Inbound | null = null;
    const listener = await testListener(t, (inbound) => {
      held = inbound;
      inbound.receive(
        {
          data: (chunk) => {
            received += chunk.length;
            return false;
          },
          end: () => reply(inbound, 200, 'all'),
          fail: () => undefined,
        },
        'payload',
      );
    });
    const size = 64 * 1024 * 1024;
    const client = listener.client();
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    client.socket.write(Buffer.alloc(size));
    await eventually(() => received > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(received < 200_000, `${received} bytes came although the sink is full`);
    const inbound = held as Inbound | null;
    const timer = setInterval(() => inbound?.resumeBody(), 0);
    t.after(() => clearInterval(timer));
    await eventually(() => received > 5_000_000);
    client.destroy();
  });

  it('tells the sink of broken framing, and the request can still be answered', async (t) => {
    const listener = await testListener(t, (inbound) => {
      const sink = new Collect(undefined, () => reply(inbound, 400, sink.failed));
      inbound.receive(sink, 'payload');
    });
    const client = listener.client();
    client.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n');
    assert.match(await client.rest(), /^HTTP\/1.1 400[^]*connection: close[^]*an invalid chunk size$/);
  });
});
