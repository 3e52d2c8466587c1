import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../base/errors.ts';
import { HeaderList } from '../net/http/headers.ts';
import type { Inbound } from '../net/http/inbound.ts';
import { ResponseHead, UNKNOWN_LENGTH } from '../net/http/message.ts';
import type { LocalReply } from './policies/policy.ts';
import type { ResponseStage, StageOutput } from './policies/stage.ts';
import { ResponseFilter } from './response-filter.ts';

/** What a client would get. */
class Client {
  readonly events: string[] = [];
  body = '';
  /** Writes that are refused from now on. */
  full = false;
  replaced: number | null = null;
  drains = 0;
  failure: string | null = null;

  readonly inbound: Inbound = {
    head: { method: 'GET' },
    connection: {},
    respond: (head: ResponseHead, body: string) => void this.events.push(`respond ${head.status} ${body}`),
    write: (bytes: Uint8Array) => {
      this.body += Buffer.from(bytes).toString();
      return !this.full;
    },
    end: () => void this.events.push('end'),
    abort: () => void this.events.push('abort'),
    resumeBody: () => undefined,
  } as unknown as Inbound;

  filter(stage: Partial<ResponseStage>): ResponseFilter {
    const whole: ResponseStage = {
      head: () => undefined,
      chunk: (bytes) => bytes,
      end: () => null,
      abort: () => void this.events.push('stage aborted'),
      ...stage,
    };
    return new ResponseFilter(this.inbound, whole, {
      onDrain: () => void this.drains++,
      onReplaced: ({ status }) => void (this.replaced = status),
      onStageFailed: (error): LocalReply => {
        this.failure = error.reason;
        return { status: error.status, headers: new HeaderList(), body: error.reason };
      },
    });
  }
}

const head = (status = 200): ResponseHead => new ResponseHead(status, new HeaderList(), UNKNOWN_LENGTH);
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('a stage that does not wait changes the body on its way', () => {
  const client = new Client();
  const filter = client.filter({
    chunk: (bytes) => Buffer.from(bytes.toString().toUpperCase()),
    end: () => Buffer.from('!'),
  });
  filter.respond(head(), 'payload');
  assert.equal(filter.write(Buffer.from('ab')), true);
  filter.write(Buffer.from('c'));
  filter.end(null);
  assert.equal(client.body, 'ABC!');
  assert.deepEqual(client.events, ['respond 200 payload', 'end']);
});

test('while a stage waits, what follows waits in order and the writer is told to stop and to go on', async () => {
  const client = new Client();
  const filter = client.filter({
    head: async () => {
      await settled();
      return undefined;
    },
    chunk: async (bytes) => {
      const text = bytes.toString();
      await settled();
      return Buffer.from(`<${text}>`);
    },
  });
  filter.respond(head(), 'payload');
  assert.equal(filter.write(Buffer.from('a')), false);
  filter.write(Buffer.from('b'));
  assert.equal(filter.drained(), false);
  filter.end(null);
  while (!client.events.includes('end')) await settled();
  assert.equal(client.body, '<a><b>');
  assert.deepEqual(client.events, ['respond 200 payload', 'end']);
});

test('a client that reads slowly stops the writer until it has drained', async () => {
  const client = new Client();
  const filter = client.filter({ chunk: async (bytes) => bytes });
  filter.respond(head(), 'payload');
  client.full = true;
  assert.equal(filter.write(Buffer.from('a')), false);
  await settled();
  assert.equal(client.drains, 0);
  client.full = false;
  assert.equal(filter.drained(), true);
});

test('an answer of the stage replaces the response, whose body goes nowhere', async () => {
  const client = new Client();
  const filter = client.filter({
    head: async () => ({ status: 403, headers: new HeaderList(), body: 'no' }),
  });
  filter.respond(head(), 'payload');
  filter.write(Buffer.from('secret'));
  filter.end(null);
  await settled();
  assert.equal(client.body, 'no');
  assert.equal(client.replaced, 403);
  assert.deepEqual(client.events, ['respond 403 payload', 'end']);
});

test('a stage that fails before the head is an error answer, later a cut answer', async () => {
  const early = new Client();
  early
    .filter({
      head: () => {
        throw new GatewayError('externalProcessingFailed');
      },
    })
    .respond(head(), 'payload');
  assert.deepEqual(early.events, ['stage aborted', 'respond 500 payload', 'end']);

  const late = new Client();
  const filter = late.filter({ chunk: () => Promise.reject(new GatewayError('externalProcessingFailed')) });
  filter.respond(head(), 'payload');
  filter.write(Buffer.from('a'));
  await settled();
  filter.end(null);
  assert.equal(late.failure, 'externalProcessingFailed');
  assert.deepEqual(late.events, ['respond 200 payload', 'stage aborted', 'abort']);
});

test('a response without body passes its head alone', () => {
  const client = new Client();
  const seen: boolean[] = [];
  const filter = client.filter({
    head: (_head, hasBody) => void seen.push(hasBody),
    end: () => Buffer.from('never'),
  });
  filter.respond(head(204), 'none');
  filter.end(null);
  assert.deepEqual(seen, [false]);
  assert.equal(client.body, '');
  assert.deepEqual(client.events, ['respond 204 none', 'end']);
});

test('a stage hears once that an exchange ended early', () => {
  const client = new Client();
  const filter = client.filter({});
  filter.respond(head(), 'payload');
  filter.close();
  filter.close();
  filter.write(Buffer.from('late'));
  assert.deepEqual(client.events, ['respond 200 payload', 'stage aborted']);
  assert.equal(client.body, '');
});

test('a stage may write on its own time: the head first, and it hears when the client reads slowly', () => {
  const client = new Client();
  let output: StageOutput | null = null;
  let drained = 0;
  const filter = client.filter({
    holdsHead: true,
    begin: (given) => void (output = given),
    drained: () => void (drained += 1),
    chunk: () => null,
  });
  filter.respond(head(), 'payload');
  filter.write(Buffer.from('held'));
  assert.deepEqual([client.events, client.body], [[], '']);
  const given = output as StageOutput | null;
  assert.equal(given?.write(Buffer.alloc(0)), true);
  assert.deepEqual([client.events, client.body], [['respond 200 payload'], '']);
  client.full = true;
  assert.equal(given?.write(Buffer.from('mine')), false);
  client.full = false;
  assert.deepEqual([filter.drained(), drained, client.body], [true, 1, 'mine']);
  filter.end(null);
  assert.deepEqual(client.events, ['respond 200 payload', 'end']);
});

test('a stage may end the response on its own time: with an answer before the head, later by cutting it', () => {
  for (const early of [true, false]) {
    const client = new Client();
    let output: StageOutput | null = null;
    const filter = client.filter({ holdsHead: true, begin: (given) => void (output = given), chunk: () => null });
    filter.respond(head(), 'payload');
    const given = output as StageOutput | null;
    if (!early) given?.write(Buffer.from('x'));
    given?.replace({ status: 418, headers: new HeaderList(), body: 'tea' });
    given?.fail(new GatewayError('internal'));
    filter.write(Buffer.from('late'));
    filter.end(null);
    if (early) {
      assert.deepEqual(client.events, ['stage aborted', 'respond 418 payload', 'end']);
      assert.deepEqual([client.body, client.replaced, client.failure], ['tea', 418, null]);
    } else {
      assert.deepEqual(client.events, ['respond 200 payload', 'stage aborted', 'abort']);
      assert.deepEqual([client.body, client.replaced], ['x', null]);
    }
  }
});
