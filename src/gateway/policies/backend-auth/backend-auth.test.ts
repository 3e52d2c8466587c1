import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logger } from '../../../base/logger.ts';
import { webFetch } from '../../../base/web-fetch.ts';
import type { BackendAuthSpec, CredentialLocation } from '../../../model/policy.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { RequestHead } from '../../../net/http/message.ts';
import { noCustomFunctions } from '../../../expr/cel/custom-functions.ts';
import { Expressions } from '../../attributes/expressions.ts';
import { CredentialStore } from '../../credentials/credential-store.ts';
import { compileBackendAuth, type AuthPorts } from './backend-auth.ts';

const ports: AuthPorts = {
  store: new CredentialStore({ log: new Logger(() => undefined), env: {}, fetch: webFetch }),
  expressions: new Expressions(noCustomFunctions),
  tokens: () => assert.fail('no token is exchanged'),
  helper: () => assert.fail('nobody is asked'),
};

function apply(
  spec: BackendAuthSpec,
  query = '',
  fields: string[] = [],
  credential: string | null = null,
): RequestHead {
  const head = new RequestHead('GET', 'http', 'a', '/', query, 11, new HeaderList(fields), 0, false, '', false);
  const caller = { request: head, credential, attributes: (): never => assert.fail('nothing is computed') };
  compileBackendAuth(spec, 'a', ports).step?.(head, caller);
  return head;
}

const at = (location: CredentialLocation): BackendAuthSpec => ({ kind: 'key', value: 's&t', location });

test('a key is a bearer token unless a location says otherwise, and replaces the client’s', () => {
  const { headers } = apply({ kind: 'key', value: 'secret' }, '', ['authorization', 'Bearer client']);
  assert.deepEqual(headers.flat, ['authorization', 'Bearer secret']);
  const named = apply(at({ kind: 'header', name: 'x-api-key', prefix: 'k ' }), '', ['x-api-key', 'mine']);
  assert.deepEqual(named.headers.flat, ['x-api-key', 'k s&t']);
});

test('a key in the query is encoded and comes after what is there', () => {
  const location: CredentialLocation = { kind: 'query', name: 'key' };
  assert.equal(apply(at(location)).query, '?key=s%26t');
  assert.equal(apply(at(location), '?').query, '?key=s%26t');
  assert.equal(apply(at(location), '?a=1').query, '?a=1&key=s%26t');
});

test('a key in a cookie joins the cookies that are there', () => {
  const location: CredentialLocation = { kind: 'cookie', name: 'id' };
  assert.deepEqual(apply(at(location)).headers.flat, ['cookie', 'id=s&t']);
  assert.deepEqual(apply(at(location), '', ['cookie', 'a=1']).headers.flat, ['cookie', 'a=1; id=s&t']);
});

test('passed through, the client’s own credential stays', () => {
  const fields = ['authorization', 'Bearer client'];
  assert.deepEqual(apply({ kind: 'passthrough' }, '', fields).headers.flat, fields);
  assert.deepEqual(apply({ kind: 'passthrough' }).headers.flat, []);
});

test('passed through, the token that authentication took out is put back, before any other bearer', () => {
  const restored = apply({ kind: 'passthrough' }, '', [], 'validated');
  assert.deepEqual(restored.headers.flat, ['authorization', 'Bearer validated']);
  const forged = apply({ kind: 'passthrough' }, '', ['authorization', 'Bearer forged'], 'validated');
  assert.deepEqual(forged.headers.flat, ['authorization', 'Bearer validated']);
  const location: CredentialLocation = { kind: 'query', name: 'token' };
  const elsewhere = (query: string): string => apply({ kind: 'passthrough', location }, query, [], 'validated').query;
  assert.equal(elsewhere('?a=1'), '?a=1&token=validated');
  assert.equal(elsewhere('?token=own'), '?token=own');
});

test('further keys are sent beside the main one, or alone', () => {
  const extra = [
    { secret: 'two', location: { kind: 'header', name: 'x-tenant', prefix: '' } },
    { secret: 'three', location: { kind: 'query', name: 'k' } },
  ] as const;
  const both = apply({ kind: 'key', value: 'one', extra });
  assert.deepEqual(both.headers.flat, ['authorization', 'Bearer one', 'x-tenant', 'two']);
  assert.equal(both.query, '?k=three');
  assert.deepEqual(apply({ kind: 'keys', extra }).headers.flat, ['x-tenant', 'two']);
});
