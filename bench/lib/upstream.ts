// A fast upstream for measurements, a process of its own: node bench/lib/upstream.ts PORT
// Answers are fixed bytes; a request is read only as far as needed to answer it.
import net from 'node:net';
import { chatAnswers, messageAnswers, type LlmAnswers } from './llm-answers.ts';
import { mcpAnswer } from './mcp-upstream.ts';

const chunked = (text: string): Buffer => Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`);
const llm: Readonly<Record<string, LlmAnswers>> = {
  '/v1/chat/completions': chatAnswers,
  '/v1/messages': messageAnswers,
};
const streams: Readonly<Record<string, readonly Buffer[]>> = {
  '/sse': chatAnswers.events.map(chunked),
  ...Object.fromEntries(Object.entries(llm).map(([path, { events }]) => [path, events.map(chunked)])),
};

const fixed: Readonly<Record<string, Buffer>> = {
  '/1k': reply('text/plain', 'x'.repeat(1024)),
  '/2k': reply('application/json', JSON.stringify({ data: 'x'.repeat(2030) })),
  '/1m': reply('application/octet-stream', 'x'.repeat(1024 * 1024)),
  ...Object.fromEntries(Object.entries(llm).map(([path, { whole }]) => [path, reply('application/json', whole)])),
};
const streamHead = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
);
const firstEvent = Buffer.from('9\r\ndata: 1\n\n\r\n');

function reply(type: string, body: string): Buffer {
  return Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}

function mcp(path: string, body: string): Buffer {
  const answer = mcpAnswer(path, body);
  return answer === null
    ? Buffer.from('HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n')
    : reply('application/json', answer);
}

function sendEvents(socket: net.Socket, events: readonly Buffer[]): void {
  socket.write(streamHead);
  let i = 0;
  const next = (): void => {
    if (socket.destroyed) return;
    socket.write(events[i++] as Buffer);
    if (i < events.length) setImmediate(next);
    else socket.write('0\r\n\r\n');
  };
  setImmediate(next);
}

function serve(socket: net.Socket, head: string, body: string): void {
  const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' ', head.indexOf(' ') + 1));
  const events = streams[path];
  if (events !== undefined && body.includes('"user":"idle"')) {
    socket.write(Buffer.concat([streamHead, ...events.slice(0, 3)]));
    return;
  }
  if (events !== undefined && (path === '/sse' || body.includes('"stream":true'))) return sendEvents(socket, events);
  if (path === '/idle') {
    socket.write(streamHead);
    socket.write(firstEvent);
    return;
  }
  socket.write(path.startsWith('/mcp/') ? mcp(path, body) : (fixed[path] ?? (fixed['/1k'] as Buffer)));
}

const server = net.createServer({ noDelay: true }, (socket) => {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = pending.toString('latin1', 0, end);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (pending.length < end + 4 + length) return;
      const body = pending.toString('latin1', end + 4, end + 4 + length);
      pending = pending.subarray(end + 4 + length);
      serve(socket, head, body);
    }
  });
  socket.on('error', () => socket.destroy());
});
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
process.on('SIGTERM', () => process.exit(0));
