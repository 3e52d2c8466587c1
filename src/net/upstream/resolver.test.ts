import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inOrder, systemLookup, type LookupAnswer } from './lookup.ts';
import { Resolver } from './resolver.ts';

/** A resolver whose clock and answers a test sets. */
class Stage {
  now = 0;
  asked = 0;
  answer: LookupAnswer | Error = { addresses: ['10.0.0.1'], ttlMs: 1000 };
  onTtl: (ttlMs: number) => void = () => undefined;
  readonly resolver = new Resolver(
    (_host, _family, onTtl) => {
      this.asked += 1;
      this.onTtl = onTtl;
      return this.answer instanceof Error ? Promise.reject(this.answer) : Promise.resolve(this.answer);
    },
    () => this.now,
  );
}

describe('the resolver', () => {
  it('asks once for all who wait, and again when the answer has lived', async () => {
    const stage = new Stage();
    assert.equal(stage.resolver.current('a', 'all'), null);
    const [one, two] = await Promise.all([stage.resolver.resolve('a', 'all'), stage.resolver.resolve('a', 'all')]);
    assert.deepEqual(one, ['10.0.0.1']);
    assert.equal(one, two);
    assert.equal(stage.asked, 1);
    stage.now = 999;
    assert.equal(stage.resolver.current('a', 'all'), one);
    assert.equal(stage.asked, 1);
    stage.now = 1001;
    stage.answer = { addresses: ['10.0.0.2'], ttlMs: 1000 };
    assert.equal(stage.resolver.current('a', 'all'), one, 'the old answer serves while the new one is asked for');
    assert.equal(stage.asked, 2);
    await stage.resolver.resolve('a', 'all');
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(stage.resolver.current('a', 'all'), ['10.0.0.2']);
  });

  it('keeps the same array while the addresses are the same', async () => {
    const stage = new Stage();
    const before = await stage.resolver.resolve('a', 'all');
    stage.now = 1001;
    stage.answer = { addresses: ['10.0.0.1'], ttlMs: 1000 };
    stage.resolver.current('a', 'all');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stage.resolver.current('a', 'all'), before);
  });

  it('keeps the last addresses through an outage', async () => {
    const stage = new Stage();
    const before = await stage.resolver.resolve('a', 'all');
    stage.now = 10_000_000;
    stage.answer = new Error('SERVFAIL');
    assert.equal(stage.resolver.current('a', 'all'), null, 'too old to be used without asking');
    assert.equal(await stage.resolver.resolve('a', 'all'), before);
  });

  it('remembers a failure for a while', async () => {
    const stage = new Stage();
    stage.answer = new Error('NXDOMAIN');
    await assert.rejects(stage.resolver.resolve('a', 'all'), { reason: 'dnsFailed', retry: 'safe' });
    await assert.rejects(stage.resolver.resolve('a', 'all'), { reason: 'dnsFailed' });
    assert.equal(stage.asked, 1);
    stage.now = 3000;
    stage.answer = { addresses: ['10.0.0.1'], ttlMs: 1000 };
    assert.deepEqual(await stage.resolver.resolve('a', 'all'), ['10.0.0.1']);
  });

  it('takes the lifetime that comes later', async () => {
    const stage = new Stage();
    await stage.resolver.resolve('a', 'all');
    stage.onTtl(5000);
    stage.now = 4000;
    stage.resolver.current('a', 'all');
    assert.equal(stage.asked, 1);
  });

  it('knows localhost from the system, and literal addresses without asking', async () => {
    const { addresses } = await systemLookup('localhost', 'v4-only', () => undefined);
    assert.deepEqual(addresses, ['127.0.0.1']);
    assert.deepEqual(new Stage().resolver.current('::1', 'all'), ['::1']);
  });

  it('orders and filters families as the setting says', () => {
    const both = ['::1', '127.0.0.1', '::2'];
    assert.deepEqual(inOrder(both, 'all'), both);
    assert.deepEqual(inOrder(both, 'v4-only'), ['127.0.0.1']);
    assert.deepEqual(inOrder(both, 'v6-only'), ['::1', '::2']);
    assert.deepEqual(inOrder(both, 'v4-preferred'), ['127.0.0.1']);
    assert.deepEqual(inOrder(['::1'], 'v4-preferred'), ['::1']);
  });
});
