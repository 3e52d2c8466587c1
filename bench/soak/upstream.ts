import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** Starts the upstream of a soak run on a free loopback port; it is unreferenced and ends with the process. */
export async function startSoakUpstream(): Promise<number> {
  const server = http.createServer(answer);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  return (server.address() as AddressInfo).port;
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  switch (request.url) {
    case '/echo':
    case '/mirrored':
      request.pipe(response);
      return;
    case '/sse':
      request.resume();
      stream(response, 5);
      return;
    case '/endless':
      request.resume();
      stream(response, Infinity);
      return;
    case '/retry':
      request.resume();
      request.on('end', () => {
        if (request.headers['x-retry-attempt'] === undefined) response.writeHead(503).end();
        else response.end('ok');
      });
      return;
    case '/hang':
      request.resume();
      return;
    case '/half':
      request.resume();
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half', () => request.socket.destroy());
      return;
    default:
      request.resume();
      request.on('end', () => response.end('x'.repeat(1024)));
  }
}

/** `count` server-sent events, one after the other. */
function stream(response: http.ServerResponse, count: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let sent = 0;
  const next = (): void => {
    if (response.destroyed) return;
    if (sent++ >= count) response.end();
    else {
      response.write(`data: {"event":${sent}}\n\n`);
      setTimeout(next, 1);
    }
  };
  next();
}
