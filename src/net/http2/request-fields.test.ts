import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GatewayError } from '../../base/errors.ts';
import { readRequestHead } from './request-fields.ts';

const limits = { maxHeadSize: 2000, maxHeaders: 10, maxTargetLength: 100 };
const get = [':method', 'GET', ':scheme', 'https', ':authority', 'a.example', ':path', '/x?y=1'];

function refusal(raw: readonly string[], ended = true): string {
  try {
    readRequestHead(raw, 'https', ended, limits);
    return '';
  } catch (error) {
    return (error as GatewayError).reason;
  }
}

describe('the head of an HTTP/2 request', () => {
  it('has what one of HTTP/1.1 has', () => {
    const head = readRequestHead(
      [...get, 'te', 'trailers', 'x-a', '1', 'cookie', 'a', 'cookie', 'b'],
      'https',
      true,
      limits,
    );
    assert.deepEqual(
      [head.method, head.scheme, head.authority, head.path, head.query, head.version, head.bodyLength],
      ['GET', 'https', 'a.example', '/x', '?y=1', 20, 0],
    );
    assert.deepEqual(head.headers.flat, ['x-a', '1', 'cookie', 'a; b']);
    assert.equal(head.acceptsTrailers, true);
  });

  it('says how long its body is: nothing, what Content-Length says, or not known', () => {
    const length = (raw: readonly string[], ended: boolean): number =>
      readRequestHead([...get, ...raw], 'https', ended, limits).bodyLength;
    assert.equal(length(['content-length', '5'], true), 0);
    assert.equal(length(['content-length', '5'], false), 5);
    assert.equal(length([], false), -1);
  });

  it('may name the host in Host', () => {
    const raw = [':method', 'GET', ':scheme', 'http', ':path', '/', 'host', 'b.example:80'];
    assert.equal(readRequestHead(raw, 'http', true, limits).authority, 'b.example:80');
  });

  it('is a Upgrade when it is an extended CONNECT, and authority-form without', () => {
    const websocket = readRequestHead(
      [':method', 'CONNECT', ':protocol', 'websocket', ':scheme', 'https', ':authority', 'a', ':path', '/chat?x'],
      'https',
      false,
      limits,
    );
    assert.deepEqual(
      [websocket.method, websocket.upgrade, websocket.path, websocket.query, websocket.bodyLength],
      ['GET', 'websocket', '/chat', '?x', 0],
    );
    const tunnel = readRequestHead([':method', 'CONNECT', ':authority', 'a.example:443'], 'https', false, limits);
    assert.deepEqual([tunnel.method, tunnel.authority, tunnel.path], ['CONNECT', 'a.example:443', '']);
  });

  for (const [name, raw] of [
    ['a :path that is a URL', [':method', 'GET', ':authority', 'a', ':path', 'http://b/']],
    ['a :path that is * without OPTIONS', [':method', 'GET', ':authority', 'a', ':path', '*']],
    ['a user in the authority', [':method', 'GET', ':authority', 'me@a', ':path', '/']],
    ['a Host that is not :authority', [...get, 'host', 'b.example']],
    ['two Hosts', [':method', 'GET', ':path', '/', 'host', 'a', 'host', 'b']],
    ['CONNECT without a port', [':method', 'CONNECT', ':authority', 'a.example']],
    ['Transfer-Encoding', [...get, 'transfer-encoding', 'chunked']],
    ['Connection', [...get, 'connection', 'close']],
    ['Upgrade', [...get, 'upgrade', 'websocket']],
  ] as const) {
    it(`is refused with ${name}`, () => assert.equal(refusal(raw), 'badRequest'));
  }

  it('is refused with a length that is no number', () => {
    for (const length of ['+5', '5, 5', '0x5', '-1', '9'.repeat(20)]) {
      assert.equal(refusal([...get, 'content-length', length], false), 'badRequest', length);
    }
  });

  it('is bounded in size, fields and target', () => {
    assert.equal(refusal([...get, 'x-a', 'a'.repeat(2000)]), 'headersTooLarge');
    assert.equal(refusal([...get, ...Array.from({ length: 11 }, (_, i) => [`x-${i}`, '1']).flat()]), 'headersTooLarge');
    assert.equal(refusal([':method', 'GET', ':authority', 'a', ':path', `/${'a'.repeat(100)}`]), 'uriTooLong');
  });
});
