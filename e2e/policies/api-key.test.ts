import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

const hashed = createHash('sha256').update('the hashed key').digest('hex');
const keys = `keys: [${[
  '{ key: "the plain key", metadata: { team: a, name: first } }',
  `{ keyHash: "sha256:${hashed}", metadata: { team: b } }`,
  '{ key: "the old key", expires: 2020-01-01 }',
  '{ key: "the new key", expires: "2999-01-01T00:00:00Z" }',
].join(', ')}]`;

const withKey = (key: string): { readonly headers: { readonly authorization: string } } => ({
  headers: { authorization: `Bearer ${key}` },
});

test('a key, plain or as its hash, lets in, brings its metadata and does not reach the backend', async () => {
  await using upstream = await startUpstream();
  const set = '{ x-team: apiKey.team, x-key: string(apiKey.key) }';
  await using gateway = await startGateway(
    oneRoute(`{ apiKey: { mode: strict, ${keys} }, transformations: { request: { set: ${set} } } }`, upstream.host),
  );
  for (const [key, team] of [
    ['the plain key', 'a'],
    ['the hashed key', 'b'],
  ] as const) {
    assert.equal((await send(gateway.port, withKey(key))).status, 200);
    const { headers } = await upstream.request(upstream.requests.length);
    assert.deepEqual([headers['x-team'], headers.authorization, headers['x-key']], [team, undefined, '<redacted>']);
  }
  assert.equal((await send(gateway.port, withKey('the new key'))).status, 200);
  const lines = await gateway.lines(3);
  assert.deepEqual(
    lines.map((line) => line['agw.api_key.name']),
    ['first', undefined, undefined],
  );
  const written = `${await gateway.rawLog()}${gateway.diagnostics.join('\n')}`;
  assert.doesNotMatch(written, /the (?:plain|hashed|new) key/);
});

test('missing, unknown and expired keys get 401; so does the hash of a key', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute(`{ apiKey: { ${keys} } }`, upstream.host));
  for (const [key, why] of [
    ['the other key', /not known/],
    ['the old key', /has expired/],
    [hashed, /not known/],
    [`sha256:${hashed}`, /not known/],
    ['the plain key ', null],
    ['x'.repeat(10_000), /not known/],
  ] as const) {
    const { status, headers, text } = await send(gateway.port, withKey(key));
    assert.equal(status, why === null ? 200 : 401, key.slice(0, 30));
    if (why === null) continue;
    assert.match(text, why);
    assert.match(headers['www-authenticate'] ?? '', /^Bearer error="invalid_token"/);
  }
  const { status, headers } = await send(gateway.port);
  assert.deepEqual([status, headers['www-authenticate']], [401, 'Bearer']);
  assert.equal(upstream.requests.length, 1);
});

test('a key in a field of its own is asked for by a scheme of its own', async () => {
  await using upstream = await startUpstream();
  const location = '{ header: { name: X-API-Key } }';
  await using gateway = await startGateway(
    oneRoute(`{ apiKey: { mode: strict, location: ${location}, ${keys} } }`, upstream.host),
  );
  assert.equal((await send(gateway.port)).headers['www-authenticate'], 'ApiKey');
  assert.equal((await send(gateway.port, { headers: { 'x-api-key': 'the plain key' } })).status, 200);
  assert.equal((await upstream.request(1)).headers['x-api-key'], undefined);
});

test('optional and permissive keys', async () => {
  await using upstream = await startUpstream();
  const mode = (name: string): string => oneRoute(`{ apiKey: { mode: ${name}, ${keys} } }`, upstream.host);
  await using gateway = await startGateway(mode('optional'));
  assert.equal((await send(gateway.port)).status, 200);
  assert.equal((await send(gateway.port, withKey('wrong'))).status, 401);
  await gateway.reload(mode('permissive'));
  assert.equal((await send(gateway.port, withKey('wrong'))).status, 200);
});

test('no log line has a key of the query, good, bad or twice', async () => {
  await using upstream = await startUpstream();
  const fields = 'frontendPolicies: { accessLog: { add: { uri: request.uri, target: request.pathAndQuery } } }';
  const policies = `{ apiKey: { mode: strict, location: { queryParameter: { name: key } }, ${keys} } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host, fields));
  for (const path of ['/?a=1&key=the%20plain%20key', '/?key=wrong&a=1', '/?key=wrong&a=1&k%65y=wrong'])
    await send(gateway.port, { path });
  for (const line of await gateway.lines(3)) {
    assert.match(String(line['uri']), /\/\?a=1$/);
    assert.equal(line['target'], '/?a=1');
  }
});
