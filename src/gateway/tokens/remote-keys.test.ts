import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logger } from '../../base/logger.ts';
import { KeySet } from './key-set.ts';
import { KeyStore } from './key-store.ts';
import { RemoteKeys } from './remote-keys.ts';
import { TestIssuer } from './testing/issuer.ts';
import { TokenVerifier } from './verifier.ts';

const minute = 60_000;

/** A key server whose clock and answers the test has in hand. */
function setUp(headers: Record<string, string> = {}): {
  readonly server: { answer: () => Response; calls: number };
  readonly clock: { ms: number };
  readonly issuer: TestIssuer;
  readonly lines: string[];
  readonly ports: ConstructorParameters<typeof RemoteKeys>[1];
  readonly keys: RemoteKeys;
} {
  const issuer = new TestIssuer();
  issuer.addKey('first');
  const server = { answer: () => new Response(issuer.keySet(), { headers }), calls: 0 };
  const clock = { ms: 1_800_000_000_000 };
  const lines: string[] = [];
  const ports = {
    log: new Logger((line) => lines.push(line)),
    now: () => clock.ms,
    fetch: async () => {
      server.calls++;
      return server.answer();
    },
  };
  return { server, clock, issuer, lines, ports, keys: new RemoteKeys('https://idp.test/keys', ports) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('however many wait, keys are fetched by one call, and then are there at once', async () => {
  const { keys, server } = setUp();
  const [first] = await Promise.all([keys.current(), keys.current(), keys.renewed()].map(async (one) => one));
  assert.equal(server.calls, 1);
  assert.equal(keys.current(), first);
});

test('keys that have grown old are replaced in the background, as the answer says', async () => {
  const { keys, server, clock, issuer } = setUp({ 'cache-control': 'public, max-age=120', age: '20' });
  const first = await keys.current();
  clock.ms += 99_000;
  assert.equal(keys.current(), first);
  assert.equal(server.calls, 1);
  clock.ms += 1000;
  issuer.addKey('second');
  assert.equal(keys.current(), first);
  await settled();
  assert.equal(server.calls, 2);
  assert.equal((await keys.current()).has('second'), true);
});

test('without a word of caching keys are fresh for a quarter of an hour, with too short a one for a minute', async () => {
  for (const [headers, fresh] of [
    [{}, 15 * minute],
    [{ 'cache-control': 'max-age=1' }, minute],
    [{ 'cache-control': 'no-store, max-age=900' }, minute],
    [{ 'cache-control': 's-maxage=5, max-age=300' }, 5 * minute],
  ] as const) {
    const { keys, server, clock } = setUp(headers);
    await keys.current();
    clock.ms += fresh - 1;
    void keys.current();
    assert.equal(server.calls, 1);
    clock.ms += 1;
    void keys.current();
    assert.equal(server.calls, 2, JSON.stringify(headers));
  }
});

test('the same keys again keep their object, so that verified tokens stay verified', async () => {
  const { keys, clock } = setUp();
  const first = await keys.current();
  clock.ms += 20 * minute;
  void keys.current();
  await settled();
  assert.equal(keys.current(), first);
});

test('while the server fails the old keys serve, asked for now and then, for a day', async () => {
  const { keys, server, clock, lines } = setUp();
  const first = await keys.current();
  server.answer = () => new Response('no', { status: 500 });
  clock.ms += 20 * minute;
  assert.equal(keys.current(), first);
  await settled();
  assert.equal(keys.current(), first);
  assert.equal(server.calls, 2);
  clock.ms += 15_000;
  assert.equal(keys.current(), first);
  await settled();
  assert.equal(server.calls, 3);
  clock.ms += 24 * 60 * minute;
  await assert.rejects(async () => keys.current(), { reason: 'authenticationUnavailable', status: 503 });
  assert.match(lines.join('\n'), /could not be fetched.*answered 500/);
});

test('where the first fetch fails, requests are refused and the server is left alone for a while', async () => {
  const { keys, server, clock, issuer } = setUp();
  server.answer = () => {
    throw new Error('down');
  };
  await assert.rejects(async () => keys.current(), { reason: 'authenticationUnavailable' });
  assert.throws(() => keys.current(), { reason: 'authenticationUnavailable', retryAfter: 15 });
  assert.equal(server.calls, 1);
  server.answer = () => new Response(issuer.keySet());
  clock.ms += 15_000;
  assert.equal((await keys.current()).has('first'), true);
});

test('answers that are no keys, too long or a redirect are not taken', async () => {
  for (const answer of [
    () => new Response('{}'),
    () => new Response('{"keys":[]}'),
    () => new Response('x'.repeat(2_000_000)),
    () => new Response(null, { status: 302, headers: { location: 'https://evil.test/' } }),
  ]) {
    const { keys, server } = setUp();
    server.answer = answer;
    await assert.rejects(async () => keys.current(), { reason: 'authenticationUnavailable' });
  }
});

test('attack: a flood of unknown key ids costs one fetch in an interval, and a new key is found by it', async () => {
  const { keys, server, clock, issuer } = setUp();
  await keys.current();
  const rules = { issuer: 'i', requiredClaims: [], leewayMs: 0 };
  const verifier = new TokenVerifier([{ rules, keys }], () => clock.ms);
  const forged = new TestIssuer();
  for (let i = 0; i < 50; i++) forged.addKey(`flood-${i}`);
  const flood = async (): Promise<void> => {
    const tokens = Array.from({ length: 50 }, (_, i) => forged.token(`flood-${i}`, { iss: 'i' }));
    const results = await Promise.all(tokens.map(async (token) => verifier.verify(token)));
    for (const result of results) assert.equal(result, 'the token is signed with a key that its issuer does not list');
  };
  await flood();
  await flood();
  assert.equal(server.calls, 2);
  clock.ms += 30_000;
  issuer.addKey('rotated');
  const token = issuer.token('rotated', { iss: 'i', sub: 'a' });
  assert.equal(typeof (await verifier.verify(token)), 'object');
  await flood();
  assert.equal(server.calls, 3);
});

test('equal URLs share their keys, which outlive a reload', async () => {
  const { ports, server } = setUp();
  const store = new KeyStore(ports);
  const before = store.acquire('https://idp.test/keys');
  await before.keys.current();
  const after = store.acquire('https://idp.test/keys');
  before.release();
  before.release();
  assert.equal(after.keys.current() instanceof KeySet, true);
  assert.equal(server.calls, 1);
  after.release();
  const again = store.acquire('https://idp.test/keys');
  await again.keys.current();
  assert.equal(server.calls, 2);
  again.release();
});
