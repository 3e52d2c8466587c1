import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { GatewayError } from '../../../base/errors.ts';
import type { HttpCall, HttpCallRequest } from '../../../net/http/call.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { memoryLog } from '../../testdata/fetch-harness.ts';
import type { Message } from '../../wire/jsonrpc.ts';
import type { Transport } from '../transport.ts';
import { streamableTransport } from './streamable.ts';

/** What a target answers a request with. */
interface Scripted {
  readonly status?: number;
  readonly type?: string;
  readonly body?: string;
  /** Its end is no end but a failure. */
  readonly breaks?: boolean;
}

const answerTo = (id: number): string => `{"jsonrpc":"2.0","id":${id},"result":{}}`;

/** A target that a test scripts, with what its transport reported. */
class Target {
  readonly requests: HttpCallRequest[] = [];
  readonly messages: Message[] = [];
  readonly failures: string[] = [];
  readonly limits: string[] = [];
  readonly expired: (number | null)[] = [];
  readonly transport: Transport;

  constructor(t: TestContext, answer: (request: HttpCallRequest, n: number) => Scripted | Promise<Scripted>) {
    const call: HttpCall = async (request) => {
      this.requests.push(request);
      const {
        status = 200,
        type = 'application/json',
        body = '',
        breaks = false,
      } = await answer(request, this.requests.length);
      return {
        status,
        headers: new HeaderList(['content-type', type, 'mcp-session-id', 's1']),
        body: (async function* () {
          if (body !== '') yield Buffer.from(body);
          if (breaks) throw new Error('broke');
        })(),
        text: async (maxBytes) => {
          if (body.length > maxBytes) throw new GatewayError('responseTooLarge');
          return body;
        },
      };
    };
    this.transport = streamableTransport({
      name: 'a',
      path: '/mcp',
      call: () => call,
      maxMessageBytes: 1000,
      log: memoryLog().log,
    })(
      {
        message: (message) => void this.messages.push(message),
        failed: (id, error) => {
          this.failures.push(`${id} ${error.message}`);
          this.limits.push(error.limit);
        },
        expired: (id) => void this.expired.push(id),
        lost: (error) => assert.fail(error),
      },
      () => [],
      { principal: '', capabilities: '{}', sessionless: false },
    );
    t.after(() => this.transport.close());
  }

  /** The handshake, after which the transport has a session. */
  async greet(): Promise<void> {
    this.transport.request(1, '{}', null);
    await turns();
    this.transport.established('2025-11-25');
  }
}

const SSE = 'text/event-stream';
const priming = (id: number): string => `retry: 50\nid: ${id}\ndata: \n\n`;
const last = `id: last\ndata: ${answerTo(2)}\n\n`;

