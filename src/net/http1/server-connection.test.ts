import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GatewayError } from '../../base/errors.ts';
import { HeaderList } from '../http/headers.ts';
import type { Inbound } from '../http/inbound.ts';
import { ResponseHead, UNKNOWN_LENGTH } from '../http/message.ts';
import { Collect, reply, testListener, Watch } from '../testing/test-listener.ts';
import { eventually } from '../testing/raw-client.ts';

const get = (path: string, fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

describe('requests on one connection', () => {
  it('answers pipelined requests in order, each only after the one before', async (t) => {
    let under = 0;
    const listener = await testListener(t, (inbound) => {
      under += 1;
      assert.equal(under, 1);
      setTimeout(() => {
        under -= 1;
        reply(inbound, 200, inbound.head.path);
      }, 5);
    });
    const client = listener.client();
    client.write(get('/one') + get('/two') + get('/three', 'Connection: close\r\n'));
    assert.deepEqual((await client.rest()).match(/\/[a-z]+/g), ['/one', '/two', '/three']);
    assert.match(client.received, /connection: close\r\n\r\n\/three$/);
  });

  it('answers many pipelined requests at once without deep recursion', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'x'));
    const client = listener.client();
    client.write(get('/').repeat(5000) + get('/', 'Connection: close\r\n'));
    assert.equal((await client.rest()).match(/HTTP\/1\.1 200 OK/g)?.length, 5001);
  });

  it('takes a request that comes byte by byte', async (t) => {
    const sink = new Collect();
    const listener = await testListener(t, (inbound) => {
      inbound.receive(sink, 'payload');
      reply(inbound, 200, 'ok');
    });
    const client = listener.client();
    for (const byte of 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc') {
      client.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.has('ok');
  });

  it('adds a Date to a response that has none, and keeps the one it has', async (t) => {
    const listener = await testListener(t, (inbound) =>
      reply(inbound, 200, '', inbound.head.path === '/own' ? ['date', 'mine'] : []),
    );
    const client = listener.client();
    client.write(get('/'));
    await client.has('\r\n\r\n');
    assert.match(client.received, /date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
    client.received = '';
    client.write(get('/own'));
    await client.has('\r\n\r\n');
    assert.deepEqual(client.received.match(/date: .*/g), ['date: mine']);
  });

  it('counts bytes of heads and bodies', async (t) => {
    let seen: Inbound | null = null;
    const listener = await testListener(t, (inbound) => {
      seen = inbound;
      inbound.receive(new Collect(() => reply(inbound, 200, 'four', ['date', 'x'])), 'payload');
    });
    const client = listener.client();
    const request = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc';
    client.write(request);
    await client.has('four');
    const inbound = seen as Inbound | null;
    assert.equal(inbound?.bytesReceived, request.length);
    assert.equal(inbound?.bytesSent, client.received.length);
  });
});

