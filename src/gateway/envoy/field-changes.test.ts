import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HeaderValueOption } from '../../net/grpc/envoy/core.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { RequestHead, ResponseHead } from '../../net/http/message.ts';
import { changeFields, requestPseudo, responsePseudo } from './field-changes.ts';

function set(key: string, value: string, appendAction = 0, append?: boolean): HeaderValueOption {
  return { header: { key, value }, appendAction, ...(append === undefined ? {} : { append: { value: append } }) };
}

function request(): RequestHead {
  return new RequestHead('GET', 'http', 'a.example', '/p', '?q', 11, new HeaderList(['x-a', '1']), 0, false, '', false);
}

describe('changes of fields by a service', () => {
  it('append, add, replace and keep as the action says', () => {
    const cases: readonly (readonly [HeaderValueOption, string[]])[] = [
      [set('x-a', '2'), ['x-a', '2']],
      [set('x-a', '2', 0, true), ['x-a', '1', 'x-a', '2']],
      [set('x-a', '2', 0, false), ['x-a', '2']],
      [set('x-a', '2', 1), ['x-a', '1']],
      [set('x-b', '2', 1), ['x-a', '1', 'x-b', '2']],
      [set('X-A', '2', 2), ['x-a', '2']],
      [set('x-a', '2', 3), ['x-a', '2']],
      [set('x-b', '2', 3), ['x-a', '1']],
      [{ header: { key: 'x-a', rawValue: '\xf6' } }, ['x-a', '\xf6']],
      [set('x-a', 'ö'), ['x-a', '\xc3\xb6']],
      [set('x-a', ''), ['x-a', '1']],
      [{ header: { key: 'x-a' }, keepEmptyValue: true }, ['x-a', '']],
    ];
    for (const [option, expected] of cases) {
      const headers = new HeaderList(['x-a', '1']);
      assert.equal(changeFields(headers, { set: [option] }, null), 0);
      assert.deepEqual(headers.flat, expected, JSON.stringify(option));
    }
  });

  it('never touch framing, nor make fields that are none', () => {
    const headers = new HeaderList(['x-a', '1', 'x-b', '2']);
    const changes = {
      set: [
        set('content-length', '5'),
        set('transfer-encoding', 'chunked'),
        set('x c', '1'),
        set('x-c', 'a\r\nx-d: 1'),
        set('', '1'),
        set('host', 'evil'),
        set(':path', '/evil'),
      ],
      remove: ['Connection', 'X-B', ':path', 'host'],
    };
    assert.equal(changeFields(headers, changes, null), 10);
    assert.deepEqual(headers.flat, ['x-a', '1']);
  });

  it('set the path of a request, and what it is for only where they may', () => {
    const changes = {
      set: [set(':path', '/n?x=1'), set(':method', 'PUT'), set(':authority', 'b.example'), set(':scheme', 'https')],
    };
    const careful = request();
    assert.equal(changeFields(careful.headers, changes, requestPseudo(careful, false)), 3);
    assert.deepEqual(
      [careful.method, careful.authority, careful.path, careful.query],
      ['GET', 'a.example', '/n', '?x=1'],
    );
    const trusting = request();
    assert.equal(changeFields(trusting.headers, changes, requestPseudo(trusting, true)), 1);
    assert.deepEqual([trusting.method, trusting.authority], ['PUT', 'b.example']);
    const wrong = { set: [set(':path', 'x'), set(':path', '/a b'), set(':method', 'A B'), set(':authority', 'a/b')] };
    assert.equal(changeFields(trusting.headers, wrong, requestPseudo(trusting, true)), 4);
  });

  it('set the status of a response', () => {
    const head = new ResponseHead(200, new HeaderList(), 0);
    const changes = { set: [set(':status', '201'), set(':status', '99'), set(':status', '101'), set(':status', 'x')] };
    assert.equal(changeFields(head.headers, changes, responsePseudo(head)), 3);
    assert.equal(head.status, 201);
  });
});
