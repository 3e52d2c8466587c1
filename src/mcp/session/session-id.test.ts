import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyRing, keyRingMemory, mostKeys, writeKeys } from './key-ring.ts';
import { clientOf, SessionIds, type SessionClaims } from './session-id.ts';

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const ring = (...bytes: number[]): KeyRing => new KeyRing(keyRingMemory(bytes.map(key)));
const claims: SessionClaims = {
  run: 'AbCdEfGh',
  worker: 70_000,
  generation: 3,
  principal: 'p',
  revision: '2025-11-25',
  capabilities: { sampling: { tools: {} }, elicitation: { form: {}, url: {} }, roots: { listChanged: true } },
  client: { name: 'claude-code', version: '2.0.1' },
  issued: 1_800_000_000_000,
  expires: 1_800_604_800_000,
};

test('an id says all that a session needs to go on, and no two are the same', () => {
  const ids = new SessionIds(ring(1), 'a');
  const minted = ids.mint(claims);
  assert.match(minted.id, /^[\w-]{1,1024}$/);
  assert.deepEqual(ids.read(minted.id), { ...minted, claims });
  const other = ids.mint(claims);
  assert.notEqual(other.id, minted.id);
  assert.notEqual(other.mark, minted.mark);
});

test('an id that was changed, or written in another way, means nothing', () => {
  const ids = new SessionIds(ring(1), 'a');
  const { id } = ids.mint(claims);
  for (let i = 0; i < id.length; i += 5) {
    const other = id[i] === 'A' ? 'B' : 'A';
    assert.equal(ids.read(id.slice(0, i) + other + id.slice(i + 1)), null);
  }
  for (const text of ['', 'x', `${id}=`, `${id} `, ` ${id}`, id.slice(0, 40), 'A'.repeat(2000)]) {
    assert.equal(ids.read(text), null);
  }
});

test('an id of another backend or another key means nothing', () => {
  const { id } = new SessionIds(ring(1), 'a').mint(claims);
  assert.equal(new SessionIds(ring(1), 'b').read(id), null);
  assert.equal(new SessionIds(ring(2), 'a').read(id), null);
});

test('keys rotate: the first seals, the others still open, and one that was taken out does not', () => {
  const memory = keyRingMemory([key(1)]);
  const ids = new SessionIds(new KeyRing(memory), 'a');
  const old = ids.mint(claims).id;
  writeKeys(memory, [key(2), key(1)]);
  const young = ids.mint(claims).id;
  assert.notEqual(ids.read(old), null);
  assert.notEqual(new SessionIds(ring(2), 'a').read(young), null);
  writeKeys(memory, [key(2)]);
  assert.equal(ids.read(old), null);
  assert.notEqual(ids.read(young), null);
  assert.throws(() => writeKeys(memory, []), RangeError);
  writeKeys(
    memory,
    Array.from({ length: mostKeys + 1 }, (_, i) => key(i + 3)),
  );
  assert.notEqual(new SessionIds(ring(3), 'a').read(ids.mint(claims).id), null);
});

test('an id has at most 1,024 characters, whatever the client says of itself', () => {
  const ids = new SessionIds(ring(1), 'a');
  const client = clientOf({ clientInfo: { name: '"'.repeat(5000), version: '\u{1f600}'.repeat(5000) } });
  const named = ids.mint({ ...claims, client });
  assert.ok(named.id.length <= 1024);
  const capabilities = { sampling: { x: 'y'.repeat(5000) }, roots: { listChanged: true } };
  const large = ids.mint({ ...claims, client, capabilities });
  assert.ok(large.id.length <= 1024);
  assert.deepEqual(ids.read(large.id)?.claims.capabilities, { sampling: {}, roots: {} });
  assert.deepEqual(ids.read(large.id)?.claims.client, { name: '', version: '' });
  // What is left out of the id is not left out of the session that it is for.
  assert.deepEqual(large.claims.capabilities, capabilities);
});
