import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../base/errors.ts';
import { HeaderList } from '../net/http/headers.ts';
import type { Inbound, RequestBodySink } from '../net/http/inbound.ts';
import { UNKNOWN_LENGTH, type BodyMode } from '../net/http/message.ts';
import type { BodyStage } from './policies/stage.ts';
import { RequestBody } from './request-body.ts';

/** A connection that a test feeds: chunks wait while the body is paused. */
class Feed {
  sink: RequestBodySink | null = null;
  mode: BodyMode | null = null;
  readonly chunks: string[];
  readonly #trailers: HeaderList | null;
  #held = false;
  #ended = false;

  constructor(chunks: readonly string[], trailers: HeaderList | null = null) {
    this.chunks = [...chunks];
    this.#trailers = trailers;
  }

  inbound(bodyLength: number = UNKNOWN_LENGTH): Inbound {
    return {
      head: { bodyLength },
      receive: (sink: RequestBodySink, mode: BodyMode) => {
        this.sink = sink;
        this.mode = mode;
        queueMicrotask(() => this.pump());
      },
      resumeBody: () => {
        this.#held = false;
        queueMicrotask(() => this.pump());
      },
    } as unknown as Inbound;
  }

  pump(): void {
    while (!this.#held && this.chunks.length > 0) {
      if (this.sink?.data(Buffer.from(this.chunks.shift() ?? '')) === false) this.#held = true;
    }
    if (this.#held || this.chunks.length > 0 || this.#ended) return;
    this.#ended = true;
    this.sink?.end(this.#trailers);
  }
}

class Sink implements RequestBodySink {
  text = '';
  trailers: HeaderList | null = null;
  readonly ended: Promise<void>;
  readonly #end: () => void;
  error: GatewayError | null = null;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
  }
  data(chunk: Buffer): boolean {
    this.text += chunk.toString();
    return true;
  }
  end(trailers: HeaderList | null): void {
    this.trailers = trailers;
    this.#end();
  }
  fail(error: GatewayError): void {
    this.error = error;
    this.#end();
  }
}

const reason = (wanted: string) => (error: unknown) => error instanceof GatewayError && error.reason === wanted;

test('a whole body is one buffer, however it came', async () => {
  for (const chunks of [['abcdef'], ['a', 'bcd', 'ef'], ['a', 'b', 'c', 'd', 'e', 'f'], []]) {
    const body = new RequestBody(new Feed(chunks).inbound());
    assert.equal((await body.whole(6)).toString(), chunks.join(''));
    assert.equal(body.buffered?.toString(), chunks.join(''));
    assert.equal(await body.whole(6), body.buffered);
  }
});

test('one byte too many rejects, before the rest is read; a length that says so, before anything is', async () => {
  const feed = new Feed(['abc', 'def', 'g', 'never read']);
  await assert.rejects(new RequestBody(feed.inbound()).whole(6), reason('bodyTooLarge'));
  assert.deepEqual(feed.chunks, ['never read']);
  const told = new Feed(['abcdefg']);
  await assert.rejects(new RequestBody(told.inbound(7)).whole(6), reason('bodyTooLarge'));
  assert.equal(told.sink, null);
});

test('what was read ahead comes first when the body is handed on, its trailers last', async () => {
  const feed = new Feed(['abc', 'def', 'ghi'], new HeaderList(['x-sum', '1']));
  const body = new RequestBody(feed.inbound());
  await body.prefetch(4);
  assert.equal(body.seen?.toString(), 'abcdef');
  const sink = new Sink();
  assert.equal(body.pipe(sink, 'framed'), 'payload');
  await sink.ended;
  assert.equal(sink.text, 'abcdefghi');
  assert.equal(sink.trailers?.get('x-sum'), '1');
});

test('a body read ahead to its end is handed on at once, and read whole after that too', async () => {
  const body = new RequestBody(new Feed(['abc']).inbound());
  await body.prefetch(100);
  assert.ok(body.complete);
  assert.equal((await body.whole(100)).toString(), 'abc');
  const sink = new Sink();
  body.pipe(sink, 'payload');
  await sink.ended;
  assert.equal(sink.text, 'abc');
});

test('an untouched body passes as it is framed, one that is copied does not', async () => {
  const feed = new Feed(['3\r\nabc\r\n']);
  const body = new RequestBody(feed.inbound());
  assert.ok(body.untouched);
  assert.equal(body.pipe(new Sink(), 'framed'), 'framed');
  assert.equal(feed.mode, 'framed');
  const copied = new Feed(['abc', 'def']);
  const captured = new RequestBody(copied.inbound());
  captured.capture(4);
  assert.ok(!captured.untouched);
  const sink = new Sink();
  captured.pipe(sink, 'payload');
  await sink.ended;
  assert.equal(sink.text, 'abcdef');
  assert.equal(captured.seen?.toString(), 'abcd');
});

test('a body that breaks off rejects its reader, also one that comes later', async () => {
  const feed = new Feed(['abc']);
  const body = new RequestBody(feed.inbound());
  feed.pump = () => feed.sink?.fail(new GatewayError('badRequest'));
  await assert.rejects(body.whole(100), reason('badRequest'));
  const sink = new Sink();
  body.pipe(sink, 'payload');
  assert.equal(sink.error?.reason, 'badRequest');
});

test('a reader that still waits when the exchange ends is rejected', async () => {
  const feed = new Feed([]);
  feed.pump = () => undefined;
  const body = new RequestBody(feed.inbound());
  const reading = body.whole(100);
  body.close();
  await assert.rejects(reading, reason('clientGone'));
});

const upper = (wait: boolean): BodyStage => ({
  chunk(bytes) {
    const changed = Buffer.from(bytes.toString().toUpperCase());
    return wait ? Promise.resolve(changed) : changed;
  },
  end: () => Buffer.from('!'),
  abort: () => undefined,
});

for (const wait of [false, true]) {
  test(`a stage ${wait ? 'that waits ' : ''}changes what was held and what follows, whole or piped`, async () => {
    const piped = new RequestBody(new Feed(['ab', 'cd', 'e']).inbound());
    await piped.prefetch(2);
    const sink = new Sink();
    piped.through(upper(wait)).pipe(sink, 'payload');
    await sink.ended;
    assert.equal(sink.text, 'ABCDE!');

    const read = new RequestBody(new Feed(['ab', 'cd']).inbound());
    assert.equal((await read.through(upper(wait)).whole(100)).toString(), 'ABCD!');
  });
}

test('a stage that fails breaks the body with its error', async () => {
  const body = new RequestBody(new Feed(['ab']).inbound());
  const failing = body.through({
    ...upper(false),
    chunk: () => Promise.reject(new GatewayError('externalProcessingFailed')),
  });
  await assert.rejects(failing.whole(100), { reason: 'externalProcessingFailed' });
});

test('a replaced body is what is sent, with its length', async () => {
  const inbound = new Feed(['old body']).inbound(8);
  const body = new RequestBody(inbound);
  await body.whole(100);
  body.replace(Buffer.from('new'));
  const sink = new Sink();
  body.pipe(sink, 'payload');
  await sink.ended;
  assert.equal(sink.text, 'new');
  assert.equal(inbound.head.bodyLength, 3);
  assert.equal(body.seen?.toString(), 'new');
});

test('a body that a stage changes never passes as it was framed', () => {
  const body = new RequestBody(new Feed(['ab']).inbound());
  assert.equal(body.untouched, true);
  assert.equal(body.through(upper(false)).untouched, false);
});
