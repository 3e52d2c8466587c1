import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpCall, HttpCallRequest } from '../../../net/http/call.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { memoryLog } from '../../testdata/fetch-harness.ts';
import type { Message } from '../../wire/jsonrpc.ts';
import type { Transport } from '../transport.ts';
import { sseTransport } from './sse.ts';

/** A target whose stream a test writes, with what was sent to it and what its transport reported. */
class Target {
  readonly requests: HttpCallRequest[] = [];
  readonly messages: Message[] = [];
  readonly failures: string[] = [];
  readonly lost: string[] = [];
  readonly transport: Transport;
  status = 200;
  postStatus = 202;
  #write: (text: string | null) => void = () => undefined;
  #stream: () => AsyncGenerator<Buffer> = async function* () {};

  constructor() {
    const call: HttpCall = async (request) => {
      this.requests.push(request);
      const get = request.method === 'GET';
      return {
        status: get ? this.status : this.postStatus,
        headers: new HeaderList(['content-type', get ? 'text/event-stream; charset=utf-8' : 'text/plain']),
        body: get && this.status === 200 ? this.#stream() : (async function* () {})(),
        text: async () => 'said no',
      };
    };
    const target = { name: 'a', path: '/v1/sse?k=1', call, maxMessageBytes: 1000, log: memoryLog().log };
    this.transport = sseTransport(target)(
      {
        message: (message) => void this.messages.push(message),
        failed: (id, error) => void this.failures.push(`${id} ${error.message}`),
        expired: () => assert.fail('expired'),
        lost: (error) => void this.lost.push(error.message),
      },
      () => [],
      { principal: '', capabilities: '{}', sessionless: false },
    );
  }

  /** Sends text on the stream; null ends it. */
  async say(text: string | null): Promise<void> {
    this.#write(text);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Opens the transport with this first text on the stream. */
  async open(first: string): Promise<void> {
    let next = Promise.withResolvers<string | null>();
    const waiting: (string | null)[] = [first];
    this.#write = (text) => {
      waiting.push(text);
      next.resolve(text);
    };
    this.#stream = async function* () {
      for (;;) {
        while (waiting.length > 0) {
          const text = waiting.shift() ?? null;
          if (text === null) return;
          yield Buffer.from(text);
        }
        await next.promise;
        next = Promise.withResolvers();
      }
    };
    await this.transport.open();
  }
}

const endpoint = (data: string): string => `event: endpoint\ndata: ${data}\n\n`;

test('messages go where the first event says, on the target itself whatever host it names', async () => {
  for (const [named, path] of [
    ['/messages?s=1', '/messages?s=1'],
    ['messages?s=1', '/v1/messages?s=1'],
    ['?s=1', '/v1/sse?s=1'],
    ['http://elsewhere.example/messages', '/messages'],
  ] as const) {
    const target = new Target();
    await target.open(endpoint(named));
    await target.transport.post('{}');
    assert.deepEqual(
      target.requests.map((request) => `${request.method} ${request.path}`),
      ['GET /v1/sse?k=1', `POST ${path}`],
    );
    target.transport.close();
  }
});

test('what the server says on its stream are messages, and what is none is left out', async () => {
  const target = new Target();
  await target.open(`${endpoint('/m')}: comment\n\nevent: other\ndata: {}\n\n`);
  await target.say('event: message\ndata: nonsense\n\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n');
  assert.deepEqual(
    target.messages.map(({ kind, id }) => [kind, id]),
    [['result', 1]],
  );
  await target.say(null);
  assert.deepEqual(target.lost, ['closed its stream']);
  assert.equal(target.transport.hears, false);
});

test('a stream that is none, or ends before it named an endpoint, is an error', async () => {
  const refused = new Target();
  refused.status = 404;
  await assert.rejects(refused.open(''), {
    name: 'TargetError',
    message: 'has no event stream (HTTP 404)',
    status: 404,
  });
  const mute = new Target();
  const ended = assert.rejects(mute.open(': nothing\n\n'), { name: 'TargetError', message: 'closed its stream' });
  await mute.say(null);
  await ended;
  assert.deepEqual(mute.lost, []);
});

test('a request that is not taken fails, and one without a session is answered without asking', async () => {
  const target = new Target();
  await target.open(endpoint('/m'));
  target.postStatus = 500;
  target.transport.request(7, '{}', null);
  await target.say(': wait\n\n');
  assert.deepEqual(target.failures, ['7 answered HTTP 500: said no']);
  target.transport.request(8, '{}', []);
  await target.say(': wait\n\n');
  const [refusal] = target.messages;
  assert.equal(refusal?.id, 8);
  assert.match(refusal.bodyText, /"code":-32601/);
  assert.equal(target.requests.length, 2);
});

test('a message that is too large ends the stream', async () => {
  const target = new Target();
  await target.open(endpoint('/m'));
  await target.say(`data: "${'x'.repeat(1000)}"\n\n`);
  assert.deepEqual(target.lost, ['sent a message of more than 1000 bytes']);
  assert.deepEqual(target.messages, []);
});