describe('responses', () => {
  it('chunks a body of unknown length, with trailers', async (t) => {
    const listener = await testListener(t, (inbound) => {
      inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
      inbound.write(Buffer.from('hello'));
      setTimeout(() => {
        inbound.write(Buffer.alloc(0));
        inbound.write(Buffer.from('world!'));
        inbound.end(new HeaderList(['x-sum', '1', 'content-length', '5']));
      }, 5);
    });
    const client = listener.client();
    client.write(get('/', 'Connection: close\r\n'));
    assert.match(
      await client.rest(),
      /transfer-encoding: chunked\r\nconnection: close\r\n\r\n5\r\nhello\r\n6\r\nworld!\r\n0\r\nx-sum: 1\r\n\r\n$/,
    );
  });

  it('passes framed bytes on untouched', async (t) => {
    const listener = await testListener(t, (inbound) => {
      assert.equal(inbound.takesFramed, true);
      inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'framed');
      inbound.write(Buffer.from('05\r\nhello\r\n0\r\n\r\n'));
      inbound.end(null);
    });
    const client = listener.client();
    client.write(get('/'));
    await client.has('05\r\nhello\r\n0\r\n\r\n');
  });

  it('sends no body for HEAD, 204 and 304', async (t) => {
    const listener = await testListener(t, (inbound) =>
      reply(inbound, Number(inbound.head.path.slice(1)), 'not this', ['x-a', 'b']),
    );
    const client = listener.client();
    client.write('HEAD /200 HTTP/1.1\r\nHost: a\r\n\r\n' + get('/204') + get('/304', 'Connection: close\r\n'));
    const text = await client.rest();
    assert.doesNotMatch(text, /not this/);
    assert.match(text, /200 OK[^]*content-length: 8[^]*204 No Content/);
    assert.doesNotMatch(/204[^]*304/.exec(text)?.[0] ?? '', /content-length/);
  });

  it('closes to end a body of unknown length for HTTP/1.0, and keeps alive where asked and possible', async (t) => {
    const listener = await testListener(t, (inbound) => {
      assert.equal(inbound.takesFramed, false);
      if (inbound.head.path === '/known') return reply(inbound, 200, 'known');
      inbound.inform(new ResponseHead(103, new HeaderList(), 0));
      inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
      inbound.write(Buffer.from('open'));
      inbound.end(null);
    });
    const client = listener.client();
    client.write('GET /known HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    await client.has('known');
    assert.match(client.received, /connection: keep-alive/);
    client.received = '';
    client.write('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    assert.match(await client.rest(), /^HTTP\/1.1 200 OK\r\ndate: [^\r]*\r\nconnection: close\r\n\r\nopen$/);
  });

  it('sends interim responses', async (t) => {
    const listener = await testListener(t, (inbound) => {
      inbound.inform(new ResponseHead(103, new HeaderList(['link', '</a>']), 0));
      reply(inbound, 200, 'ok');
    });
    const client = listener.client();
    client.write(get('/'));
    await client.has('ok');
    assert.match(client.received, /^HTTP\/1.1 103 Early Hints\r\nlink: <\/a>\r\n\r\nHTTP\/1.1 200/);
  });

  it('writes names as the client wrote them only under preserve', async (t) => {
    const listener = await testListener(
      t,
      (inbound) => {
        const headers = new HeaderList(['x-odd', '1']);
        headers.original = inbound.head.headers.original;
        inbound.respond(new ResponseHead(200, headers, 0), 'none');
        inbound.end(null);
      },
      { settings: { headerCase: 'preserve' } },
    );
    const client = listener.client();
    client.write(get('/', 'X-oDD: 1\r\n'));
    await client.has('\r\n\r\n');
    assert.match(client.received, /X-oDD: 1\r\nDate: .*\r\nContent-Length: 0\r\n/);
  });

  it('never lets a character above 255 become a line end', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, '', ['x-a', 'bčĊx-evil: 1']));
    const client = listener.client();
    client.write(get('/'));
    await client.has('\r\n\r\n');
    assert.match(client.received, /x-a: b\?\?x-evil: 1\r\n/);
  });

  it('stops the writer while the client does not read, and says when it goes on', async (t) => {
    const total = 1000;
    let sent = 0;
    const listener = await testListener(t, (inbound) => {
      const pump = (): void => {
        while (sent < total) {
          sent += 1;
          if (!inbound.write(Buffer.alloc(40_000, 120))) return;
        }
        inbound.end(null);
      };
      inbound.observer = { onDrain: pump, onClosed: () => undefined };
      inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
      pump();
    });
    const client = listener.client();
    client.socket.pause();
    client.write(get('/'));
    await eventually(() => sent > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(sent < total, 'the writer was stopped');
    client.socket.on('data', () => (client.received = client.received.slice(-10)));
    client.socket.resume();
    await client.until(() => client.received.endsWith('0\r\n\r\n'));
    assert.equal(sent, total);
  });

  it('cuts a response so that the client can tell', async (t) => {
    const watch = new Watch();
    const listener = await testListener(t, (inbound) => {
      inbound.observer = inbound.head.version === 10 ? null : watch;
      inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
      inbound.write(Buffer.from('part'));
      setTimeout(() => inbound.abort(), 20);
    });
    const client = listener.client();
    client.write(get('/'));
    assert.doesNotMatch(await client.rest(), /0\r\n\r\n$/);
    await eventually(() => watch.closed !== null);
    assert.equal(watch.closed, false);
    const old = listener.client();
    old.write('GET / HTTP/1.0\r\n\r\n');
    await old.until(() => old.closed);
    assert.equal(old.error?.code, 'ECONNRESET', 'a close would look like the end');
  });

  it('never sends more or less than the length it announced', async (t) => {
    let watch = new Watch();
    const listener = await testListener(t, (inbound) => {
      inbound.observer = watch;
      inbound.respond(new ResponseHead(200, new HeaderList(), 3), 'payload');
      inbound.write(Buffer.from(inbound.head.path === '/more' ? 'abcd' : 'ab'));
      inbound.end(null);
    });
    for (const path of ['/more', '/less']) {
      watch = new Watch();
      const client = listener.client();
      client.write(get(path));
      await client.rest();
      await eventually(() => watch.closed !== null);
      assert.equal(watch.closed, false);
      assert.doesNotMatch(client.received, /abcd/);
    }
  });
});

describe('requests that cannot be parsed', () => {
  it('are answered with the reason as JSON, reported, and the connection closed', async (t) => {
    const reported: GatewayError[] = [];
    const listener = await testListener(t, () => assert.fail('it reached the handler'), {
      onBadRequest: (error) => reported.push(error),
    });
    const client = listener.client();
    client.write('GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const text = await client.rest();
    assert.match(
      text,
      /^HTTP\/1.1 400 Bad Request\r\n[^]*connection: close\r\n\r\n\{"error":\{"reason":"badRequest","message":"no Host"\}\}$/,
    );
    assert.deepEqual(
      reported.map((error) => error.reason),
      ['badRequest'],
    );
  });

  it('come after the answer to a good request before them', async (t) => {
    const listener = await testListener(t, (inbound) => setTimeout(() => reply(inbound, 200, 'good'), 5));
    const client = listener.client();
    client.write(`${get('/')}BAD\r\n\r\n`);
    assert.match(await client.rest(), /good[^]*HTTP\/1.1 400/);
  });
});
