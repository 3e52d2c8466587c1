import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { describe, it } from 'node:test';
import { HeaderList } from '../http/headers.ts';
import type { Inbound } from '../http/inbound.ts';
import { ResponseHead, UNKNOWN_LENGTH } from '../http/message.ts';
import { Sweeper } from '../sweeper.ts';
import { certified, pem } from '../testing/certificates.ts';
import { ask, http2Client } from '../testing/http2-client.ts';
import { eventually } from '../testing/raw-client.ts';
import { Collect, reply, testListener, Watch } from '../testing/test-listener.ts';

function echoPath(inbound: Inbound): void {
  reply(inbound, 200, inbound.head.path);
}

describe('requests over HTTP/2', () => {
  it('of one connection are served at the same time', async (t) => {
    const waiting: Inbound[] = [];
    const listener = await testListener(t, (inbound) => {
      waiting.push(inbound);
      if (waiting.length < 2) return;
      for (const one of waiting.toReversed()) reply(one, 200, one.head.path, ['x-a', '1', 'x-a', '2']);
    });
    const session = http2Client(t, listener.port);
    const answers = await Promise.all([ask(session, { ':path': '/one?x=1' }), ask(session, { ':path': '/two' })]);
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body]),
      [
        [200, '/one'],
        [200, '/two'],
      ],
    );
    assert.equal(answers[0].headers['x-a'], '1, 2');
    assert.equal(answers[0].headers['content-length'], '4');
    assert.deepEqual(
      waiting.map(({ head }) => [head.version, head.query]),
      [
        [20, '?x=1'],
        [20, ''],
      ],
    );
  });

  it('carry bodies and trailers both ways', async (t) => {
    const sinks: Collect[] = [];
    const listener = await testListener(t, (inbound) => {
      const sink = new Collect(() => {
        inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
        inbound.write(Buffer.from(sink.text));
        inbound.end(new HeaderList(['grpc-status', '0', 'set-cookie', 'x']));
      });
      sinks.push(sink);
      inbound.receive(sink, 'payload');
    });
    const answer = await ask(http2Client(t, listener.port), { ':path': '/', ':method': 'POST' }, 'hello', {
      'x-t': '1',
      authorization: 'late',
    });
    assert.equal(answer.body, 'hello');
    assert.deepEqual(Object.entries(answer.trailers ?? {}), [['grpc-status', '0']]);
    assert.deepEqual(sinks[0]?.trailers?.flat, ['x-t', '1']);
  });

  it('end with their head when there is no body', async (t) => {
    const watch = new Watch();
    const listener = await testListener(t, (inbound) => {
      inbound.observer = watch;
      inbound.respond(new ResponseHead(200, new HeaderList(['grpc-status', '5']), 0), 'payload');
      inbound.end(null);
    });
    const session = http2Client(t, listener.port);
    const stream = session.request({ ':path': '/' });
    const flags = await new Promise<number>((resolve) => {
      stream.on('response', (_fields, bits) => resolve(bits));
    });
    assert.equal(flags & http2.constants.NGHTTP2_FLAG_END_STREAM, 1, 'as gRPC calls it, trailers only');
    stream.resume();
    await eventually(() => watch.closed !== null);
    assert.equal(watch.closed, true);
  });

  it('over TLS are agreed on by ALPN', async (t) => {
    const heads: Inbound['head'][] = [];
    const listener = await testListener(
      t,
      (inbound) => {
        heads.push(inbound.head);
        echoPath(inbound);
      },
      { tls: [{ tls: certified('a') }] },
    );
    const session = http2Client(t, listener.port, { ca: pem('ca.pem'), servername: 'a.test' });
    assert.equal((await ask(session, { ':path': '/tls' })).body, '/tls');
    assert.deepEqual([heads[0]?.scheme, heads[0]?.version], ['https', 20]);
  });

  it('over TLS are not, where only HTTP/1.1 is offered', async (t) => {
    const listener = await testListener(t, echoPath, {
      tls: [{ tls: certified('a') }],
      settings: { alpn: ['http/1.1'] },
    });
    const session = http2.connect(`https://127.0.0.1:${listener.port}`, {
      ca: pem('ca.pem'),
      servername: 'a.test',
    });
    t.after(() => session.destroy());
    const error = await new Promise<Error>((resolve) => session.on('error', resolve));
    assert.match(error.message, /no application protocol|ALPN/i);
  });

  it('have their cookies in one field again, and name one host', async (t) => {
    const heads: Inbound['head'][] = [];
    const listener = await testListener(t, (inbound) => {
      heads.push(inbound.head);
      echoPath(inbound);
    });
    const session = http2Client(t, listener.port);
    await ask(session, { ':path': '/', cookie: ['a=1', 'b=2'], ':authority': 'x.example', host: 'x.example' });
    assert.deepEqual(heads[0]?.headers.flat, ['cookie', 'a=1; b=2']);
    assert.equal(heads[0]?.authority, 'x.example');
  });

  for (const [name, headers, status] of [
    ['a Host that is not :authority', { ':path': '/', ':authority': 'a.example', host: 'b.example' }, 400],
    ['a target above the limit', { ':path': `/${'a'.repeat(9000)}` }, 414],
    ['fields above the limit', { ':path': '/', ...manyFields(101) }, 431],
  ] as const) {
    it(`are refused for ${name}, and the connection goes on`, async (t) => {
      const refused: string[] = [];
      const listener = await testListener(t, echoPath, { onBadRequest: (error) => refused.push(error.reason) });
      const session = http2Client(t, listener.port);
      const answer = await ask(session, headers);
      assert.equal(answer.status, status);
      assert.match(answer.body, /"reason"/);
      assert.equal(refused.length, 1);
      assert.equal((await ask(session, { ':path': '/next' })).body, '/next');
    });
  }
});

