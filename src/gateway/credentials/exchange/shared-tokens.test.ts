import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../../base/errors.ts';
import { Logger } from '../../../base/logger.ts';
import type { SharedArea } from '../../../telemetry/shared/keyed-table.ts';
import type { Issued } from '../cached-token.ts';
import { exchangesTokens, SharedTokens, tokensArea } from './shared-tokens.ts';
import { TokenCache } from './token-cache.ts';

/** Caches of several workers, who ask one issuer. */
class Workers {
  nowMs = 1_700_000_000_000;
  calls = 0;
  next: () => Promise<Issued<string>>;
  readonly #area: SharedArea = { buffer: new SharedArrayBuffer(tokensArea.bytes), worker: 0, workers: 2 };

  constructor() {
    this.next = async () => ({ value: `token ${this.calls}`, expiresMs: this.nowMs + 100_000 });
  }

  worker(id = 'one', maxEntries = 10): (key: string) => Promise<string> {
    const cache = new TokenCache({
      name: 'The token',
      log: new Logger(() => undefined),
      maxEntries,
      defaultTtlMs: 5000,
      shared: new SharedTokens(this.#area, id, () => this.nowMs),
      now: () => this.nowMs,
    });
    return async (key) =>
      await cache.get(key, () => {
        this.calls++;
        return this.next();
      }, []);
  }
}

test('workers that need a token at once ask for it once, and those that come later get it as long as it is good', async () => {
  const all = new Workers();
  const gate = Promise.withResolvers<void>();
  all.next = async () => {
    await gate.promise;
    return { value: `token ö ${all.calls}`, expiresMs: all.nowMs + 100_000 };
  };
  const [a, b, c, d] = [all.worker(), all.worker(), all.worker(), all.worker()];
  const first = Promise.all([a('k'), b('k'), a('k')]);
  gate.resolve();
  assert.deepEqual(await first, ['token ö 1', 'token ö 1', 'token ö 1']);
  all.nowMs += 80_000;
  assert.equal(await c('k'), 'token ö 1');
  assert.equal(all.calls, 1);
  // In its last tenth it is used by nobody any more, whoever learned of it when.
  all.nowMs += 11_000;
  assert.deepEqual([await d('k'), await c('k'), await a('k')], Array(3).fill('token ö 2'));
});

test('other tokens, other configuration and a cache that keeps nothing are a matter of their own', async () => {
  const all = new Workers();
  assert.deepEqual(
    [await all.worker()('k'), await all.worker()('l'), await all.worker('two')('k'), await all.worker('one', 0)('k')],
    ['token 1', 'token 2', 'token 3', 'token 4'],
  );
});

test('a failure is nobody else’s: the next worker asks', async () => {
  const all = new Workers();
  const issue = all.next;
  all.next = () => (all.calls === 1 ? Promise.reject(new GatewayError('connectFailed')) : issue());
  const failing = all.worker()('k');
  const waiting = all.worker()('k');
  await assert.rejects(failing);
  assert.equal(await waiting, 'token 2');
});

test('a model that exchanges tokens somewhere is found', () => {
  const exchange = { kind: 'tokenExchange' };
  assert.equal(
    exchangesTokens({ binds: [{ routes: [{ backends: [{ policies: { backendAuth: exchange } }] }] }] }),
    true,
  );
  assert.equal(exchangesTokens({ backends: new Map([['a', { auth: { kind: 'crossAppAccess' } }]]) }), true);
  assert.equal(exchangesTokens({ binds: [{ kind: 'key', value: null, body: new Uint8Array(3) }] }), false);
});
