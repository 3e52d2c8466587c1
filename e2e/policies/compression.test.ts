import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import http from 'node:http';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { brotliDecompressSync, createGunzip, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { send, type Reply } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

const run = promisify(execFile);
const page = 'the same again and again; '.repeat(4000);
const all = { 'accept-encoding': 'gzip, deflate, br, zstd' };

const decoders: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

function decoded({ headers, bytes }: Reply): string {
  const decode = decoders[headers['content-encoding'] ?? ''];
  return (decode === undefined ? bytes : decode(bytes)).toString();
}

test('each coding comes out whole, also when the body came in many parts', async () => {
  await using upstream = await startUpstream((request, response) => {
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    if (request.url === '/whole') response.end(page);
    else {
      for (let at = 0; at < page.length; at += 7001) response.write(page.slice(at, at + 7001));
      response.end();
    }
  });
  await using gateway = await startGateway(oneRoute('{ compression: {} }', upstream.host));
  for (const path of ['/whole', '/parts']) {
    for (const coding of ['gzip', 'br', 'zstd']) {
      const reply = await send(gateway.port, { path, headers: { 'accept-encoding': coding } });
      assert.deepEqual(
        [reply.headers['content-encoding'], reply.headers.vary, reply.headers['content-length']],
        [coding, 'Accept-Encoding', undefined],
      );
      assert.ok(reply.bytes.byteLength < page.length / 20);
      assert.equal(decoded(reply), page, `${path} ${coding}`);
    }
  }
  const best = await send(gateway.port, { headers: all });
  assert.equal(best.headers['content-encoding'], 'zstd');
});

test('real clients read it: curl and fetch', async () => {
  await using upstream = await startUpstream((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ page }));
  });
  await using gateway = await startGateway(oneRoute('{ compression: { encodings: [br, gzip] } }', upstream.host));
  const url = `http://127.0.0.1:${gateway.port}/`;
  for (const coding of ['gzip', 'br']) {
    const { stdout } = await run('curl', ['-sS', '--compressed', '-H', `accept-encoding: ${coding}`, url], {
      maxBuffer: 1e7,
    });
    assert.deepEqual(JSON.parse(stdout), { page });
  }
  const answer = await fetch(url);
  // Over plain HTTP it does not ask for br.
  assert.equal(answer.headers.get('content-encoding'), 'gzip');
  assert.deepEqual(await answer.json(), { page });
});

test('what is short, of another kind, encoded, or asked to be left alone passes as it came', async () => {
  let fields: Record<string, string> = {};
  let body = page;
  await using upstream = await startUpstream((_, response) => {
    for (const [name, value] of Object.entries(fields)) response.setHeader(name, value);
    response.statusCode = 'content-range' in fields ? 206 : 200;
    response.end(body);
  });
  await using gateway = await startGateway(oneRoute('{ compression: {} }', upstream.host));
  for (const [head, text, headers] of [
    [{ 'content-type': 'text/plain' }, 'short', all],
    [{ 'content-type': 'image/png' }, page, all],
    [{}, page, all],
    [{ 'content-type': 'text/event-stream' }, page, all],
    [{ 'content-type': 'text/plain', 'content-encoding': 'x-own' }, page, all],
    [{ 'content-type': 'text/plain', 'cache-control': 'public, no-transform' }, page, all],
    [{ 'content-type': 'text/plain', 'content-range': 'bytes 0-1/2' }, page, all],
    [{ 'content-type': 'text/plain' }, page, {}],
    [{ 'content-type': 'text/plain' }, page, { 'accept-encoding': 'identity, gzip;q=0' }],
  ] as const) {
    fields = head;
    body = text;
    const reply = await send(gateway.port, { headers });
    assert.equal(reply.text, text, JSON.stringify([head, headers]));
    assert.equal(reply.headers['content-encoding'], fields['content-encoding']);
    assert.equal(reply.headers['content-length'], String(text.length));
  }
});

test('fields about the exact bytes do not outlive them, and HEAD has no body to compress', async () => {
  await using upstream = await startUpstream((_, response) => {
    response.setHeader('content-type', 'text/css');
    response.setHeader('etag', '"v1"');
    response.setHeader('accept-ranges', 'bytes');
    response.setHeader('content-md5', 'x');
    response.setHeader('content-length', page.length);
    response.end(page);
  });
  await using gateway = await startGateway(oneRoute('{ compression: {} }', upstream.host));
  const { headers } = await send(gateway.port, { headers: all });
  assert.deepEqual([headers.etag, headers['accept-ranges'], headers['content-md5']], ['W/"v1"', undefined, undefined]);
  const plain = await send(gateway.port);
  assert.deepEqual([plain.headers.etag, plain.headers.vary], ['"v1"', 'Accept-Encoding']);
  const head = await send(gateway.port, { method: 'HEAD', headers: all });
  assert.deepEqual(
    [head.text, head.headers['content-encoding'], head.headers.vary],
    ['', undefined, 'Accept-Encoding'],
  );
});

test('each part of a stream comes out before the next one goes in', async () => {
  let push = (_text: string): void => undefined;
  let end = (): void => undefined;
  await using upstream = await startUpstream((_, response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.flushHeaders();
    push = (text) => void response.write(text);
    end = () => response.end();
  });
  await using gateway = await startGateway(
    oneRoute('{ compression: { eventStreams: true, encodings: [gzip] } }', upstream.host),
  );
  const events = ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n'];
  const request = http.get({
    port: gateway.port,
    host: '127.0.0.1',
    headers: { 'accept-encoding': 'gzip' },
    agent: false,
  });
  const response = await new Promise<http.IncomingMessage>((resolve) => request.on('response', resolve));
  assert.equal(response.headers['content-encoding'], 'gzip');
  const text = response.pipe(createGunzip())[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (const event of events) {
    push(event);
    assert.equal(String((await text.next()).value), event);
  }
  end();
  assert.equal((await text.next()).done, true);
});

test('a client that does not read stops the upstream', async () => {
  let sent = 0;
  const total = 64_000_000;
  await using upstream = await startUpstream((_, response) => {
    response.setHeader('content-type', 'text/plain');
    const part = Buffer.from(Array.from({ length: 65_536 }, (_, at) => (at * 7919 * (at % 251)) % 256));
    const more = (): void => {
      while (sent < total) {
        part.writeUInt32LE(sent, 0);
        sent += part.byteLength;
        if (!response.write(part)) {
          response.once('drain', more);
          return;
        }
      }
      response.end();
    };
    more();
  });
  await using gateway = await startGateway(oneRoute('{ compression: { encodings: [gzip] } }', upstream.host));
  const request = http.get({
    port: gateway.port,
    host: '127.0.0.1',
    headers: { 'accept-encoding': 'gzip' },
    agent: false,
  });
  const response = await new Promise<http.IncomingMessage>((resolve) => request.on('response', resolve));
  let before = -1;
  // Nothing is read: at some point nothing more is sent, long before the end.
  while (sent !== before) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.ok(sent < total, `${sent} bytes went into a client that does not read`);
  response.destroy();
});

test('a body that breaks off is cut, not ended', async () => {
  await using upstream = await startUpstream((_, response) => {
    response.setHeader('content-type', 'text/plain');
    response.write(page);
    setImmediate(() => response.destroy());
  });
  await using gateway = await startGateway(oneRoute('{ compression: {} }', upstream.host));
  await assert.rejects(send(gateway.port, { headers: all }));
});
