import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../../base/errors.ts';
import { Logger } from '../../../base/logger.ts';
import type { Issued } from '../cached-token.ts';
import { OAuthError } from '../oauth/oauth-error.ts';
import { TokenCache } from './token-cache.ts';

class Bench {
  nowMs = 1_700_000_000_000;
  calls = 0;
  readonly lines: string[] = [];
  readonly cache: TokenCache;
  next: () => Promise<Issued<string>>;

  constructor(maxEntries = 10) {
    this.next = async () => ({ value: `token ${this.calls}`, expiresMs: this.nowMs + 100_000 });
    this.cache = new TokenCache({
      name: 'The token',
      log: new Logger((line) => this.lines.push(line)),
      maxEntries,
      defaultTtlMs: 5000,
      shared: null,
      now: () => this.nowMs,
    });
  }

  async get(key = 'k'): Promise<string> {
    return await this.cache.get(key, () => {
      this.calls++;
      return this.next();
    }, ['s3cret']);
  }
}

test('one call for all who wait, and for all who come until the last tenth of the token’s life', async () => {
  const bench = new Bench();
  const all = await Promise.all(Array.from({ length: 50 }, () => bench.get()));
  assert.deepEqual(new Set(all), new Set(['token 1']));
  bench.nowMs += 89_999;
  assert.equal(await bench.get(), 'token 1');
  bench.nowMs += 1;
  assert.equal(await bench.get(), 'token 2');
  assert.equal(await bench.get('other'), 'token 3');
});

test('a token that does not say when it ends has the time of the configuration', async () => {
  const bench = new Bench();
  bench.next = async () => ({ value: 'x', expiresMs: Infinity });
  await bench.get();
  bench.nowMs += 4499;
  await bench.get();
  assert.equal(bench.calls, 1);
  bench.nowMs += 1;
  await bench.get();
  assert.equal(bench.calls, 2);
});

test('no more tokens are kept than may be', async () => {
  const bench = new Bench(2);
  for (const key of ['a', 'b', 'c', 'b', 'c', 'a']) await bench.get(key);
  assert.equal(bench.calls, 4);
});

test('a refusal holds for three seconds, and is told by its code; the log has the rest without secrets', async () => {
  const bench = new Bench();
  bench.next = () => Promise.reject(new OAuthError('as.test', 400, 'invalid_grant', 's3cret is revoked'));
  const refused = { reason: 'credentialsFailed', message: 'The token could not be obtained: invalid_grant' };
  await assert.rejects(bench.get(), refused);
  await assert.rejects(bench.get(), refused);
  assert.equal(bench.calls, 1);
  assert.match(bench.lines.join(), /as\.test answered 400: invalid_grant: \*\*\* is revoked/);
  bench.nowMs += 3000;
  await assert.rejects(bench.get(), refused);
  assert.equal(bench.calls, 2);
});

test('a failure that may be over is not kept; what is wrong with the request is told as it is', async () => {
  const bench = new Bench();
  bench.next = () => Promise.reject(new OAuthError('as.test', 503, '', ''));
  await assert.rejects(bench.get(), { reason: 'credentialsFailed' });
  bench.next = () => Promise.reject(new GatewayError('connectFailed'));
  await assert.rejects(bench.get(), { reason: 'credentialsFailed' });
  bench.next = async () => ({ value: 'x', expiresMs: Infinity });
  assert.equal(await bench.get(), 'x');
  assert.equal(bench.calls, 3);
});
