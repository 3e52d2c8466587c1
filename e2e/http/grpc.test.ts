import assert from 'node:assert/strict';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';

interface Reply {
  readonly headers: http2.IncomingHttpHeaders;
  readonly trailers: http2.IncomingHttpHeaders | null;
  readonly body: string;
}

/** An upstream of gRPC that answers as `serve` says. */
async function startGrpc(
  serve: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
): Promise<AsyncDisposable & { readonly host: string }> {
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    serve(stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function call(port: number, headers: http2.OutgoingHttpHeaders, body = '', trailers = {}): Promise<Reply> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const stream = session.request(
    { ':method': 'POST', ':path': '/test.Echo/Say', 'content-type': 'application/grpc', te: 'trailers', ...headers },
    { waitForTrailers: true },
  );
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  let text = '';
  let head: http2.IncomingHttpHeaders = {};
  let last: http2.IncomingHttpHeaders | null = null;
  stream.on('response', (fields) => (head = fields));
  stream.on('trailers', (fields) => (last = fields));
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  stream.end(body);
  await new Promise((resolve, reject) => {
    stream.on('error', reject);
    stream.on('close', resolve);
  });
  session.destroy();
  return { headers: head, trailers: last, body: text };
}

test('calls of gRPC pass with their metadata, messages and trailers', async () => {
  await using upstream = await startGrpc((stream, headers) => {
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'x-te': String(headers['te']) },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '3', 'grpc-message': 'no' }));
    stream.pipe(stream);
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const reply = await call(gateway.port, { 'x-meta-bin': 'AAE=' }, 'message');
  assert.deepEqual([reply.body, reply.headers['x-te']], ['message', 'trailers']);
  assert.deepEqual([reply.trailers?.['grpc-status'], reply.trailers?.['grpc-message']], ['3', 'no']);
});

test('an upstream that answers with trailers only is passed on so', async () => {
  await using upstream = await startGrpc((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' }, { endStream: true });
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const reply = await call(gateway.port, {});
  assert.deepEqual([reply.headers['grpc-status'], reply.trailers], ['5', null]);
});

test('what fails in the gateway is a status of gRPC', async () => {
  await using gateway = await startGateway(oneRoute('', '127.0.0.1:1'));
  const reply = await call(gateway.port, {});
  assert.deepEqual([reply.headers[':status'], reply.headers['grpc-status']], [200, '14']);
  assert.match(String(reply.headers['grpc-message']), /connection/);
});

test('a client’s own deadline ends the call', async () => {
  await using upstream = await startGrpc(() => undefined);
  await using gateway = await startGateway(oneRoute('{ timeout: { requestTimeout: 30s } }', upstream.host));
  const reply = await call(gateway.port, { 'grpc-timeout': '100m' });
  assert.equal(reply.headers['grpc-status'], '4');
});

const statusField = `config: { logging: { fields: { add: { said: "response.grpcStatus" } } } }`;

test('the status of a call is recorded, and expressions see it', async () => {
  await using upstream = await startGrpc((stream, headers) => {
    const wanted = String(headers['x-status']);
    if (headers['x-early'] === '1') {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': wanted },
        { endStream: true },
      );
      return;
    }
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': wanted }));
    stream.end('message');
  });
  await using gateway = await startGateway(oneRoute('', upstream.host, statusField));
  await call(gateway.port, { 'x-status': '0' });
  await call(gateway.port, { 'x-status': '13' });
  await call(gateway.port, { 'x-status': '5', 'x-early': '1' });
  await call(gateway.port, { 'x-status': 'none' });
  const lines = await gateway.lines(4);
  assert.deepEqual(
    lines.map((line) => [line['grpc.status'] ?? null, line['said'] ?? null]),
    [
      [0, 0],
      [13, 13],
      [5, 5],
      [null, null],
    ],
  );
});

test('the status that the gateway itself gave a call is recorded', async () => {
  await using gateway = await startGateway(oneRoute('', '127.0.0.1:1', statusField));
  await call(gateway.port, {});
  const [line] = await gateway.lines(1);
  assert.deepEqual([line?.['grpc.status'], line?.['said'], line?.['reason']], [14, 14, 'connectFailed']);
});

test('requests that are no calls have no status', async () => {
  await using gateway = await startGateway(oneRoute('{ directResponse: { status: 200, body: hello } }', []));
  await call(gateway.port, { 'content-type': 'text/plain' });
  const [line] = await gateway.lines(1);
  assert.equal(line?.['grpc.status'] ?? null, null);
});

test('a call that its server breaks off ends with a status, after what came of it', async () => {
  await using upstream = await startGrpc((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.write('first');
    stream.once('data', () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const session = http2.connect(`http://127.0.0.1:${gateway.port}`);
  const stream = session.request({ ':method': 'POST', ':path': '/test.Echo/Say', 'content-type': 'application/grpc' });
  let text = '';
  let last: http2.IncomingHttpHeaders = {};
  stream.on('trailers', (fields) => (last = fields));
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    stream.write('go on');
  });
  await new Promise((resolve, reject) => {
    stream.on('error', reject);
    stream.on('close', resolve);
  });
  session.destroy();
  assert.deepEqual([text, last['grpc-status'], stream.rstCode], ['first', '14', 0]);
  const [line] = await gateway.lines(1);
  assert.deepEqual([line?.['grpc.status'], line?.['reason']], [14, 'upstreamReset']);
});