describe('a response over HTTP/2', () => {
  it('pauses while the client does not read', async (t) => {
    const watch = new Watch();
    const chunk = Buffer.alloc(65_536);
    let took = true;
    const listener = await testListener(t, (inbound) => {
      inbound.observer = watch;
      inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
      for (let i = 0; i < 64 && took; i += 1) took = inbound.write(chunk);
    });
    const stream = http2Client(t, listener.port).request({ ':path': '/' });
    await eventually(() => !took);
    assert.equal(watch.drains, 0);
    stream.resume();
    await eventually(() => watch.drains > 0);
  });

  it('that is cut off is reset, and tells so on both sides', async (t) => {
    for (const length of [10, UNKNOWN_LENGTH]) {
      const watch = new Watch();
      const listener = await testListener(t, (inbound) => {
        inbound.observer = watch;
        inbound.respond(new ResponseHead(200, new HeaderList(), length), 'payload');
        inbound.write(Buffer.from('half'));
        if (length > 0) inbound.end(null);
        else inbound.abort();
      });
      const answer = await ask(http2Client(t, listener.port), { ':path': '/' });
      assert.equal(answer.rst, http2.constants.NGHTTP2_INTERNAL_ERROR);
      await eventually(() => watch.closed !== null);
      assert.equal(watch.closed, false);
    }
  });

  it('whose client cancels ends at once, its body, too', async (t) => {
    const watch = new Watch();
    const sink = new Collect();
    const listener = await testListener(t, (inbound) => {
      inbound.observer = watch;
      inbound.receive(sink, 'payload');
    });
    const stream = http2Client(t, listener.port).request({ ':path': '/', ':method': 'POST' });
    stream.on('error', () => undefined);
    stream.write('part');
    await eventually(() => sink.text === 'part');
    // `close` would end the body first.
    stream.destroy();
    await eventually(() => watch.closed !== null);
    assert.equal(watch.closed, false);
    assert.match(sink.failed, /closed the connection/);
  });

  it('tells a client to stop that still sends what nobody reads', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 413, 'too much'));
    const stream = http2Client(t, listener.port).request({ ':path': '/', ':method': 'POST' });
    stream.write(Buffer.alloc(1000));
    let body = '';
    stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
    const code = await new Promise<number>((resolve) => stream.on('close', () => resolve(stream.rstCode ?? -1)));
    assert.deepEqual([body, code], ['too much', http2.constants.NGHTTP2_NO_ERROR]);
  });

  it('to HEAD and of status 304 has no body but its length', async (t) => {
    const listener = await testListener(t, (inbound) => {
      inbound.respond(new ResponseHead(inbound.head.method === 'HEAD' ? 200 : 304, new HeaderList(), 42), 'payload');
      inbound.end(null);
    });
    const session = http2Client(t, listener.port);
    for (const method of ['HEAD', 'GET']) {
      const answer = await ask(session, { ':path': '/', ':method': method });
      assert.deepEqual([answer.headers['content-length'], answer.body, answer.rst], ['42', '', 0]);
    }
  });
});

