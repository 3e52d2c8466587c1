import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { describe, it, type TestContext } from 'node:test';
import { message, text, type MessageType } from '../../base/protobuf/message.ts';
import { HeaderList } from '../http/headers.ts';
import { eventually } from '../testing/raw-client.ts';
import { rawServer } from '../testing/raw-server.ts';
import { callUnary, openStream, type GrpcMethod } from './client.ts';
import { FrameReader, framed } from './framing.ts';
import { GrpcError } from './status.ts';
import { answer, receive, serviceFor, transportTo } from './testing/service.ts';

interface Word {
  readonly word?: string;
}

const word: MessageType<Word> = message<Word>('Word', { word: text(1) });
const say: GrpcMethod<Word, Word> = { path: '/test.Words/Say', request: word, reply: word };

/** One call to a service that does `onStream`, which has heard the whole request. */
async function ask(t: TestContext, onStream: (stream: ServerHttp2Stream) => void, timeoutMs = 0): Promise<Word> {
  const transport = await serviceFor(t, (stream) => {
    receive(
      stream,
      () => undefined,
      () => onStream(stream),
    );
  });
  return callUnary(transport, say, { word: 'hello' }, { timeoutMs, maxMessageBytes: 1000 });
}

function fails(code: number, text: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof GrpcError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, text);
    return true;
  };
}

