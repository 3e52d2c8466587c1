import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../base/errors.ts';
import { noCustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { AuthMode, CredentialSource } from '../../model/policies/authentication.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { RequestHead } from '../../net/http/message.ts';
import { Expressions } from '../attributes/expressions.ts';
import type { Exchange } from '../exchange.ts';
import { ExchangeRecord } from '../record/exchange-record.ts';
import { authentication } from './authenticate.ts';

const expressions = new Expressions(noCustomFunctions);

function request(fields: readonly string[], query = ''): Exchange {
  const head = new RequestHead('GET', 'http', 'a', '/', query, 11, new HeaderList([...fields]), 0, false, '', false);
  const partial: Pick<Exchange, 'request' | 'record' | 'fact'> = {
    request: head,
    record: new ExchangeRecord(head, 0, 0),
    fact: () => undefined,
  };
  return partial as unknown as Exchange;
}

/** Takes `good` and `slow`; says whom it accepted. */
function policy(
  mode: AuthMode,
  sources: readonly CredentialSource[],
): { run: (x: Exchange) => unknown; accepted: string[] } {
  const accepted: string[] = [];
  const { request: run } = authentication<{ name: string }>(
    'test',
    { mode, sources },
    { expressions },
    {
      root: 'apiKey',
      check(credential) {
        if (credential === 'down') throw new GatewayError('authenticationUnavailable');
        if (credential.startsWith('slow')) return Promise.resolve(credential === 'slow' ? { name: 'slow' } : 'is bad');
        return credential === 'good' ? { name: 'good' } : 'is bad';
      },
      accept: (_, { name }) => void accepted.push(name),
      refuse: (problem) => new GatewayError('authenticationFailed', problem ?? 'is missing'),
    },
  );
  assert.ok(run !== null);
  return { run, accepted };
}

const bearer: CredentialSource = { kind: 'header', name: 'authorization', prefix: 'Bearer ' };
const key: CredentialSource = { kind: 'header', name: 'x-api-key', prefix: '' };
const query: CredentialSource = { kind: 'query', name: 'key' };
const cookie: CredentialSource = { kind: 'cookie', name: 'tok' };

test('of several places the first good credential counts, and only it is taken out', async () => {
  const { run, accepted } = policy('strict', [bearer, key]);
  const x = request(['authorization', 'Bearer bad', 'x-api-key', 'good']);
  assert.equal(run(x), undefined);
  assert.deepEqual(x.request.headers.flat, ['authorization', 'Bearer bad']);
  const late = request(['authorization', 'Bearer slow bad', 'x-api-key', 'slow']);
  await run(late);
  assert.deepEqual(late.request.headers.flat, ['authorization', 'Bearer slow bad']);
  assert.deepEqual(accepted, ['good', 'slow']);
});

test('a credential that stands in two places is taken out of both', () => {
  const { run } = policy('strict', [bearer, key, query, cookie]);
  const x = request(
    ['authorization', 'bearer good', 'x-api-key', 'good', 'cookie', 'a=b', 'cookie', 'tok="good"'],
    '?key=good&b',
  );
  run(x);
  assert.deepEqual(x.request.headers.flat, ['cookie', 'a=b']);
  assert.equal(x.request.query, '?b');
});

test('a credential twice in one place is refused, whatever else there is', () => {
  const { run, accepted } = policy('strict', [bearer, key, query, cookie]);
  for (const x of [
    request(['authorization', 'Bearer good', 'authorization', 'Bearer good']),
    request(['authorization', 'Basic x', 'authorization', 'Bearer good']),
    request(['x-api-key', '', 'x-api-key', 'good']),
    request(['cookie', 'tok=good; tok=bad']),
    request(['cookie', 'tok=good', 'cookie', ' tok=bad']),
    request([], '?key=good&key=bad'),
    request([], '?key=good&%6Bey=bad'),
  ]) {
    assert.throws(() => run(x), /more than once/);
  }
  assert.deepEqual(accepted, []);
});

test('an empty credential is none', () => {
  const { run } = policy('strict', [bearer, key, query, cookie]);
  const fields = ['authorization', 'Bearer ', 'x-api-key', ' ', 'cookie', 'tok=; tokk=good'];
  assert.throws(() => run(request(fields, '?key&keys=good')), /is missing/);
});

test('a credential in the query is nothing for the log, good or bad', () => {
  const { run } = policy('permissive', [query]);
  const x = request([], '?a=%20&key=bad');
  run(x);
  assert.deepEqual([x.record.secretParameters, x.request.query], [['key'], '?a=%20&key=bad']);
});

test('modes: who gets in without a good credential', async () => {
  const cases: readonly (readonly [AuthMode, readonly string[], RegExp | null])[] = [
    ['strict', [], /is missing/],
    ['strict', ['authorization', 'Bearer bad'], /is bad/],
    ['strict', ['authorization', 'Bearer down'], /cannot be checked/],
    ['optional', [], null],
    ['optional', ['authorization', 'Basic abc'], null],
    ['optional', ['authorization', 'Bearer bad'], /is bad/],
    ['optional', ['authorization', 'Bearer down'], /cannot be checked/],
    ['optional', ['authorization', 'Bearer slow bad'], /is bad/],
    ['permissive', [], null],
    ['permissive', ['authorization', 'Bearer bad'], null],
    ['permissive', ['authorization', 'Bearer slow bad'], null],
    ['permissive', ['authorization', 'Bearer down'], null],
    ['permissive', ['authorization', 'Bearer good', 'authorization', 'x'], null],
  ];
  for (const [mode, fields, error] of cases) {
    const { run, accepted } = policy(mode, [bearer]);
    const outcome = async (): Promise<unknown> => run(request(fields));
    if (error === null) assert.equal(await outcome(), undefined);
    else await assert.rejects(outcome, error, `${mode} ${fields.join()}`);
    assert.deepEqual(accepted, []);
  }
});
