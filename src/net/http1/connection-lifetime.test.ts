import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeaderList } from '../http/headers.ts';
import type { Inbound } from '../http/inbound.ts';
import { ResponseHead, UNKNOWN_LENGTH } from '../http/message.ts';
import { Sweeper } from '../sweeper.ts';
import { eventually } from '../testing/raw-client.ts';
import { Collect, reply, testListener, Watch } from '../testing/test-listener.ts';

const get = (path: string, fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
const quick = (): { sweeper: Sweeper } => ({ sweeper: new Sweeper(10) });

describe('time limits', () => {
  it('answers 408 to a head that does not end in time, and closes', async (t) => {
    const listener = await testListener(t, () => assert.fail(), { ...quick(), settings: { headTimeoutMs: 50 } });
    const client = listener.client();
    client.write('GET / HTTP/1.1\r\nHost: a\r\n');
    assert.match(await client.rest(), /^HTTP\/1.1 408[^]*requestTimeout/);
  });

  it('does not let further bytes wind the clock back', async (t) => {
    const listener = await testListener(t, () => assert.fail(), { ...quick(), settings: { headTimeoutMs: 100 } });
    const client = listener.client();
    client.write('GET / HTTP/1.1\r\n');
    const timer = setInterval(() => client.write('X: 1\r\n'), 10);
    t.after(() => clearInterval(timer));
    assert.match(await client.rest(), /^HTTP\/1.1 408/);
  });

  it('starts the clock again for each head on a kept connection, at its first byte', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'one'), {
      ...quick(),
      settings: { headTimeoutMs: 100 },
    });
    const client = listener.client();
    client.write(get('/'));
    await client.has('one');
    client.write('GET / HTTP/1.1\r\n');
    const timer = setInterval(() => client.write('X: 1\r\n'), 10);
    t.after(() => clearInterval(timer));
    assert.match(await client.rest(), /one[^]*HTTP\/1.1 408/);
  });

  it('closes a new connection that says nothing, without an answer', async (t) => {
    const listener = await testListener(t, () => assert.fail(), { ...quick(), settings: { headTimeoutMs: 50 } });
    assert.equal(await listener.client().rest(), '');
  });

  it('closes an idle connection, but not one whose request is under way', async (t) => {
    const listener = await testListener(
      t,
      (inbound) => setTimeout(() => reply(inbound, 200, 'late'), inbound.head.path === '/slow' ? 150 : 0),
      { ...quick(), settings: { idleTimeoutMs: 40, headTimeoutMs: 40 } },
    );
    const client = listener.client();
    client.write(get('/slow'));
    await client.has('late');
    await client.rest();
    assert.equal(client.received.match(/HTTP\/1.1/g)?.length, 1);
  });

  it('closes an old connection with the response under way', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'x'), {
      ...quick(),
      settings: { maxConnectionMs: 60 },
    });
    const client = listener.client();
    client.write(get('/'));
    await client.has('\r\n\r\nx');
    assert.doesNotMatch(client.received, /close/);
    await client.rest();
  });

  it('reads settings anew for each request', async (t) => {
    let maxHeaders = 5;
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'fine'), {
      settings: {
        get maxHeaders() {
          return maxHeaders;
        },
      },
    });
    const client = listener.client();
    client.write(get('/', 'X: 1\r\n'));
    await client.has('fine');
    maxHeaders = 1;
    // testListener copies settings at each call, so that the change is seen.
    client.write(get('/', 'X: 1\r\n'));
    assert.match(await client.rest(), /431/);
  });
});

