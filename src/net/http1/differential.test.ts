import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { RequestParser } from './request-parser.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';

/** What a parser made of one request: its framing, or that it refused or wants more. */
type Reading =
  | { readonly method: string; readonly target: string; readonly body: string; readonly used: number }
  | string;

const limits = { maxHeadSize: 16_000, maxHeaders: 200, maxTargetLength: 8000 };
/** A second request behind the first: where it is found shows where the first was thought to end. */
const NEXT = 'GET /next HTTP/1.1\r\nHost: next\r\n\r\n';

/** The requests that Waygate's parser sees in `text`, until it refuses or runs out. */
function ours(text: string): { readings: Reading[]; refused: boolean } {
  const bytes = Buffer.from(text, 'latin1');
  const parser = new RequestParser();
  const readings: Reading[] = [];
  let at = 0;
  try {
    while (at < bytes.length) {
      const head = parser.parse(bytes, at, 'http', limits, false);
      if (head === null) break;
      at = parser.end;
      let body = '';
      if (head.bodyLength > 0) {
        if (at + head.bodyLength > bytes.length) break;
        body = text.slice(at, at + head.bodyLength);
        at += head.bodyLength;
      } else if (head.bodyLength < 0) {
        const sink = {
          chunkPayload: (chunk: Buffer) => (body += chunk.toString('latin1')),
          chunkFramed: () => undefined,
        };
        const decoder = new ChunkedDecoder(sink, 'payload');
        at = decoder.feed(bytes, at);
        if (!decoder.done) break;
      }
      readings.push({ method: head.method, target: head.path + head.query, body, used: at });
      if (parser.close || head.upgrade !== '' || head.method === 'CONNECT') break;
    }
  } catch {
    return { readings, refused: true };
  }
  return { readings, refused: false };
}

/** A node:http server in its strict default, and what it makes of bytes. */
class Reference {
  readonly #server: http.Server;
  #seen: { method: string; target: string; body: string }[] = [];

  constructor() {
    this.#server = http.createServer({ insecureHTTPParser: false, requireHostHeader: true }, (request, response) => {
      const entry = { method: request.method ?? '', target: request.url ?? '', body: '' };
      request.setEncoding('latin1');
      request.on('data', (chunk: string) => (entry.body += chunk));
      request.on('end', () => {
        this.#seen.push(entry);
        response.end();
      });
    });
    this.#server.on('checkContinue', (request: http.IncomingMessage, response: http.ServerResponse) =>
      this.#server.emit('request', request, response),
    );
    this.#server.on('clientError', (_, socket) => socket.destroy());
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async read(text: string): Promise<{ method: string; target: string; body: string }[]> {
    this.#seen = [];
    const { port } = this.#server.address() as net.AddressInfo;
    await new Promise<void>((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.resume();
      socket.end(Buffer.from(text, 'latin1'));
    });
    return this.#seen;
  }
}

const corpus: readonly string[] = [
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nX',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked,\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 005\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5 \r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5,5\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\ncontent-length: 6\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'GET / HTTP/1.1\nHost: a\n\n',
  'GET / HTTP/1.1\r\nHost: a\r\nX: a\nY: b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nX: \xe9\xff\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n',
  'GET / HTTP/1.1\r\nHost:\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  'GET / HTTP/1.10\r\nHost: a\r\n\r\n',
  'GET / HTTP/0.9\r\nHost: a\r\n\r\n',
  'GET /\r\n\r\n',
  'GET  / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /\tHTTP/1.1\r\nHost: a\r\n\r\n',
  '\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET http://b?x HTTP/1.1\r\nHost: a\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: close, keep-alive\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b;c="d e"\r\nhello\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a="\n"\r\nhello\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n00005\r\nhello\r\n000\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n X: y\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\n',
  'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello',
];

describe('what Waygate accepts, llhttp accepts with the same framing', () => {
  const reference = new Reference();
  before(() => reference.listen());
  after(() => reference.close());

  async function agree(text: string): Promise<number> {
    const mine = ours(text);
    const theirs = await reference.read(text);
    for (const [index, reading] of mine.readings.entries()) {
      assert.ok(typeof reading !== 'string');
      // Methods that llhttp does not know are no matter of framing.
      if (!http.METHODS.includes(reading.method)) break;
      const other = theirs[index];
      assert.ok(other !== undefined, `llhttp refused what was accepted: ${JSON.stringify(text)}`);
      assert.equal(other.method, reading.method);
      assert.equal(other.body, reading.body, JSON.stringify(text));
      // Absolute-form targets are given whole by node; the path must be their end.
      assert.ok(other.target.endsWith(reading.target) || reading.target.startsWith('/'), JSON.stringify(text));
    }
    return mine.readings.length;
  }

  for (const text of corpus) {
    it(JSON.stringify(text.slice(0, 110)), async () => {
      await agree(text + NEXT);
    });
  }

  it('holds for mutations of good and bad requests', { timeout: 60_000 }, async () => {
    // No `Connection: upgrade`: node hands such a connection over, bodies included, where we drop the upgrade.
    const fields = fc.constantFrom(
      'Content-Length: 5',
      'Content-Length: 0',
      'content-length:5',
      'Content-Length: 05',
      'Content-Length: 5,5',
      'Content-Length: -0',
      'Transfer-Encoding: chunked',
      'transfer-encoding:chunked',
      'Transfer-Encoding: chunked, chunked',
      'Transfer-Encoding: identity',
      'Transfer-Encoding: gzip, chunked',
      'Transfer-Encoding:  CHUNKED\t',
      'Connection: close',
      'Connection: Transfer-Encoding',
      'Connection: content-length',
      'Upgrade: websocket',
      'Expect: 100-continue',
      'TE: trailers',
      'X: y',
      'X:',
      ' X: y',
      'X : y',
      'Host: b',
    );
    const start = fc.constantFrom(
      'POST / HTTP/1.1',
      'GET /x?y HTTP/1.1',
      'PUT http://h/x HTTP/1.1',
      'HEAD / HTTP/1.1',
      'GET / HTTP/1.0',
      'OPTIONS * HTTP/1.1',
    );
    const body = fc.constantFrom(
      '',
      'hello',
      '0\r\n\r\n',
      '5\r\nhello\r\n0\r\n\r\n',
      '5;x\r\nhello\r\n0\r\n\r\n',
      '5\r\nhello\r\n0\r\nA: b\r\n\r\n',
      '05\r\nhello\r\n00\r\n\r\n',
      '3\r\nhello\r\n0\r\n\r\n',
    );
    const mutation = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.nat({ max: 2 }),
      insert: fc.constantFrom(
        '',
        '',
        '\r',
        '\n',
        '\r\n',
        ' ',
        '\t',
        '\0',
        ':',
        ';',
        '0',
        '5',
        'a',
        '"',
        ',',
        '\x7f',
        '\x80',
        '#',
        '+',
      ),
    });
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        start,
        fc.array(fields, { maxLength: 4 }),
        body,
        fc.array(mutation, { maxLength: 2 }),
        async (line, list, content, mutations) => {
          let text = [line, 'Host: a', ...list, '', content].join('\r\n');
          for (const { at, remove, insert } of mutations) {
            const position = Math.floor(at * text.length);
            text = text.slice(0, position) + insert + text.slice(position + remove);
          }
          accepted += await agree(text + NEXT);
        },
      ),
      { numRuns: 1500 },
    );
    assert.ok(accepted > 100, `only ${accepted} requests were accepted: the test says little`);
  });
});
