import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../base/errors.ts';
import { Logger } from '../../base/logger.ts';
import { CachedToken, type Issued } from './cached-token.ts';

const hourMs = 3_600_000;

/** A token whose issuer and clock the test holds. */
class Bench {
  nowMs = 1_700_000_000_000;
  calls: PromiseWithResolvers<Issued<string>>[] = [];
  readonly signals: AbortSignal[] = [];
  readonly lines: string[] = [];
  readonly token: CachedToken<string>;

  constructor(timeoutMs = 60_000, secrets: string[] = []) {
    this.token = new CachedToken<string>(
      (signal) => {
        const call = Promise.withResolvers<Issued<string>>();
        this.calls.push(call);
        this.signals.push(signal);
        return call.promise;
      },
      {
        name: 'Test credentials',
        log: new Logger((line) => this.lines.push(line)),
        now: () => this.nowMs,
        timeoutMs,
        secrets,
      },
    );
  }

  async answer(value: string, lifeMs: number): Promise<void> {
    this.calls.at(-1)?.resolve({ value, expiresMs: this.nowMs + lifeMs });
    await settled();
  }

  async refuse(message: string): Promise<void> {
    this.calls.at(-1)?.reject(new Error(message));
    await settled();
  }
}

/** Long enough for promises that nothing else holds up. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a hundred that need the token at once wait for one call', async () => {
  const bench = new Bench();
  const all = Promise.all(Array.from({ length: 100 }, async () => await bench.token.get()));
  await bench.answer('one', hourMs);
  assert.deepEqual(new Set(await all), new Set(['one']));
  assert.equal(bench.calls.length, 1);
});

test('a valid token comes at once, without a promise and without a call', async () => {
  const bench = new Bench();
  void bench.token.get();
  await bench.answer('one', hourMs);
  assert.equal(bench.token.get(), 'one');
  assert.equal(bench.calls.length, 1);
});

test('it is replaced before it ends, by one call, while the old one still serves', async () => {
  const bench = new Bench();
  void bench.token.get();
  await bench.answer('one', hourMs);
  bench.nowMs += hourMs - 300_001;
  assert.equal(bench.token.get(), 'one');
  assert.equal(bench.calls.length, 1, 'too early');
  bench.nowMs += 1;
  assert.deepEqual(
    Array.from({ length: 100 }, () => bench.token.get()),
    Array.from({ length: 100 }, () => 'one'),
  );
  assert.equal(bench.calls.length, 2);
  await bench.answer('two', hourMs);
  assert.equal(bench.token.get(), 'two');
});

test('a token of a short life is replaced in its last fifth', async () => {
  const bench = new Bench();
  void bench.token.get();
  await bench.answer('one', 100_000);
  bench.nowMs += 79_999;
  void bench.token.get();
  assert.equal(bench.calls.length, 1);
  bench.nowMs += 1;
  void bench.token.get();
  assert.equal(bench.calls.length, 2);
});

test('an issuer that gives the same token again is not asked at every request', async () => {
  const bench = new Bench();
  void bench.token.get();
  await bench.answer('one', hourMs);
  bench.nowMs += hourMs - 300_000;
  void bench.token.get();
  await bench.answer('one', 300_000);
  assert.equal(bench.token.get(), 'one');
  assert.equal(bench.calls.length, 2);
});

test('while a replacement fails the old token serves until it ends, and the issuer is left alone for a while', async () => {
  const bench = new Bench();
  void bench.token.get();
  await bench.answer('one', hourMs);
  bench.nowMs += hourMs - 200_000;
  void bench.token.get();
  await bench.refuse('out of order');
  assert.equal(bench.token.get(), 'one');
  assert.equal(bench.calls.length, 2, 'not asked again at once');
  bench.nowMs += 1000;
  assert.equal(bench.token.get(), 'one');
  assert.equal(bench.calls.length, 3);
  await bench.refuse('out of order');
  bench.nowMs += 199_000;
  const late = bench.token.get();
  assert.ok(late instanceof Promise, 'the old one has ended');
  await bench.answer('two', hourMs);
  assert.equal(await late, 'two');
});

test('a failure reaches all who wait, and those after it without another call, until the wait doubles', async () => {
  const bench = new Bench();
  const all = Promise.allSettled(Array.from({ length: 100 }, async () => await bench.token.get()));
  await bench.refuse('no such tenant');
  for (const result of await all) {
    assert.ok(result.status === 'rejected' && result.reason instanceof GatewayError);
    assert.equal(result.reason.reason, 'credentialsFailed');
    assert.equal(result.reason.message, 'Test credentials could not be obtained');
  }
  assert.throws(() => bench.token.get(), { reason: 'credentialsFailed' });
  assert.equal(bench.calls.length, 1);
  const waits = [];
  for (let i = 0; i < 7; i++) {
    let waitedMs = 0;
    while (bench.calls.length < i + 2) {
      waitedMs += 500;
      bench.nowMs += 500;
      try {
        Promise.resolve(bench.token.get()).catch(() => undefined);
      } catch (error) {
        assert.ok(error instanceof GatewayError);
      }
    }
    waits.push(waitedMs / 1000);
    await bench.refuse('no such tenant');
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30]);
});

test('the log says what failed, without secrets; clients are told only that it did', async () => {
  const bench = new Bench(60_000, ['s3cret-value']);
  const rejected = assert.rejects(
    Promise.resolve(bench.token.get()),
    (error: Error) => !/s3cret|login/.test(`${error.stack} ${JSON.stringify(error)}`) && error.cause === undefined,
  );
  await bench.refuse('login.test answered 401: invalid_client: s3cret-value\nis wrong');
  await rejected;
  assert.equal(bench.lines.length, 1);
  assert.match(bench.lines[0] ?? '', /Test credentials could not be obtained.*401: invalid_client: \*\*\* is wrong/);
});

test('a token that has ended already is a failure', async () => {
  const bench = new Bench();
  const rejected = assert.rejects(Promise.resolve(bench.token.get()), { reason: 'credentialsFailed' });
  await bench.answer('one', -1);
  await rejected;
  assert.match(bench.lines[0] ?? '', /clock/);
});

test('an issuer that does not answer in time is given up and told so', async () => {
  const bench = new Bench(1);
  await assert.rejects(Promise.resolve(bench.token.get()), { reason: 'credentialsFailed' });
  assert.equal(bench.signals[0]?.aborted, true);
  assert.match(bench.lines[0] ?? '', /no answer within 1 ms/);
});

test('closing stops the call under way, silently', async () => {
  const bench = new Bench();
  const waiting = Promise.resolve(bench.token.get());
  bench.token.close();
  await assert.rejects(waiting, { reason: 'credentialsFailed' });
  assert.equal(bench.signals[0]?.aborted, true);
  assert.deepEqual(bench.lines, []);
});

test('a token without an end is fetched again when its issuer says so', async () => {
  const bench = new Bench();
  void bench.token.get();
  bench.calls[0]?.resolve({ value: 'one', expiresMs: Infinity, refreshMs: bench.nowMs + 1000 });
  await settled();
  bench.nowMs += 999;
  assert.equal(bench.token.get(), 'one');
  assert.equal(bench.calls.length, 1);
  bench.nowMs += 1;
  assert.equal(bench.token.get(), 'one');
  assert.equal(bench.calls.length, 2);
});
