import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { GatewayError } from '../../base/errors.ts';
import type { RequestHead } from '../http/message.ts';
import { RequestParser } from './request-parser.ts';

const limits = { maxHeadSize: 1024, maxHeaders: 10, maxTargetLength: 100 };

function parse(text: string, preserve = false): RequestHead {
  const head = new RequestParser().parse(Buffer.from(text, 'latin1'), 0, 'http', limits, preserve);
  assert.ok(head !== null, 'the head is whole');
  return head;
}

function refusal(text: string): string {
  try {
    const head = new RequestParser().parse(Buffer.from(text, 'latin1'), 0, 'http', limits, false);
    return head === null ? 'incomplete' : 'accepted';
  } catch (error) {
    assert.ok(error instanceof GatewayError);
    return `${error.status} ${error.message}`;
  }
}

const get = (fields: string): string => `GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

describe('request heads', () => {
  it('gives method, target, authority and fields in order and lower case', () => {
    const head = parse(
      'POST /a/b?x=1&y HTTP/1.1\r\nHost: Example.com:8080\r\nX-A:  one \t\r\nAccept: */*\r\nx-a: two\r\nContent-Length: 5\r\n\r\n',
    );
    assert.equal(head.method, 'POST');
    assert.equal(head.path, '/a/b');
    assert.equal(head.query, '?x=1&y');
    assert.equal(head.authority, 'Example.com:8080');
    assert.equal(head.version, 11);
    assert.equal(head.bodyLength, 5);
    assert.deepEqual(head.headers.flat, ['x-a', 'one', 'accept', '*/*', 'x-a', 'two']);
  });

  it('takes out hop-by-hop fields and those that Connection names', () => {
    const head = parse(
      get(
        'Connection: close, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nTE: gzip, trailers\r\n' +
          'Trailer: X-T\r\nUpgrade: h2c\r\nX-Kept: 1\r\n',
      ),
    );
    assert.deepEqual(head.headers.flat, ['x-kept', '1']);
    assert.equal(head.acceptsTrailers, true);
    assert.equal(head.upgrade, '', 'Upgrade counts only when Connection names it');
  });

  it('reads an upgrade, an expectation and the connection options', () => {
    const parser = new RequestParser();
    const bytes = Buffer.from(get('Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n'));
    assert.equal(parser.parse(bytes, 0, 'http', limits, false)?.upgrade, 'websocket');
    assert.equal(parser.close, false);
    for (const protocol of ['h2c', 'websocket, H2C', 'h2']) {
      const head = parse(get(`Connection: upgrade\r\nUpgrade: ${protocol}\r\n`));
      assert.equal(head.upgrade, '', 'HTTP/2 is not tunnelled past the gateway');
    }
    assert.equal(parse(get('Expect: 100-Continue\r\nContent-Length: 1\r\n')).expectContinue, true);
    assert.equal(
      parse(get('Expect: 100-continue\r\n')).expectContinue,
      false,
      'without a body there is nothing to wait for',
    );
    parser.parse(Buffer.from(get('Connection: x, CLOSE\r\n')), 0, 'http', limits, false);
    assert.equal(parser.close, true);
    parser.parse(Buffer.from('GET / HTTP/1.0\r\n\r\n'), 0, 'http', limits, false);
    assert.equal(parser.close, true, 'HTTP/1.0 closes');
    parser.parse(Buffer.from('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n'), 0, 'http', limits, false);
    assert.equal(parser.close, false, 'unless it asks not to');
  });

  it('reads every form of target', () => {
    const absolute = parse('GET http://Other:81/p?q HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.deepEqual([absolute.authority, absolute.path, absolute.query], ['Other:81', '/p', '?q']);
    const bare = parse('GET http://other?q HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.deepEqual([bare.path, bare.query], ['/', '?q']);
    assert.equal(parse('GET HTTPS://other HTTP/1.1\r\nHost: a\r\n\r\n').path, '/');
    assert.equal(parse('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n').path, '*');
    const connect = parse('CONNECT up:443 HTTP/1.1\r\nHost: up:443\r\n\r\n');
    assert.deepEqual([connect.authority, connect.path], ['up:443', '']);
    assert.equal(parse('GET /a//../%2e;b{}|x HTTP/1.1\r\nHost: a\r\n\r\n').path, '/a//../%2e;b{}|x');
  });

  it('accepts hosts of every kind', () => {
    for (const host of ['a', 'a.b:1', '127.0.0.1:80', '[::1]', '[fe80::1]:8080', '', 'a_b', 'x%20y', 'a:']) {
      assert.equal(parse(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`).authority, host);
    }
  });

  it('keeps names as written only when asked', () => {
    assert.equal(parse(get('X-Odd-CASE: 1\r\n')).headers.original, null);
    assert.equal(parse(get('X-Odd-CASE: 1\r\n'), true).headers.original?.get('x-odd-case'), 'X-Odd-CASE');
  });

  it('ignores one empty line before the request', () => {
    assert.equal(parse(`\r\n${get('')}`).path, '/');
    assert.match(refusal(`\r\n\r\n${get('')}`), /^400/);
  });

  const refused: [string, string, RegExp][] = [
    ['two lengths', get('Content-Length: 1\r\nContent-Length: 1\r\n'), /^400 more than one Content-Length/],
    ['a list of lengths', get('Content-Length: 1, 1\r\n'), /^400 an invalid Content-Length/],
    ['a signed length', get('Content-Length: +5\r\n'), /^400/],
    ['a hexadecimal length', get('Content-Length: 0x5\r\n'), /^400/],
    ['an empty length', get('Content-Length:\r\n'), /^400/],
    ['a huge length', get('Content-Length: 99999999999999999\r\n'), /^400/],
    ['a length and chunks', get('Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'), /^400 Content-Length with/],
    ['chunks and a length', get('Transfer-Encoding: chunked\r\nContent-Length: 1\r\n'), /^400 Content-Length with/],
    ['xchunked', get('Transfer-Encoding: xchunked\r\n'), /^400 a Transfer-Encoding other/],
    ['gzip, chunked', get('Transfer-Encoding: gzip, chunked\r\n'), /^400/],
    ['chunked, identity', get('Transfer-Encoding: chunked, identity\r\n'), /^400/],
    ['two encodings', get('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'), /^400 more than one/],
    ['a vertical tab before chunked', get('Transfer-Encoding: \x0bchunked\r\n'), /^400/],
    ['an empty encoding', get('Transfer-Encoding:\r\n'), /^400/],
    ['a blank before the colon', get('Transfer-Encoding : chunked\r\n'), /^400 a blank before/],
    ['a folded line', get('X: a\r\n b\r\n'), /^400 a folded/],
    ['a line without colon', get('X\r\n'), /^400 an invalid field name/],
    ['an empty name', get(': x\r\n'), /^400/],
    ['a name with a bracket', get('X(: x\r\n'), /^400/],
    ['a bare LF', get('X: a\n'), /^400/],
    ['a bare CR', get('X: a\rb\r\n'), /^400/],
    ['NUL in a value', get('X: a\0b\r\n'), /^400/],
    ['DEL in a value', get('X: a\x7fb\r\n'), /^400/],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', /^400 no Host/],
    ['two Hosts', get('Host: a\r\n'), /^400 more than one Host/],
    ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', /^400 an invalid Host/],
    ['a Host with user information', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', /^400/],
    ['a Host list', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', /^400/],
    ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', /^400 an HTTP version/],
    ['HTTP/2.0', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^400/],
    ['http/1.1', 'GET / http/1.1\r\nHost: a\r\n\r\n', /^400/],
    ['no version', 'GET /\r\n\r\n', /^400/],
    ['two blanks', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', /^400/],
    ['a blank after the version', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n', /^400/],
    ['a method with a bracket', 'G(T / HTTP/1.1\r\nHost: a\r\n\r\n', /^400 an invalid method/],
    ['a blank first', ' GET / HTTP/1.1\r\nHost: a\r\n\r\n', /^400/],
    ['a fragment', 'GET /#a HTTP/1.1\r\nHost: a\r\n\r\n', /^400 an invalid request target/],
    ['a target without slash', 'GET a HTTP/1.1\r\nHost: a\r\n\r\n', /^400/],
    ['another scheme', 'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n', /^400/],
    ['user information', 'GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n', /^400/],
    ['GET *', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n', /^400/],
    ['CONNECT /', 'CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n', /^400/],
    ['CONNECT with a body', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n', /^400/],
    ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', /^400/],
    ['a high byte in the target', 'GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n', /^400/],
    ['too many Connection options', get(`Connection: ${'a,'.repeat(33)}\r\n`), /^400 too many Connection/],
    ['too many fields', get('X: 1\r\n'.repeat(10)), /^431/],
    ['a head that is too large', get(`X: ${'a'.repeat(1024)}\r\n`), /^431/],
    ['an unfinished head that is too large', `GET / HTTP/1.1\r\nX: ${'a'.repeat(1024)}`, /^431/],
    ['a long target', `GET /${'a'.repeat(100)} HTTP/1.1\r\nHost: a\r\n\r\n`, /^414/],
    ['an unfinished long target', `GET /${'a'.repeat(100)}`, /^414/],
  ];
  for (const [name, text, expected] of refused) {
    it(`refuses ${name}`, () => assert.match(refusal(text), expected));
  }

  it('asks for more at every cut of a good head, and never takes a part for the whole', () => {
    const text = 'POST /a HTTP/1.1\r\nHost: a\r\nX-Long-Name: value \r\nTransfer-Encoding: chunked\r\n\r\n';
    for (let cut = 0; cut < text.length; cut += 1) assert.equal(refusal(text.slice(0, cut)), 'incomplete', `at ${cut}`);
    assert.equal(refusal(text), 'accepted');
  });

  it('never throws anything but a GatewayError, whatever comes', () => {
    const parser = new RequestParser();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parser.parse(Buffer.from(bytes), 0, 'http', limits, true);
        } catch (error) {
          assert.ok(error instanceof GatewayError);
        }
      }),
    );
  });
});
