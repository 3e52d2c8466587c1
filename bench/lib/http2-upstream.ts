// node bench/lib/http2-upstream.ts PORT: HTTP/2 with prior knowledge; a fixed answer, and calls of gRPC.
import http2 from 'node:http2';

const fixed = Buffer.alloc(1024, 'x');
const messages = 100;

/** A message of gRPC: not compressed, its length, its bytes. */
function message(bytes: number): Buffer {
  const framed = Buffer.alloc(5 + bytes, 'x');
  framed[0] = 0;
  framed.writeUInt32BE(bytes, 1);
  return framed;
}

const reply = message(1024);
const part = message(128);
const call = [':status', '200', 'content-type', 'application/grpc'];

const server = http2.createServer({ settings: { maxConcurrentStreams: 1000 } });
server.on('session', (session: http2.ServerHttp2Session) => session.on('error', () => undefined));
server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
  stream.on('error', () => undefined);
  if (headers[':method'] === 'GET') {
    stream.respond([':status', '200', 'content-length', String(fixed.length)]);
    stream.end(fixed);
    return;
  }
  stream.resume();
  stream.once('end', () => {
    stream.respond(call, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    if (headers[':path'] === '/bench.Echo/Unary') stream.end(reply);
    else {
      for (let i = 0; i < messages; i += 1) stream.write(part);
      stream.end();
    }
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');
