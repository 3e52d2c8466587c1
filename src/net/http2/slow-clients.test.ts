import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it } from 'node:test';
import type { GatewayError } from '../../base/errors.ts';
import type { Inbound } from '../http/inbound.ts';
import { HeaderList } from '../http/headers.ts';
import { ResponseHead, UNKNOWN_LENGTH } from '../http/message.ts';
import { http2Client } from '../testing/http2-client.ts';
import { eventually } from '../testing/raw-client.ts';
import { reply, testListener, Watch } from '../testing/test-listener.ts';

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

describe('slow clients of HTTP/2', () => {
  it('are told with 408 that their body does not come, and the connection goes on', async (t) => {
    const listener = await testListener(t, statusOfBody, { settings: { bodyTimeoutMs: 50 } });
    const session = http2Client(t, listener.port);
    for (let i = 0; i < 2; i += 1) {
      const stream = session.request({ ':method': 'POST', ':path': '/' });
      stream.on('error', () => undefined);
      stream.write('x');
      const status = await new Promise((resolve) => stream.on('response', (fields) => resolve(fields[':status'])));
      assert.equal(status, 408);
    }
    assert.equal(session.closed, false);
  });

  it('may be silent in a call of gRPC', async (t) => {
    let ended = false;
    const listener = await testListener(
      t,
      (inbound) => inbound.receive({ data: () => true, end: () => (ended = true), fail: assert.fail }, 'payload'),
      { settings: { bodyTimeoutMs: 50 } },
    );
    const stream = http2Client(t, listener.port).request({
      ':method': 'POST',
      ':path': '/a.B/C',
      'content-type': 'application/grpc',
    });
    stream.write('x');
    await new Promise((resolve) => setTimeout(resolve, 300));
    stream.end();
    await eventually(() => ended);
  });

  it('are cut off when they take nothing of a response, while other streams go on', async (t) => {
    const watch = new Watch();
    const listener = await testListener(
      t,
      (inbound) => {
        if (inbound.head.path !== '/endless') {
          reply(inbound, 200, 'ok');
          return;
        }
        inbound.observer = watch;
        const chunk = Buffer.alloc(65_536);
        inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
        inbound.write(chunk);
      },
      { settings: { sendTimeoutMs: 50 } },
    );
    const session = http2Client(t, listener.port, { settings: { initialWindowSize: 1000 } });
    const stuck = session.request({ ':path': '/endless' });
    stuck.on('error', () => undefined);
    stuck.pause();
    await eventually(() => watch.closed !== null);
    assert.equal(watch.closed, false);
    const other = session.request({ ':path': '/' });
    other.resume();
    const status = await new Promise((resolve) => other.on('response', (fields) => resolve(fields[':status'])));
    assert.equal(status, 200);
  });

  it('are cut off with their connection when it is read no more', async (t) => {
    const watch = new Watch();
    const listener = await testListener(
      t,
      (inbound) => {
        inbound.observer = watch;
        const chunk = Buffer.alloc(65_536);
        inbound.respond(new ResponseHead(200, new HeaderList(), UNKNOWN_LENGTH), 'payload');
        inbound.write(chunk);
        watch.onDrain = () => void inbound.write(chunk);
      },
      {
        settings: {
          sendTimeoutMs: 50,
          http2: {
            maxConcurrentStreams: 100,
            streamWindow: 65_535,
            connectionWindow: 1_048_576,
            maxFrameSize: 16_384,
            maxHeaderListSize: 32_768,
            keepaliveIntervalMs: 0,
            keepaliveTimeoutMs: 50,
          },
        },
      },
    );
    let socket: net.Socket | undefined;
    const session = http2Client(t, listener.port, {
      settings: { initialWindowSize: 2 ** 30 },
      createConnection: () => (socket = net.connect(listener.port, '127.0.0.1')),
    });
    await new Promise((resolve) => session.once('connect', resolve));
    session.setLocalWindowSize(2 ** 30);
    const stuck = session.request({ ':path': '/' });
    stuck.on('error', () => undefined);
    stuck.on('response', () => socket?.pause());
    await eventually(() => watch.closed !== null);
    session.destroy();
    await eventually(() => listener.connections === 0);
  });
});
