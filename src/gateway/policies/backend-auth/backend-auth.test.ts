import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logger } from '../../../base/logger.ts';
import { webFetch } from '../../../base/web-fetch.ts';
import type { BackendAuthSpec, CredentialLocation } from '../../../model/policy.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { RequestHead } from '../../../net/http/message.ts';
import { CredentialStore } from '../../credentials/credential-store.ts';
import { compileBackendAuth } from './backend-auth.ts';

const store = new CredentialStore({ log: new Logger(() => undefined), env: {}, fetch: webFetch });

function apply(spec: BackendAuthSpec, query = '', fields: string[] = []): RequestHead {
  const head = new RequestHead('GET', 'http', 'a', '/', query, 11, new HeaderList(fields), 0, false, '', false);
  compileBackendAuth(spec, 'a', store).step?.(head);
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
  const { step, signer } = compileBackendAuth({ kind: 'passthrough' }, 'a', store);
  assert.deepEqual([step, signer], [null, null]);
});