/** Lets everything happen that waits for no timer. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('a stream that is refused because the session is gone says so, and asks no more', async (t) => {
  const target = new Target(t, ({ method }) => (method === 'GET' ? { status: 404 } : { body: answerTo(1) }));
  await target.greet();
  target.transport.listen(true);
  await turns();
  assert.deepEqual(target.expired, [null]);
  assert.equal(target.transport.deaf, false);
  assert.deepEqual(
    target.requests.map(({ method }) => method),
    ['POST', 'GET'],
  );
});

test('all requests that were under way when the session was lost learn of it', async (t) => {
  const target = new Target(t, (_, n) => (n === 1 ? { body: answerTo(1) } : { status: 404 }));
  await target.greet();
  for (const id of [2, 3]) target.transport.request(id, '{}', null);
  await turns();
  assert.deepEqual(target.expired, [2, 3]);
  assert.deepEqual(target.failures, []);
  target.transport.close();
  await turns();
  assert.equal(target.requests.at(-1)?.method, 'POST', 'nothing is left to be ended');
});

for (const status of [401, 403, 408, 429, 500, 503]) {
  test(`a stream that is refused with ${status} is asked for again`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let gets = 0;
    const target = new Target(t, ({ method }) => {
      if (method === 'GET') gets++;
      return method === 'GET' ? { status } : { body: answerTo(1) };
    });
    await target.greet();
    target.transport.listen(true);
    await turns();
    assert.deepEqual([gets, target.transport.deaf], [1, false]);
    t.mock.timers.tick(1000);
    await turns();
    assert.equal(gets, 2);
  });
}

test('a server that has no such stream is not asked again', async (t) => {
  const target = new Target(t, ({ method }) => (method === 'GET' ? { status: 405 } : { body: answerTo(1) }));
  await target.greet();
  target.transport.listen(true);
  await turns();
  assert.equal(target.transport.deaf, true);
  assert.deepEqual(target.expired, []);
});

test('a server that closes the stream of a call to be asked again is asked until it has the answer', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let polls = 0;
  const target = new Target(t, ({ method }, n) => {
    if (n === 1) return { body: answerTo(1) };
    if (method === 'POST') return { type: SSE, body: priming(0) };
    polls++;
    return { type: SSE, body: polls === 50 ? last : ': nothing\n\n' };
  });
  await target.greet();
  target.transport.request(2, '{}', null);
  await turns();
  t.mock.timers.tick(49);
  await turns();
  assert.equal(polls, 0);
  t.mock.timers.tick(1);
  await turns();
  assert.equal(polls, 1, 'after the time that it named');
  t.mock.timers.tick(999);
  await turns();
  assert.equal(polls, 1, 'no faster than once in a second where nothing is new');
  for (let i = 0; i < 49; i++) {
    t.mock.timers.tick(1000);
    await turns();
  }
  assert.equal(polls, 50);
  assert.equal(target.messages.at(-1)?.id, 2);
  assert.deepEqual(target.failures, []);
  assert.equal(target.requests.at(-1)?.headers.get('last-event-id'), '0');
});

test('what ends the wait for a call ends the asking', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const target = new Target(t, (_, n) => (n === 1 ? { body: answerTo(1) } : { type: SSE, body: priming(0) }));
  await target.greet();
  target.transport.request(2, '{}', null);
  await turns();
  target.transport.abandon(2);
  await turns();
  assert.equal(target.failures.length, 1);
  t.mock.timers.tick(60_000);
  await turns();
  assert.equal(target.requests.length, 2);
});

test('a stream that breaks again and again is given up, unless something new came in between', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let resumed = 0;
  const target = new Target(t, ({ method }, n) => {
    if (n === 1) return { body: answerTo(1) };
    if (method === 'GET') resumed++;
    return { type: SSE, body: method === 'POST' || resumed === 15 ? priming(resumed) : '', breaks: true };
  });
  await target.greet();
  target.transport.request(2, '{}', null);
  for (let i = 0; i < 60; i++) {
    await turns();
    t.mock.timers.tick(1000);
  }
  await turns();
  assert.deepEqual(target.failures, ['2 closed the stream before its response']);
  assert.equal(resumed, 15 + 21);
});

for (const type of ['application/json', SSE]) {
  test(`an answer that is too large as ${type} ends its call, which says so`, async (t) => {
    const large = answerTo(2).replace('{}', `"${'x'.repeat(1000)}"`);
    const body = type === SSE ? `id: 7\ndata: ${large}\n\n` : large;
    const target = new Target(t, (_, n) => (n === 1 ? { body: answerTo(1) } : { type, body }));
    await target.greet();
    target.transport.request(2, '{}', null);
    await turns();
    assert.deepEqual(target.failures, ['2 sent a message of more than 1000 bytes']);
    assert.deepEqual(target.limits, ['server_message_size']);
    assert.equal(target.requests.length, 2, 'it is not asked for again');
  });
}

test('a message that is too large on the stream of a server is left out', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let gets = 0;
  const target = new Target(t, ({ method }) => {
    if (method !== 'GET') return { body: answerTo(1) };
    gets++;
    const text = gets === 1 ? 'x'.repeat(1001) : '{"jsonrpc":"2.0","method":"notifications/message"}';
    return { type: SSE, body: `id: ${gets}\ndata: ${text}\n\n` };
  });
  await target.greet();
  target.transport.listen(true);
  await turns();
  t.mock.timers.tick(1000);
  await turns();
  assert.equal(target.requests.at(-1)?.headers.get('last-event-id'), '1');
  assert.equal(target.messages.at(-1)?.method, 'notifications/message');
});
