import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { certificates, pem } from '../../testkit/certificates.ts';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

const { ca, otherCa, a, local, client } = certificates;

function secured(host: string, tls: string): string {
  return oneRoute('', `{ host: "${host}", policies: { backendTLS: ${tls} } }`);
}

async function outcome(gateway: TestGateway): Promise<string> {
  const { status, text } = await send(gateway.port);
  return status === 200 ? text : `${status} ${JSON.parse(text).error.reason}`;
}

/** What a line of the log says of a handshake that failed. */
function why(line: Readonly<Record<string, unknown>> | undefined): string {
  return String(line?.['error']).replace('the TLS handshake with the upstream failed: ', '');
}

test('an upstream is trusted by its authority and its name', async () => {
  await using upstream = await startUpstream(undefined, { tls: pem(local) });
  await using gateway = await startGateway(secured(upstream.host, `{ root: ${ca} }`));
  assert.equal(await outcome(gateway), 'ok');
  await gateway.reload(secured(upstream.host, `{ root: ${otherCa} }`));
  assert.equal(await outcome(gateway), '503 tlsFailed');
  await gateway.reload(secured(upstream.host, '{}'));
  assert.equal(await outcome(gateway), '503 tlsFailed');
  await gateway.reload(secured(upstream.host, `{ root: ${ca}, hostname: wrong.test }`));
  assert.equal(await outcome(gateway), '503 tlsFailed');
  assert.equal(upstream.requests.length, 1);
  const lines = (await gateway.lines(4)).slice(1);
  assert.ok(lines.every((line) => line['reason'] === 'tlsFailed'));
  const untrusted = 'the certificate of the upstream comes from no CA that is trusted here';
  assert.deepEqual(lines.map(why), [
    untrusted,
    untrusted,
    'the certificate is not for wrong.test, but for localhost, 127.0.0.1, spiffe://test/server',
  ]);
});

test('insecure takes any certificate, insecureHost any name of a trusted authority', async () => {
  await using upstream = await startUpstream(undefined, { tls: pem(a) });
  await using gateway = await startGateway(secured(upstream.host, '{ insecure: true }'));
  assert.equal(await outcome(gateway), 'ok');
  await gateway.reload(secured(upstream.host, `{ root: ${ca} }`));
  assert.equal(await outcome(gateway), '503 tlsFailed');
  await gateway.reload(secured(upstream.host, `{ root: ${ca}, insecureHost: true }`));
  assert.equal(await outcome(gateway), 'ok');
  await gateway.reload(secured(upstream.host, `{ root: ${otherCa}, insecureHost: true }`));
  assert.equal(await outcome(gateway), '503 tlsFailed');
});

test('the server name is the configured one, else the host name', async () => {
  await using upstream = await startUpstream(undefined, { tls: pem(a) });
  await using gateway = await startGateway(secured(upstream.host, `{ root: ${ca}, hostname: a.test }`));
  assert.equal(await outcome(gateway), 'ok');
  assert.equal((await upstream.request(1)).serverName, 'a.test');
  await using named = await startUpstream(undefined, { tls: pem(local) });
  await gateway.reload(secured(`localhost:${named.port}`, `{ root: ${ca} }`));
  assert.equal(await outcome(gateway), 'ok');
  const { serverName, headers } = await named.request(1);
  assert.deepEqual([serverName, headers.host], ['localhost', `localhost:${named.port}`]);
});

test('one of the listed alternative names must be in the certificate', async () => {
  await using upstream = await startUpstream(undefined, { tls: pem(local) });
  const names = (list: string): string => secured(upstream.host, `{ root: ${ca}, subjectAltNames: [${list}] }`);
  await using gateway = await startGateway(names('"spiffe://test/server"'));
  assert.equal(await outcome(gateway), 'ok');
  await gateway.reload(names('other.test, localhost'));
  assert.equal(await outcome(gateway), 'ok');
  await gateway.reload(names('"URI:spiffe://test/server"'));
  assert.equal(await outcome(gateway), 'ok');
  await gateway.reload(names('"IP:127.0.0.1"'));
  assert.equal(await outcome(gateway), 'ok');
  // A name is no URI, and part of one is none.
  for (const other of [
    '"DNS:127.0.0.1"',
    '"URI:localhost"',
    '"spiffe://test/serve"',
    '"spiffe://test/other", other.test',
  ]) {
    await gateway.reload(names(other));
    assert.equal(await outcome(gateway), '503 tlsFailed', other);
  }
  assert.equal(
    why((await gateway.lines(8)).at(-1)),
    'the certificate carries none of the names spiffe://test/other, other.test, but localhost, 127.0.0.1, spiffe://test/server',
  );
});

test('an upstream that asks for a client certificate gets the configured one', async () => {
  const tls = { ...pem(local), ca: readFileSync(ca), requestCert: true, rejectUnauthorized: true };
  await using upstream = await startUpstream(undefined, { tls });
  await using gateway = await startGateway(
    secured(upstream.host, `{ root: ${ca}, cert: ${client.cert}, key: ${client.key} }`),
  );
  assert.equal(await outcome(gateway), 'ok');
  assert.match((await upstream.request(1)).client ?? '', /client one/);
  await gateway.reload(secured(upstream.host, `{ root: ${ca} }`));
  assert.match(await outcome(gateway), /^50[23] /);
  assert.equal(upstream.requests.length, 1);
  assert.match(why((await gateway.lines(2)).at(-1)), /alert certificate required$/);
});

test('an https URL means TLS, and a plain upstream behind it fails as TLS', async () => {
  await using plain = await startUpstream();
  await using gateway = await startGateway(oneRoute('', `https://${plain.host}`));
  assert.equal(await outcome(gateway), '503 tlsFailed');
  assert.equal(why((await gateway.lines(1))[0]), 'the upstream does not speak TLS');
});