describe('a call of gRPC', () => {
  it('sends one message and gives the reply', async (t) => {
    const heads: IncomingHttpHeaders[] = [];
    const transport = await serviceFor(t, (stream, headers) => {
      heads.push(headers);
      const got: Word[] = [];
      receive(
        stream,
        (bytes) => got.push(word.decode(bytes)),
        () => answer(stream, [word.encode({ word: `${got[0]?.word} you` })], { 'grpc-status': '0' }),
      );
    });
    const metadata = new HeaderList(['x-a', '1']);
    assert.deepEqual(await callUnary(transport, say, { word: 'hello' }, { timeoutMs: 1500, metadata }), {
      word: 'hello you',
    });
    const { ':path': path, ':method': method, te, 'content-type': type, 'grpc-timeout': timeout } = heads[0] ?? {};
    assert.deepEqual(
      [method, path, te, type, timeout, heads[0]?.['x-a']],
      ['POST', '/test.Words/Say', 'trailers', 'application/grpc', '1500m', '1'],
    );
  });

  it('fails with the status of the service, in trailers or in a head alone', async (t) => {
    await assert.rejects(
      ask(t, (stream) => answer(stream, [], { 'grpc-status': '7', 'grpc-message': 'gr%C3%B6%C3%9Fer' })),
      fails(7, /^größer$/),
    );
    await assert.rejects(
      ask(t, (stream) =>
        stream.respond(
          { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' },
          { endStream: true },
        ),
      ),
      fails(12, /status 12/),
    );
  });

  it('fails when the answer is no gRPC', async (t) => {
    await assert.rejects(
      ask(t, (stream) => stream.respond({ ':status': 503 }, { endStream: true })),
      fails(14, /HTTP status 503/),
    );
    await assert.rejects(
      ask(t, (stream) => {
        stream.respond({ ':status': 200, 'content-type': 'text/html' });
        stream.end('<html>');
      }),
      fails(2, /"text\/html"/),
    );
  });

  it('fails when messages are cut, compressed, too large, none or no messages', async (t) => {
    const ok = { 'grpc-status': '0' };
    const sends = (bytes: Buffer): Promise<Word> =>
      ask(t, (stream) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers(ok));
        stream.end(bytes);
      });
    await assert.rejects(sends(Buffer.from([0, 0, 0, 0, 9, 1])), fails(13, /ends within a message/));
    await assert.rejects(sends(Buffer.from([1, 0, 0, 0, 0])), fails(13, /compressed/));
    await assert.rejects(sends(Buffer.from([0, 0, 0, 4, 0])), fails(8, /1024 bytes.*1000/));
    await assert.rejects(sends(framed(Buffer.from([0x0a, 0x05, 1]))), fails(13, /no valid Word/));
    await assert.rejects(
      ask(t, (stream) => answer(stream, [], ok)),
      fails(13, /no reply/),
    );
    await assert.rejects(
      ask(t, (stream) => answer(stream, [word.encode({}), word.encode({})], ok)),
      fails(13, /more than one/),
    );
  });

  it('ends at its deadline and gives the stream up', async (t) => {
    const streams: ServerHttp2Stream[] = [];
    await assert.rejects(
      ask(t, (stream) => streams.push(stream), 50),
      fails(4, /within 50 ms/),
    );
    await eventually(() => streams[0]?.aborted === true);
  });

  it('ends when its caller goes away', async (t) => {
    const streams: ServerHttp2Stream[] = [];
    const transport = await serviceFor(t, (stream) => streams.push(stream));
    const controller = new AbortController();
    const pending = callUnary(transport, say, {}, { signal: controller.signal });
    await eventually(() => streams.length === 1);
    controller.abort();
    await assert.rejects(pending, fails(1, /cancelled/));
    await eventually(() => streams[0]?.aborted === true);
    await assert.rejects(callUnary(transport, say, {}, { signal: controller.signal }), fails(1, /cancelled/));
  });

  it('is made again when the service refused to look at it', async (t) => {
    let streams = 0;
    const transport = await serviceFor(t, (stream) => {
      streams += 1;
      if (streams === 1) return stream.close(7);
      receive(
        stream,
        (bytes) => answer(stream, [bytes], { 'grpc-status': '0' }),
        () => undefined,
      );
      return undefined;
    });
    assert.deepEqual(await callUnary(transport, say, { word: 'again' }), { word: 'again' });
    assert.equal(streams, 2);
  });

  it('fails when nobody listens, when the stream is reset, and when the service speaks no HTTP/2', async (t) => {
    await assert.rejects(callUnary(transportTo(t, 1), say, {}), fails(14, /connection/));
    await assert.rejects(
      ask(t, (stream) => stream.close(2)),
      fails(14, /closed the connection/),
    );
    const { port } = await rawServer(t, (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await assert.rejects(callUnary(transportTo(t, port), say, {}), fails(14, /HTTP\/2|connection/));
  });
});

describe('a stream of gRPC', () => {
  it('carries messages both ways until both have ended', async (t) => {
    const transport = await serviceFor(t, (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      receive(
        stream,
        (bytes) => void stream.write(framed(word.encode({ word: `${word.decode(bytes).word}!` }))),
        () => stream.end(),
      );
    });
    const got: (string | undefined)[] = [];
    await new Promise<void>((resolve, reject) => {
      const stream = openStream(transport, say, {
        message(reply) {
          got.push(reply.word);
          if (got.length < 3) stream.send({ word: String(got.length) });
          else stream.halfClose();
          return true;
        },
        drained() {},
        ended: (error) => (error === null ? resolve() : reject(error)),
      });
      stream.send({ word: '0' });
    });
    assert.deepEqual(got, ['0!', '1!', '2!']);
  });

  it('holds the service back while the receiver wants nothing', async (t) => {
    let written = 0;
    const size = 16_384;
    const transport = await serviceFor(t, (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      const more = (): void => {
        while (written < 500) {
          written += 1;
          if (!stream.write(framed(word.encode({ word: 'x'.repeat(size) })))) return;
        }
        stream.end();
      };
      stream.on('drain', more);
      more();
    });
    let got = 0;
    let over = false;
    const stream = openStream(transport, say, {
      message() {
        got += 1;
        return got !== 1;
      },
      drained() {},
      ended(error) {
        assert.equal(error, null);
        over = true;
      },
    });
    stream.send({});
    await eventually(() => got === 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(written < 400, String(written));
    stream.resume();
    await eventually(() => over);
    assert.equal(got, 500);
  });

  it('is told when a slow service takes more', async (t) => {
    const streams: ServerHttp2Stream[] = [];
    let received = 0;
    const transport = await serviceFor(t, (stream) => {
      stream.pause();
      streams.push(stream);
    });
    let drains = 0;
    const stream = openStream(transport, say, { message: () => true, drained: () => (drains += 1), ended() {} });
    let accepts = true;
    for (let i = 0; i < 200; i++) accepts = stream.send({ word: 'y'.repeat(16_384) });
    assert.equal(accepts, false);
    await eventually(() => streams.length === 1);
    receive(
      streams[0] as ServerHttp2Stream,
      () => (received += 1),
      () => undefined,
    );
    streams[0]?.resume();
    await eventually(() => received === 200 && drains > 0);
    stream.cancel();
    await eventually(() => streams[0]?.aborted === true);
  });
});

describe('frames', () => {
  it('are the same however the bytes are cut', () => {
    const messages = [Buffer.from('a'), Buffer.alloc(0), Buffer.from('b'.repeat(20)), Buffer.from('c')];
    const bytes = Buffer.concat(messages.map((one) => framed(one)));
    for (let size = 1; size <= bytes.byteLength; size++) {
      const reader = new FrameReader(100);
      const got: string[] = [];
      for (let at = 0; at < bytes.byteLength; at += size) {
        reader.push(bytes.subarray(at, at + size));
        for (let one = reader.next(); one !== null; one = reader.next()) got.push(one.toString());
      }
      assert.deepEqual(got, ['a', '', 'b'.repeat(20), 'c']);
      assert.ok(reader.atBoundary);
    }
  });
});