describe('clients that leave', () => {
  it('are noticed while the response is awaited', async (t) => {
    const watch = new Watch();
    const listener = await testListener(t, (inbound) => (inbound.observer = watch));
    for (const leave of ['destroy', 'resetAndDestroy'] as const) {
      watch.closed = null;
      const client = listener.client();
      client.write(get('/'));
      await new Promise((resolve) => setTimeout(resolve, 20));
      client.socket[leave]();
      await eventually(() => watch.closed !== null, leave);
      assert.equal(watch.closed, false);
    }
  });

  it('are noticed in the middle of a body, theirs or ours', async (t) => {
    const watch = new Watch();
    const sink = new Collect();
    const listener = await testListener(t, (inbound) => {
      inbound.observer = watch;
      if (inbound.head.bodyLength > 0) return inbound.receive(sink, 'payload');
      inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
      inbound.write(Buffer.from('part'));
    });
    const sender = listener.client();
    sender.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
    await eventually(() => sink.text === 'abc');
    sender.destroy();
    await eventually(() => watch.closed === false);
    assert.match(sink.failed, /closed the connection/);
    watch.closed = null;
    const reader = listener.client();
    reader.write(get('/'));
    await reader.has('part');
    reader.destroy();
    await eventually(() => watch.closed !== null);
    assert.equal(watch.closed, false);
  });

  it('do not count as served when the response ends on a connection that is broken already', async (t) => {
    const watch = new Watch();
    const listener = await testListener(t, (inbound) => {
      inbound.observer = watch;
      inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
      inbound.abort();
      inbound.end(null);
    });
    const client = listener.client();
    client.write(get('/'));
    await eventually(() => watch.closed !== null);
    assert.equal(watch.closed, false);
  });

  it('get their response when they only shut their writing side', async (t) => {
    const listener = await testListener(t, (inbound) => setTimeout(() => reply(inbound, 200, 'still here'), 150));
    const client = listener.client();
    client.socket.end(get('/'));
    assert.match(await client.rest(), /still here$/);
    const old = listener.client();
    old.socket.end('GET / HTTP/1.0\r\n\r\n');
    assert.match(await old.rest(), /^HTTP\/1.1 200[^]*still here$/);
  });
});

describe('drain', () => {
  it('closes idle connections now and busy ones with their response', async (t) => {
    let busy: Inbound | null = null;
    const listener = await testListener(t, (inbound) => {
      if (inbound.head.path === '/busy') busy = inbound;
      else reply(inbound, 200, 'x');
    });
    const idle = listener.client();
    idle.write(get('/'));
    await idle.has('\r\n\r\nx');
    const fresh = listener.client();
    const client = listener.client();
    client.write(get('/busy'));
    await eventually(() => busy !== null && listener.connections === 3);
    await listener.stopAccepting();
    listener.drain();
    await idle.rest();
    await fresh.rest();
    assert.equal(client.ended, false);
    const inbound = busy as Inbound | null;
    if (inbound !== null) reply(inbound, 200, 'last');
    assert.match(await client.rest(), /connection: close[^]*last$/);
    await eventually(() => listener.connections === 0);
  });
});

describe('hijacked connections', () => {
  it('give up the socket after 101 with what was read already', async (t) => {
    const watch = new Watch();
    const listener = await testListener(t, (inbound) => {
      inbound.observer = watch;
      assert.equal(inbound.head.upgrade, 'echo');
      setTimeout(() => {
        inbound.respond(new ResponseHead(101, new HeaderList(['x-a', '1']), 0), 'none');
        const stream = inbound.hijack();
        stream.pipe(stream);
      }, 20);
    });
    const client = listener.client();
    client.write(`${get('/', 'Connection: Upgrade\r\nUpgrade: echo\r\n')}early`);
    await client.has('early');
    assert.match(
      client.received,
      /^HTTP\/1.1 101 Switching Protocols\r\nx-a: 1\r\n[^]*connection: upgrade\r\nupgrade: echo\r\n\r\nearly$/,
    );
    client.write('more');
    await client.has('earlymore');
    assert.equal(watch.closed, true, 'the exchange has ended');
    assert.equal(listener.connections, 1);
    client.socket.end();
    await client.rest();
    await eventually(() => listener.connections === 0);
  });

  it('serve CONNECT', async (t) => {
    const listener = await testListener(t, (inbound) => {
      assert.equal(inbound.head.authority, 'up:1');
      inbound.respond(new ResponseHead(200, new HeaderList(), 0), 'none');
      inbound.hijack().end('tunnel');
    });
    const client = listener.client();
    client.write('CONNECT up:1 HTTP/1.1\r\nHost: up:1\r\n\r\n');
    assert.match(await client.rest(), /^HTTP\/1.1 200 OK\r\ndate: [^\r]*\r\n\r\ntunnel$/);
  });
});

describe('an exchange whose connection breaks while it answers', () => {
  it('hears of its end once, also when its whole body had come with the head', async (t) => {
    const watch = new Watch();
    const listener = await testListener(t, (inbound) => {
      inbound.observer = watch;
      // As a write to a client that has reset its connection does.
      listener.destroyAll();
      reply(inbound, 413, 'too much');
    });
    const client = listener.client();
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody');
    await client.rest();
    await eventually(() => watch.closed !== null);
    assert.equal(watch.closed, false);
  });
});
