import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../../net/http/headers.ts';
import type { Caller } from '../caller.ts';
import { ClientFields, Forwarding } from './forwarding.ts';

const rule = (fields: string[], cookies: string[] = []): { fields: string[]; cookies: string[] } => ({
  fields,
  cookies,
});
const caller = (flat: string[]): Caller => ({ headers: new HeaderList(flat) }) as unknown as Caller;
const client = [
  'authorization',
  'Bearer mine',
  'cookie',
  'a=1; sid=2;b=3',
  'x-tenant',
  't1',
  'x-tenant',
  't2',
  'traceparent',
  '00-1',
  'x-other',
  'o',
];

test('a target gets of a request what its rule names, and the trace context', () => {
  const fields = new ClientFields(
    new Forwarding([rule(['x-tenant']), null, rule(['authorization']), rule([], ['sid'])]),
  );
  const trace = ['traceparent', '00-1'];
  assert.deepEqual(fields.of(0, caller(client)), ['x-tenant', 't1', 'x-tenant', 't2', ...trace]);
  assert.deepEqual(fields.of(1, caller(client)), trace);
  assert.deepEqual(fields.of(2, caller(client)), ['authorization', 'Bearer mine', ...trace]);
  assert.deepEqual(fields.of(3, caller(client)), ['cookie', 'sid=2', ...trace]);
  assert.deepEqual(fields.of(3, caller(['cookie', 'a=1'])), []);
});

test('what belongs to no request goes with the fields of the latest, without its trace context', () => {
  const fields = new ClientFields(new Forwarding([rule(['x-tenant']), null]));
  assert.deepEqual(fields.own(0), []);
  assert.equal(fields.carry(new HeaderList(client), 2), false);
  assert.deepEqual(fields.of(0, null), ['x-tenant', 't1', 'x-tenant', 't2']);
  assert.deepEqual(fields.own(1), []);
  assert.equal(fields.carry(new HeaderList([...client, 'x-more', '1']), 2), false, 'nobody sees a difference');
  assert.equal(fields.carry(new HeaderList(['x-tenant', 't3']), 2), true, 'a server may take it for another client');
  assert.deepEqual(fields.own(0), ['x-tenant', 't3']);
});

test('clients are told apart by what targets get of them only', () => {
  const plain = new Forwarding([null, null]);
  assert.deepEqual([plain.any, plain.key(new HeaderList(client))], [false, '']);
  const some = new Forwarding([rule(['x-tenant']), rule([], ['sid'])]);
  const key = (flat: string[]): string => some.key(new HeaderList(flat));
  assert.equal(key(['x-tenant', 'a', 'traceparent', '1']), key(['x-tenant', 'a', 'traceparent', '2']));
  assert.notEqual(key(['x-tenant', 'a']), key(['x-tenant', 'b']));
  assert.notEqual(key(['x-tenant', 'a', 'cookie', 'sid=1']), key(['x-tenant', 'a', 'cookie', 'sid=2']));
});
