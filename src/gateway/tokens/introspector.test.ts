import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logger } from '../../base/logger.ts';
import type { IntrospectionSpec } from '../../model/policies/authentication.ts';
import type { HttpCall } from '../../net/http/call.ts';
import { Introspector, type ActiveToken } from './introspector.ts';

const spec = {
  url: 'https://as.example/introspect',
  clientId: 'gateway',
  clientSecret: 'hush',
  clientAuth: 'basic',
  issuer: 'https://as.example',
  scopes: [],
  cacheTtlMs: 1000,
  cacheEntries: 0,
  timeoutMs: 1000,
} as unknown as IntrospectionSpec;

/** What is said of a token when the server answers with these members. */
async function judged(members: object, token = 'token'): Promise<ActiveToken | string> {
  const reply = { status: 200, text: async () => JSON.stringify({ active: true, ...members }) };
  const call = (async () => reply) as unknown as HttpCall;
  return new Introspector(spec, call, new Logger(() => undefined)).check(token);
}

async function idOf(members: object, token?: string): Promise<string> {
  const answer = await judged(members, token);
  return typeof answer === 'string' ? assert.fail(answer) : answer.id;
}

test('a user, a user name, a client and a token are different principals, whatever they are called', async () => {
  const sub = await idOf({ sub: 'alice', username: 'al', client_id: 'app' });
  assert.equal(sub, 'introspection:https://as.example alice');
  const ids = [
    sub,
    await idOf({ username: 'alice', client_id: 'app' }),
    await idOf({ client_id: 'alice' }),
    await idOf({}),
    await idOf({}, 'other'),
    await idOf({ sub: 'client_id:alice' }),
  ];
  assert.equal(new Set(ids).size, ids.length, ids.join());
  assert.equal(await idOf({ sub: '', client_id: 'alice' }), await idOf({ client_id: 'alice', scope: 'read' }));
});

test('an answer may name no issuer, but none other than the one that is trusted', async () => {
  const answer = await judged({ sub: 'alice' });
  assert.equal(typeof answer === 'string' ? answer : answer.issuer, 'https://as.example');
  assert.equal(await judged({ sub: 'alice', iss: 'https://other.example' }), 'the token is of another issuer');
});