describe('a WebSocket over HTTP/2 (RFC 8441)', () => {
  it('looks like its HTTP/1.1 handshake, and becomes a byte stream', async (t) => {
    const heads: Inbound['head'][] = [];
    const listener = await testListener(t, (inbound) => {
      heads.push(inbound.head);
      const fields = new HeaderList(['sec-websocket-accept', 'x', 'sec-websocket-protocol', 'chat']);
      inbound.respond(new ResponseHead(101, fields, 0), 'none');
      const stream = inbound.hijack();
      stream.on('data', (chunk: Buffer) => stream.write(`echo ${chunk.toString()}`));
      stream.on('end', () => stream.end());
    });
    const session = http2Client(t, listener.port);
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    const stream = session.request(
      { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat', 'sec-websocket-version': '13' },
      { endStream: false },
    );
    let text = '';
    let fields: http2.IncomingHttpHeaders = {};
    stream.on('response', (answer) => (fields = answer));
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    stream.write('hi');
    await eventually(() => text === 'echo hi');
    stream.end();
    await new Promise((resolve) => stream.on('close', resolve));
    const [head] = heads;
    assert.deepEqual([head?.method, head?.path, head?.upgrade], ['GET', '/chat', 'websocket']);
    assert.equal(Buffer.from(head?.headers.get('sec-websocket-key') ?? '', 'base64').length, 16);
    assert.deepEqual(
      [fields[':status'], fields['sec-websocket-protocol'], fields['sec-websocket-accept']],
      [200, 'chat', undefined],
    );
  });
});

describe('an HTTP/2 connection', () => {
  it('that is drained says goodbye, and ends with its last response', async (t) => {
    const waiting: Inbound[] = [];
    const listener = await testListener(t, (inbound) => waiting.push(inbound));
    const session = http2Client(t, listener.port);
    let goodbyes = 0;
    session.on('goaway', () => (goodbyes += 1));
    const answer = ask(session, { ':path': '/' });
    await eventually(() => waiting.length === 1);
    listener.drain();
    await eventually(() => goodbyes > 0);
    reply(waiting[0] as Inbound, 200, 'last');
    assert.equal((await answer).body, 'last');
    await eventually(() => session.destroyed && listener.connections === 0);
  });

  it('that is idle for too long closes', async (t) => {
    const listener = await testListener(t, echoPath, { sweeper: new Sweeper(10), settings: { idleTimeoutMs: 30 } });
    const session = http2Client(t, listener.port);
    await ask(session, { ':path': '/' });
    await eventually(() => session.destroyed && listener.connections === 0);
  });

  it('that sends no request in time closes', async (t) => {
    const listener = await testListener(t, echoPath, { sweeper: new Sweeper(10), settings: { headTimeoutMs: 30 } });
    const session = http2Client(t, listener.port);
    await eventually(() => session.destroyed && listener.connections === 0);
  });

  it('whose client opens and resets streams without end is closed', async (t) => {
    let requests = 0;
    const listener = await testListener(t, () => (requests += 1));
    const session = http2Client(t, listener.port);
    for (let round = 0; round < 20 && !session.destroyed; round += 1) {
      for (let i = 0; i < 50 && !session.destroyed; i += 1) {
        const stream = session.request({ ':path': '/' });
        stream.on('error', () => undefined);
        stream.close(http2.constants.NGHTTP2_CANCEL);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => session.destroyed);
    assert.ok(requests < 1000, String(requests));
  });

  it('begins in any pieces, and beside HTTP/1.1', async (t) => {
    const listener = await testListener(t, echoPath);
    const plain = listener.client();
    plain.write('P');
    plain.write('RIVATE / HTTP/1.1\r\nHost: a\r\n\r\n');
    await plain.has('200 OK');
    const slow = listener.client();
    for (const byte of 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0') {
      slow.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    // SETTINGS come back.
    await eventually(() => slow.received.charCodeAt(3) === 4);
  });
});

function manyFields(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, '1']));
}
